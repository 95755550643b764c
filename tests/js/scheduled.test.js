import assert from "node:assert/strict";
import { test } from "node:test";
import { proposedTimes, ScheduledMessages, toLocalField } from "../../chatproject/static/chat/js/core/scheduled.js";

const shown = (now) => proposedTimes(now).map(({ name, at }) => `${name} ${toLocalField(at)}`);

test("the proposed times lie ahead, and none is proposed twice", () => {
  assert.deepEqual(shown(new Date(2026, 4, 6, 10, 30)), [
    "hour 2026-05-06T11:30", "evening 2026-05-06T18:00", "tomorrow 2026-05-07T09:00", "monday 2026-05-11T09:00",
  ]);
  assert.deepEqual(shown(new Date(2026, 4, 6, 17, 30)).map((each) => each.split(" ")[0]), ["hour", "tomorrow", "monday"]);
  // On a Sunday tomorrow is Monday; on a Monday the next one is a week away.
  assert.deepEqual(shown(new Date(2026, 4, 10, 20)).slice(1), ["tomorrow 2026-05-11T09:00"]);
  assert.ok(shown(new Date(2026, 4, 11, 20)).includes("monday 2026-05-18T09:00"));
});

test("a draft is stored with what it has", async () => {
  const calls = [];
  const rest = { post: async (...given) => calls.push(given) };
  await new ScheduledMessages(rest).add("c", { content: "x", clientId: "k", attachments: [{ id: "f" }] }, new Date(0));
  assert.deepEqual(calls, [[["conversations", "c", "scheduled"],
    { content: "x", clientId: "k", sendAt: "1970-01-01T00:00:00.000Z", attachmentIds: ["f"] }]]);
});
