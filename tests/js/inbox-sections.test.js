import assert from "node:assert/strict";
import { test } from "node:test";
import { Folders } from "../../chatproject/static/chat/js/core/folders.js";
import { changesByNew } from "../../chatproject/static/chat/js/core/inbox-order.js";
import { isQuiet, untilTomorrow } from "../../chatproject/static/chat/js/core/quiet.js";

const at = (text) => Date.parse(text);

test("each conversation is in one section: favourites, then its folder, then the rest", () => {
  const folders = new Folders({});
  folders.list = [{ id: "f", name: "Work", conversationIds: ["c", "gone", "a"] }, { id: "g", name: "Empty", conversationIds: [] }];
  const all = [{ id: "a" }, { id: "b", pinnedAt: "x" }, { id: "c" }, { id: "d" }];
  assert.deepEqual(folders.sections(all).map((each) => [each.kind, each.conversations.map(({ id }) => id)]), [
    ["favourites", ["b"]], ["folder", ["c", "a"]], ["folder", []], ["rest", ["d"]],
  ]);
  assert.equal(folders.folderOf("a")?.name, "Work");
  assert.equal(folders.folderOf("d"), null);
});

test("quiet hours are of the person's time zone, and go past midnight", () => {
  const night = { quietHours: { from: "22:00", until: "07:00" }, until: null };
  const zone = "Europe/Berlin"; // an hour ahead in winter
  assert.equal(isQuiet(night, zone, at("2026-01-10T20:59:00Z")), false);
  assert.equal(isQuiet(night, zone, at("2026-01-10T21:00:00Z")), true);
  assert.equal(isQuiet(night, zone, at("2026-01-11T05:59:00Z")), true);
  assert.equal(isQuiet(night, zone, at("2026-01-11T06:00:00Z")), false);
  const noon = { quietHours: { from: "12:00", until: "13:00" }, until: null };
  assert.equal(isQuiet(noon, zone, at("2026-01-10T11:30:00Z")), true);
  assert.equal(isQuiet(noon, zone, at("2026-01-10T12:00:00Z")), false);
});

test("a pause holds at any hour until its end", () => {
  const pause = { quietHours: null, until: "2026-01-10T08:00:00Z" };
  assert.equal(isQuiet(pause, "", at("2026-01-10T07:59:59Z")), true);
  assert.equal(isQuiet(pause, "", at("2026-01-10T08:00:00Z")), false);
  assert.equal(isQuiet(undefined, "", at("2026-01-10T08:00:00Z")), false);
  assert.equal(untilTomorrow(new Date(2026, 0, 31, 23, 30)).toString(), new Date(2026, 1, 1, 8).toString());
});

test("a new message brings an archived conversation back, unless it is muted", () => {
  const message = { seq: 2, kind: "text", senderId: "b", createdAt: "2026-01-10T08:00:00Z", content: "x" };
  const archived = { id: "c", archivedAt: "2026-01-01T00:00:00Z", mutedUntil: null, lastReadSeq: 1, unread: 0, unreadMentions: 0 };
  assert.equal(changesByNew(archived, message, "a").archivedAt, null);
  assert.equal("archivedAt" in changesByNew({ ...archived, mutedUntil: "9999-12-31T23:59:59Z" }, message, "a"), false);
  assert.equal("archivedAt" in changesByNew(archived, { ...message, kind: "system" }, "a"), false);
});
