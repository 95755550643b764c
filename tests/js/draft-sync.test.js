// Drafts on two devices: the one written last holds, and nothing that was written is lost.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DraftSync } from "../../chatproject/static/chat/js/core/draft-sync.js";
import { Drafts } from "../../chatproject/static/chat/js/core/drafts.js";
import { ApiError } from "../../chatproject/static/chat/js/core/errors.js";
import { localStorage, settle, silenceConsole } from "./fakes.js";

function device({ there = [], storage = localStorage() } = {}) {
  const calls = [];
  const timers = { setTimeout: (action) => { timers.due = action; return 1; }, clearTimeout() {} };
  let tell = () => {};
  const told = [];
  const session = {
    rest: {
      fails: null,
      get: async () => ({ results: there }),
      async put(path, body) { calls.push(["put", path[1], body]); if (this.fails) throw this.fails; },
      async delete(path, query) { calls.push(["delete", path[1], query]); },
    },
    connection: { state: "online" },
    events: { subscribe: (listener) => { tell = listener; } },
    store: { notify: (topic, key) => told.push([topic, key]), subscribe() {} },
  };
  const drafts = new Drafts(storage, "me");
  const sync = new DraftSync(session, drafts, storage, { maxLength: 20, timers });
  const hear = (draft, conversationId = "c", threadSeq = null) => tell({ type: "draft.changed", conversationId, threadSeq, draft });
  return { calls, drafts, hear, session, storage, sync, timers, told };
}

test("what is written is saved soon, once, as it is by then", async () => {
  const { calls, drafts, sync, timers } = device();
  sync.start();
  await settle();
  drafts.set("c", { content: "a" });
  drafts.set("c", { content: "ab", replyToSeq: 3 });
  drafts.set("c/t/7", { content: "in a thread" });
  timers.due();
  await settle();
  assert.deepEqual(calls, [
    ["put", "c", { content: "ab", replyToSeq: 3, threadSeq: null }],
    ["put", "c", { content: "in a thread", replyToSeq: null, threadSeq: 7 }],
  ]);
  drafts.clear("c");
  await settle();
  assert.deepEqual(calls.at(-1), ["delete", "c", {}]);
});

test("what another device has saved is taken, unless something was written here since", async () => {
  const { drafts, hear, sync, told } = device({ there: [{ conversationId: "d", threadSeq: null, content: "from before", replyToSeq: null }] });
  sync.start();
  await settle();
  assert.equal(drafts.get("d").content, "from before");
  hear({ content: "theirs", replyToSeq: null });
  assert.equal(drafts.get("c").content, "theirs");
  assert.deepEqual(told.at(-1), ["drafts", "c"]);
  drafts.set("c", { content: "mine" });
  hear({ content: "theirs, later", replyToSeq: null });
  assert.equal(drafts.get("c").content, "mine");
  hear(null, "d");
  assert.equal(drafts.get("d"), null);
});

test("what could not be saved is saved by the next page, and goes before what is there", async (context) => {
  silenceConsole(context);
  const first = device();
  first.sync.start();
  await settle();
  first.session.rest.fails = new ApiError({ code: "offline" });
  first.drafts.set("c", { content: "written offline" });
  first.timers.due();
  await settle();
  const second = device({ storage: first.storage, there: [{ conversationId: "c", threadSeq: null, content: "older", replyToSeq: null }] });
  second.session.rest.get = async () => ({ results: [{ conversationId: "c", threadSeq: null, content: "written offline", replyToSeq: null }] });
  second.sync.start();
  await settle();
  assert.deepEqual(second.calls, [["put", "c", { content: "written offline", replyToSeq: null, threadSeq: null }]]);
  assert.equal(second.drafts.get("c").content, "written offline");
});

test("what is longer than a message may be stays here, unsent, until it is shorter", async () => {
  const there = [{ conversationId: "c", threadSeq: null, content: "older", replyToSeq: null }];
  const { calls, drafts, hear, storage, sync, timers } = device({ there });
  sync.start();
  await settle();
  const long = "x".repeat(21);
  drafts.set("c", { content: long });
  timers.due();
  await settle();
  await sync.load();
  hear({ content: "theirs", replyToSeq: null });
  assert.deepEqual(calls, []);
  assert.equal(drafts.get("c").content, long);

  const next = device({ storage, there });
  next.sync.start();
  await settle();
  assert.equal(next.drafts.get("c").content, long);
  next.drafts.set("c", { content: "short" });
  next.timers.due();
  await settle();
  assert.deepEqual(next.calls, [["put", "c", { content: "short", replyToSeq: null, threadSeq: null }]]);
});

test("what the server refuses is kept and not sent again as it is", async (context) => {
  silenceConsole(context);
  const { calls, drafts, session, sync, timers } = device();
  sync.start();
  await settle();
  session.rest.fails = new ApiError({ status: 404, code: "conversation_not_found" });
  drafts.set("c", { content: "mine" });
  timers.due();
  await settle();
  await sync.load();
  assert.equal(calls.length, 1);
  assert.equal(drafts.get("c").content, "mine");
  session.rest.fails = null;
  drafts.set("c", { content: "mine, again" });
  timers.due();
  await settle();
  assert.equal(calls.length, 2);
  assert.deepEqual([...sync.unsaved], []);
});
