import assert from "node:assert/strict";
import { test } from "node:test";
import { readKept } from "../../chatproject/static/chat/js/core/kept-state.js";
import { StateKeeper } from "../../chatproject/static/chat/js/core/state-keeper.js";
import { Rest } from "../../chatproject/static/chat/js/core/rest.js";
import { Session } from "../../chatproject/static/chat/js/core/session.js";
import { MemoryStorage } from "../../chatproject/static/chat/js/core/storage.js";
import { FakeSockets, FakeTimers, conversation, message, settle } from "./fakes.js";

const MADE = "2026-01-01T10:00:00Z";
const LATER = "2026-01-01T11:00:00Z";

/** A session that began with a page of two messages, or with what was kept. */
function start({ kept = null } = {}) {
  const timers = new FakeTimers();
  const sockets = new FakeSockets();
  const rest = new Rest({ csrfToken: "t", fetch: async () => new Response("{}", { status: 404 }) });
  const session = new Session({
    me: { id: "me", name: "Me" }, rest, storage: new MemoryStorage(), url: "ws://chat",
    timers, socket: { open: sockets.open, timers, random: () => 0 },
  });
  const it = conversation({ headSeq: 2, rev: 2, lastReadSeq: 2, lastDeliveredSeq: 2 });
  const messages = { results: [message(1), message(2)], previous: null, next: null, rev: 2, people: [] };
  session.start({ inbox: { results: [it], next: null, people: [{ id: "bob", name: "Bob" }] }, conversation: it, messages }, kept);
  return { session, sockets, timers };
}

const created = (seq) => ({ type: "message.created", conversationId: "c", rev: seq, memberRev: 0, message: message(seq) });
const seqs = (session) => session.store.messages("c").map((each) => each.seq);

/** What is kept after a third message has come. */
async function storageAfterThree(elapsed = 1000) {
  const { session, sockets, timers } = start();
  const storage = new MemoryStorage();
  new StateKeeper({ session, storage, asOf: Date.parse(MADE), timers, now: () => elapsed }).start();
  sockets.last.hello({ heads: { c: 2 } });
  await session.timelines.open("c");
  sockets.last.receive(created(3));
  await timers.advance(1000);
  await settle();
  return storage;
}

test("a page out of the cache shows what was last seen, without a network", async () => {
  const kept = await readKept(await storageAfterThree(), MADE);
  const { session } = start({ kept });
  await session.timelines.open("c");
  assert.deepEqual(seqs(session), [1, 2, 3]);
  assert.equal(session.store.conversations.get("c").headSeq, 3);
  assert.equal(session.store.nameOf("bob"), "Bob");
});

test("what came meanwhile is fetched by the rev that was kept", async () => {
  const kept = await readKept(await storageAfterThree(), MADE);
  const { session, sockets } = start({ kept });
  await session.timelines.open("c");
  sockets.last.hello({ heads: { c: 5 } });
  const sync = sockets.last.sent.find((frame) => frame.type === "sync");
  assert.deepEqual(sync.conversations, { c: 3 });
});

test("a page that the server has made later counts more than what was kept", async () => {
  assert.equal(await readKept(await storageAfterThree(), LATER), null);
});

test("a page that the worker kept while the state went on counts less", async () => {
  const kept = await readKept(await storageAfterThree(2 * 60 * 60 * 1000), LATER);
  assert.equal(kept.timelines[0].messages.length, 3);
});

test("where nothing was kept, or the storage fails, the page counts", async () => {
  assert.equal(await readKept(new MemoryStorage(), MADE), null);
  assert.equal(await readKept(/** @type {any} */ ({ all: async () => { throw new Error("none"); } }), MADE), null);
});
