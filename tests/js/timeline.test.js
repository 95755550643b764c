import assert from "node:assert/strict";
import { test } from "node:test";
import { rowsOf } from "../../chatproject/static/chat/js/core/grouping.js";
import { systemSentence } from "../../chatproject/static/chat/js/core/system-messages.js";
import { dayName } from "../../chatproject/static/chat/js/core/times.js";
import { message } from "./fakes.js";

const dayOf = (moment) => moment.slice(0, 10);
const at = (time, day = "05") => ({ createdAt: `2026-01-${day}T${time}Z` });

test("pending rows stay below the server's, and keep their row when they arrive", () => {
  const pending = { ...message(null, at("10:00:30")), clientId: "k9", senderId: "me" };
  const before = rowsOf([message(1, at("10:00:00"))], [pending], { dayOf });
  const after = rowsOf([message(1, at("10:00:00")), message(2, { ...at("10:00:31"), clientId: "k9", senderId: "me" })], [], { dayOf });
  assert.equal(before.at(-1).key, after.at(-1).key);
});

test("day separators have a key of their own each", () => {
  const rows = rowsOf([message(1, at("10:00:00", "05")), message(2, at("10:00:00", "06"))], [], { dayOf });
  assert.equal(new Set(rows.map((row) => row.key)).size, rows.length);
});

test("what is shown keeps its row when older messages are loaded before it", () => {
  const messages = [1, 2, 3].map((seq) => message(seq, { ...at(`10:00:0${seq}`), senderId: "ann" }));
  const before = rowsOf(messages.slice(1), [], { dayOf, hasOlder: true });
  const after = rowsOf(messages, [], { dayOf, hasOlder: true });
  assert.deepEqual(before.map((row) => row.message.seq), [3]);
  assert.deepEqual(after.slice(-1), before);
  assert.deepEqual(rowsOf(messages, [], { dayOf }).map((row) => row.kind), ["day", "message", "message", "message"]);
});

test("the first new message is shown with its line, even where it is the oldest one", () => {
  const rows = rowsOf([message(1, at("10:00:00")), message(2, at("10:00:01"))], [], { dayOf, hasOlder: true, firstNewSeq: 1 });
  assert.deepEqual(rows.map((row) => row.kind), ["day", "new", "message", "message"]);
});

test("days are named as people do", () => {
  const now = new Date(2026, 0, 15, 12).getTime();
  const day = (number) => new Date(2026, 0, number, 23, 59).toISOString();
  assert.equal(dayName(day(15), now), "Today");
  assert.equal(dayName(day(14), now), "Yesterday");
  assert.equal(dayName(day(12), now), "Monday");
  assert.match(dayName(day(3), now), /January 3/);
  assert.match(dayName(new Date(2024, 1, 3).toISOString(), now), /2024/);
});

test("system messages become sentences in which everybody has a name", () => {
  const nameOf = (id) => ({ a: "Ann", b: "Ben", c: "Cem" })[id];
  const told = (event, fields = {}) => systemSentence({ senderId: "a", meta: { event, ...fields } }, nameOf);
  assert.equal(told("participants.added", { userIds: ["b", "c"] }), "Ann added Ben and Cem");
  assert.equal(told("participant.removed", { userId: "b" }), "Ann removed Ben");
  assert.equal(told("conversation.renamed", { title: "Tea" }), "Ann named it “Tea”");
  assert.equal(told("something.new"), "The conversation has changed");
});
