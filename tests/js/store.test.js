import assert from "node:assert/strict";
import { test } from "node:test";
import { Store } from "../../chatproject/static/chat/js/core/store.js";
import { conversation, message } from "./fakes.js";

const me = { id: "me", name: "Me" };

function filled({ from = 1, to = 5, page = {}, fields = {} } = {}) {
  const store = new Store(me);
  store.putConversation(conversation({ headSeq: to, rev: to, lastReadSeq: to, ...fields }));
  const results = [];
  for (let seq = from; seq <= to; seq += 1) results.push({ ...message(seq), mine: false, status: null, myReactions: [] });
  store.replaceTimeline("c", { results, previous: null, next: null, people: [], ...page });
  return store;
}

const seqs = (store) => store.messages("c").map((each) => each.seq);

test("a new message comes at the end and counts as unread", () => {
  const store = filled();
  assert.equal(store.putMessage(message(6)), true);
  assert.deepEqual(seqs(store), [1, 2, 3, 4, 5, 6]);
  const it = store.conversations.get("c");
  assert.deepEqual([it.headSeq, it.unread, it.lastMessage.seq], [6, 1, 6]);
});

test("the same message again changes nothing", () => {
  const store = filled();
  store.putMessage(message(6));
  assert.equal(store.putMessage(message(6)), false);
  assert.equal(store.conversations.get("c").unread, 1);
});

test("an older revision never overwrites a newer one", () => {
  const store = filled();
  store.putMessage(message(3, { rev: 9, content: "edited" }));
  store.putMessage(message(3, { rev: 8, content: "between" }));
  assert.equal(store.message("c", 3).content, "edited");
});

test("one's own message is not unread, and moves the pointer that stood before it", () => {
  const store = filled();
  store.putMessage(message(6, { senderId: "me" }));
  const it = store.conversations.get("c");
  assert.deepEqual([it.unread, it.lastReadSeq], [0, 6]);
  assert.equal(store.message("c", 6).status, "sent");
});

test("a mention counts as one", () => {
  const store = filled();
  store.putMessage(message(6, { content: "hey @all" }));
  assert.equal(store.conversations.get("c").unreadMentions, 1);
});

test("a message beyond a hole of the loaded stretch stays out of it", () => {
  const store = filled({ page: { next: "5" } });
  store.putMessage(message(40));
  assert.deepEqual(seqs(store), [1, 2, 3, 4, 5]);
});

test("older pages come before, without doubles", () => {
  const store = filled({ from: 4, to: 6, page: { previous: "4" } });
  const results = [2, 3, 4].map((seq) => message(seq));
  store.extendTimeline("c", { results, previous: null, next: "4", people: [] }, "older");
  assert.deepEqual(seqs(store), [2, 3, 4, 5, 6]);
  assert.equal(store.timeline("c").hasOlder, false);
  assert.equal(store.timeline("c").hasNewer, false);
});

test("trimming says that there is more", () => {
  const store = filled({ to: 20 });
  store.trim("c", "older", 10);
  assert.deepEqual([seqs(store)[0], store.timeline("c").hasOlder], [11, true]);
  store.trim("c", "newer", 4);
  assert.deepEqual([seqs(store).at(-1), store.timeline("c").hasNewer], [14, true]);
});

test("receipts raise the ticks of one's own messages up to a seq", () => {
  const store = filled();
  store.putMessage(message(6, { senderId: "me" }));
  store.putMessage(message(7, { senderId: "me" }));
  store.advanceReceipt("c", "read", 6);
  store.advanceReceipt("c", "delivered", 7);
  assert.deepEqual([store.message("c", 6).status, store.message("c", 7).status], ["read", "delivered"]);
  store.advanceReceipt("c", "delivered", 7);
  assert.equal(store.message("c", 6).status, "read");
});

test("an event keeps what only we know of a message", () => {
  const store = filled();
  store.putMessage(message(6, { senderId: "me" }));
  store.advanceReceipt("c", "read", 6);
  store.putMessage(message(6, { senderId: "me", rev: 8, reactions: [{ emoji: "👍", count: 1, userIds: ["me"] }] }));
  assert.equal(store.message("c", 6).status, "read");
  assert.deepEqual(store.message("c", 6).myReactions, ["👍"]);
});

