// Threads: the open one follows what comes, and the count of unread ones stays that of the server.

import assert from "node:assert/strict";
import test from "node:test";
import { Threads } from "../../chatproject/static/chat/js/core/threads.js";
import { message } from "./fakes.js";
import { Store } from "../../chatproject/static/chat/js/core/store.js";

const [ANN, BOB] = ["ann", "bob"];

function world({ list = [], page = {} } = {}) {
  const asked = [];
  const timers = { setTimeout: (action) => { timers.due = action; return 1; }, clearTimeout() {} };
  const session = {
    store: new Store({ id: ANN, name: "Ann" }),
    rest: {
      get: async (path) => {
        asked.push(path.join("/"));
        if (path[0] === "threads") return { results: list, next: null, unreadThreads: list.filter((each) => each.thread.unread).length, people: [] };
        return { results: [], root: message(1), thread: { following: true, unread: 0, lastReadSeq: 1 }, previous: null, next: null, people: [], ...page };
      },
    },
    connection: { state: "online", request: async (type, fields) => ({ thread: { seq: fields.threadSeq, following: true, unread: 0, lastReadSeq: fields.seq } }) },
    outbox: { remove() {} },
    events: { subscribe(listener) { this.hear = listener; return () => {}; } },
  };
  return { threads: new Threads(session, { timers }), asked, timers };
}

const followed = (unread) => ({
  conversationId: "c", seq: 1, root: null,
  thread: { replyCount: 1, lastReplyAt: null, participantIds: [], following: true, unread, lastReadSeq: 1 },
});
const reply = (seq, fields = {}) => message(seq, { threadSeq: 1, alsoToConversation: false, senderId: BOB, ...fields });

test("a reply in a followed thread makes it unread, once", async () => {
  const { threads } = world({ list: [followed(0)] });
  await threads.loadList();
  threads.putMessage(reply(2), { isNew: true });
  threads.putMessage(reply(3), { isNew: true });
  assert.equal(threads.unread, 1);
  assert.equal(threads.list[0].thread.unread, 2);
  threads.putMessage(reply(4, { senderId: ANN }), { isNew: true });
  assert.equal(threads.list[0].thread.unread, 2);
});

test("of an unknown thread the server is asked, once", async () => {
  const { threads, asked, timers } = world();
  await threads.loadList();
  threads.putMessage(reply(2), { isNew: true });
  timers.due();
  await new Promise(setImmediate);
  assert.deepEqual(asked, ["threads", "threads"]);
  timers.due = null;
  threads.putMessage(reply(3), { isNew: true });
  assert.equal(timers.due, null);
});

test("what comes while the thread is loaded is not lost, and reading takes it off", async () => {
  const { threads } = world({ page: { results: [reply(2)], thread: { following: true, unread: 1, lastReadSeq: 1 } } });
  const opening = threads.openThread("c", 1);
  threads.putMessage(reply(3), { isNew: true });
  await opening;
  assert.deepEqual(threads.open.messages.map((each) => each.seq), [2, 3]);
  threads.markRead(3);
  assert.deepEqual(threads.open.own, { following: true, unread: 0, lastReadSeq: 3 });
});

test("one's own vote in a thread stays one's own, and comes from other devices", async () => {
  const { threads } = world();
  await threads.openThread("c", 1);
  const poll = (count) => ({
    choices: [{ text: "a", count, userIds: [] }], several: false, anonymous: true, closesAt: null, closedAt: null, voterCount: count,
  });
  const mine = () => threads.open.messages[0].poll.myChoices;
  threads.putMessage(reply(2, { rev: 2, poll: poll(0) }), { isNew: true });
  assert.deepEqual(mine(), []);
  threads.putMessage(reply(2, { rev: 3, poll: { ...poll(1), myChoices: [0] } }), { isNew: false });
  threads.putMessage(reply(2, { rev: 4, poll: poll(2) }), { isNew: false });
  assert.deepEqual(mine(), [0]);
  threads.session.events.hear({ type: "poll.voted", conversationId: "c", seq: 2, messageRev: 5, choices: [] });
  assert.deepEqual(mine(), []);
});