test("reading reduces the unread count", () => {
  const store = filled();
  for (const seq of [6, 7, 8]) store.putMessage(message(seq));
  store.movePointer("c", 7);
  assert.equal(store.conversations.get("c").unread, 1);
  store.movePointer("c", 3);
  assert.equal(store.conversations.get("c").lastReadSeq, 7);
  store.movePointer("c", 8);
  assert.equal(store.conversations.get("c").unread, 0);
});

test("the inbox has pinned ones on top, then the latest; what one left is not in it", () => {
  const store = new Store(me);
  const at = (hour) => `2026-01-05T${hour}:00:00Z`;
  store.putConversation(conversation({ id: "old", lastMessageAt: at("08") }));
  store.putConversation(conversation({ id: "new", lastMessageAt: at("12") }));
  store.putConversation(conversation({ id: "pinned", lastMessageAt: at("01"), pinnedAt: at("02") }));
  store.putConversation(conversation({ id: "left", lastMessageAt: at("13"), leftAt: at("13") }));
  assert.deepEqual(store.inbox().map((each) => each.id), ["pinned", "new", "old"]);
});

test("a stale answer does not take a conversation back, but one's own view of it is taken", () => {
  const store = filled();
  store.putMessage(message(6));
  store.putConversation(conversation({ headSeq: 5, rev: 5, mutedUntil: "2999-01-01T00:00:00Z" }));
  const it = store.conversations.get("c");
  assert.deepEqual([it.headSeq, it.unread, it.mutedUntil], [6, 1, "2999-01-01T00:00:00Z"]);
});

test("listeners are notified until they unsubscribe", () => {
  const store = filled();
  const heard = [];
  const stop = store.subscribe((topic, id) => heard.push([topic, id]));
  store.putMessage(message(6));
  stop();
  store.putMessage(message(7));
  assert.deepEqual(heard, [["timeline", "c"], ["inbox", "c"]]);
});

test("a message that is hidden and then deleted takes off one unread", () => {
  const store = filled();
  store.putMessage(message(6));
  store.putMessage(message(7));
  store.hideMessage("c", 7);
  store.putMessage(message(7, { rev: 8, content: "", deletedAt: "2026-01-05T11:00:00Z" }));
  assert.equal(store.conversations.get("c").unread, 1);
});

test("a quoted message that is not loaded is kept as it is now", () => {
  const store = filled({ from: 80, to: 90 });
  store.keepQuoted(message(1, { rev: 91, content: "as it was" }));
  assert.equal(store.known("c", 1).content, "as it was");
  store.putMessage(message(1, { rev: 95, content: "edited" }));
  store.keepQuoted(message(1, { rev: 92, content: "an older answer" }));
  assert.equal(store.known("c", 1).content, "edited");
  store.putMessage(message(1, { rev: 96, content: "", deletedAt: "2026-01-01T00:00:00Z" }));
  assert.equal(store.isGone("c", 1), true);
  assert.equal(store.isGone("c", 80), false);
});

test("a quoted message that is hidden is gone, and one of a timeline that is loaded anew is forgotten", () => {
  const store = filled({ from: 80, to: 90 });
  for (const seq of [1, 2]) store.keepQuoted(message(seq));
  store.hideMessage("c", 1);
  assert.deepEqual([store.known("c", 1), store.isGone("c", 1)], [null, true]);
  store.forgetTimeline("c");
  assert.equal(store.known("c", 2), null);
});

test("an answer from before the last change of one's own view does not undo it", () => {
  const store = filled({ fields: { stateRev: 3, unread: 0, notify: "none", joinedAt: "a" } });
  store.putConversation(conversation({ headSeq: 5, rev: 5, stateRev: 2, unread: 4, notify: "all", joinedAt: "a" }));
  assert.deepEqual([store.conversations.get("c").unread, store.conversations.get("c").notify], [0, "none"]);
  store.putConversation(conversation({ headSeq: 5, rev: 5, stateRev: 1, unread: 4, notify: "all", joinedAt: "b" }));
  assert.equal(store.conversations.get("c").unread, 4); // joined again: its view begins anew
});
