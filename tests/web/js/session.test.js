import assert from "node:assert/strict";
import { test } from "node:test";
import { Rest, urlOf } from "../../../chatproject/static/chat/js/core/rest.js";
import { Session } from "../../../chatproject/static/chat/js/core/session.js";
import { MemoryStorage } from "../../../chatproject/static/chat/js/core/storage.js";
import { FakeSockets, FakeTimers, conversation, message, settle } from "./fakes.js";

function answer(body, status = 200) {
  return new Response(status === 204 ? null : JSON.stringify(body), { status });
}

/** A session whose server answers GETs from `pages`, by path. */
function begun({ pages = {}, first = {} } = {}) {
  const sockets = new FakeSockets();
  const asked = [];
  const notified = [];
  const rest = new Rest({
    csrfToken: "t",
    fetch: async (url, { method }) => {
      asked.push(`${method} ${url}`);
      const page = pages[url.split("?")[0]];
      return page ? answer(page) : answer({ code: "conversation_not_found", detail: "No." }, 404);
    },
  });
  const session = new Session({
    me: { id: "me", name: "Me" }, rest, storage: new MemoryStorage(), url: "ws://chat",
    socket: { open: sockets.open, timers: new FakeTimers(), random: () => 0 },
    onNotify: (given) => notified.push(given.seq),
  });
  const results = [1, 2, 3].map((seq) => message(seq));
  const it = conversation({ headSeq: 3, rev: 3, lastReadSeq: 3, lastDeliveredSeq: 3 });
  session.begin({
    inbox: { results: [it], next: null, people: [{ id: "bob", name: "Bob" }] },
    conversation: it, messages: { results, previous: null, next: null, rev: 3, people: [] }, ...first,
  });
  return { session, sockets, asked, notified, socket: () => sockets.last };
}

const created = (seq, fields) => ({ type: "message.created", conversationId: "c", rev: seq, memberRev: 0, message: message(seq, fields) });
const seqs = (session) => session.store.messages("c").map((each) => each.seq);

test("a conversation that came with the page needs no request", async () => {
  const { session, sockets, asked } = begun();
  sockets.last.hello({ heads: { c: 3 } });
  await session.open("c");
  await settle();
  assert.deepEqual(asked, []);
});

test("a conversation of the inbox opens with one request", async () => {
  const page = { results: [message(1), message(2)], previous: null, next: null, rev: 3, people: [] };
  const { session, sockets, asked } = begun({ first: { messages: null, conversation: null }, pages: { "/v1/conversations/c/messages": page } });
  sockets.last.hello({ heads: { c: 3 } });
  await session.open("c");
  assert.equal(asked.length, 1);
  assert.deepEqual(seqs(session), [1, 2]);
});

test("live messages come in, ring once, and are told as delivered", async () => {
  const { session, sockets, notified } = begun();
  sockets.last.hello({ heads: { c: 3 } });
  sockets.last.receive(created(4));
  sockets.last.receive(created(4));
  assert.deepEqual(seqs(session), [1, 2, 3, 4]);
  assert.deepEqual(notified, [4]);
});

test("what was missed is asked for by rev, and what came meanwhile waits for it", async () => {
  const { session, sockets } = begun();
  const socket = sockets.last;
  socket.hello({ heads: { c: 5 } });
  const sync = socket.sent.find((frame) => frame.type === "sync");
  assert.deepEqual(sync.conversations, { c: 3 });
  socket.receive(created(6));
  assert.deepEqual(seqs(session), [1, 2, 3]);
  socket.receive({
    type: "sync", ref: sync.ref, joined: [], people: [],
    conversations: { c: { results: [message(4), message(5)], throughRev: 5, memberRev: 0, more: false, reset: false } },
  });
  await settle();
  assert.deepEqual(seqs(session), [1, 2, 3, 4, 5, 6]);
  assert.equal(session.store.conversations.get("c").unread, 3);
});

test("a gap that is too long loads the conversation anew", async () => {
  const page = { results: [message(900)], previous: "900", next: null, rev: 900, people: [] };
  const { session, sockets } = begun({ pages: {
    "/v1/conversations/c": conversation({ headSeq: 900, rev: 900, unread: 7 }), "/v1/conversations/c/messages": page } });
  await session.open("c");
  sockets.last.hello({ heads: { c: 900 } });
  const sync = sockets.last.sent.find((frame) => frame.type === "sync");
  sockets.last.receive({ type: "sync", ref: sync.ref, joined: [], people: [], conversations: { c: { reset: true, throughRev: 900 } } });
  for (let turn = 0; turn < 5; turn += 1) await settle();
  assert.deepEqual(seqs(session), [900]);
  assert.equal(session.store.conversations.get("c").unread, 7);
});

test("a message is pending, then the server's, never both", async () => {
  const { session, sockets } = begun();
  const socket = sockets.last;
  socket.hello({ heads: { c: 3 } });
  const { clientId } = session.send("c", { content: "hello" });
  await settle();
  const sent = socket.sent.find((frame) => frame.type === "message.send");
  assert.equal(sent.clientId, clientId);
  assert.equal(session.outbox.of("c").length, 1);
  const stored = message(4, { senderId: "me", clientId, content: "hello" });
  socket.receive({ ...created(4), message: stored });
  assert.equal(session.outbox.of("c").length, 0);
  socket.receive({ type: "ack", ref: sent.ref, message: stored });
  await settle();
  assert.deepEqual(seqs(session), [1, 2, 3, 4]);
});

test("reading tells the server once, for the last seq", async () => {
  const { session, sockets } = begun();
  const socket = sockets.last;
  socket.hello({ heads: { c: 3 } });
  for (const seq of [4, 5, 6]) socket.receive(created(seq));
  session.markRead("c", 4);
  session.markRead("c", 6);
  const first = socket.sent.filter((frame) => frame.type === "receipt.read");
  assert.deepEqual(first.map((frame) => frame.seq), [4]);
  socket.receive({ type: "ack", ref: first[0].ref });
  await settle();
  assert.deepEqual(socket.sent.filter((frame) => frame.type === "receipt.read").map((frame) => frame.seq), [4, 6]);
  assert.equal(session.store.conversations.get("c").unread, 0);
});

test("another device's reading counts here", () => {
  const { session, sockets } = begun();
  sockets.last.hello({ heads: { c: 3 } });
  sockets.last.receive(created(4));
  sockets.last.receive({ type: "state.changed", conversationId: "c", stateRev: 2, lastReadSeq: 4, lastDeliveredSeq: 4, unreadMark: false });
  assert.equal(session.store.conversations.get("c").unread, 0);
});

test("a conversation that one is put out of goes away", async () => {
  const { session, sockets } = begun();
  sockets.last.hello({ heads: { c: 3 } });
  sockets.last.receive({ type: "conversation.left", conversationId: "c", toSeq: null });
  for (let turn = 0; turn < 3; turn += 1) await settle();
  assert.equal(session.store.conversations.has("c"), false);
});

test("a new conversation is fetched and listed", async () => {
  const { session, sockets } = begun({ pages: { "/v1/conversations/d": conversation({ id: "d", rev: 1 }) } });
  sockets.last.hello({ heads: { c: 3 } });
  sockets.last.receive({ type: "conversation.joined", conversationId: "d", rev: 1 });
  for (let turn = 0; turn < 3; turn += 1) await settle();
  assert.ok(session.store.inbox().some((each) => each.id === "d"));
});

test("the read tick of a direct conversation comes with the other's receipt", () => {
  const { session, sockets } = begun();
  session.store.change("c", { kind: "direct" });
  sockets.last.hello({ heads: { c: 3 } });
  sockets.last.receive(created(4, { senderId: "me" }));
  sockets.last.receive({ type: "receipt.advanced", conversationId: "c", userId: "bob", kind: "read", upToSeq: 4, at: "x" });
  assert.equal(session.store.message("c", 4).status, "read");
});

test("errors keep the server's code, and no network is `offline`", async () => {
  const refusing = new Rest({ csrfToken: "t", fetch: async () => answer({ code: "blocked", detail: "No." }, 403) });
  await assert.rejects(refusing.get(["users"]), { code: "blocked", status: 403 });
  const cut = new Rest({ csrfToken: "t", fetch: async () => { throw new TypeError("cut"); } });
  await assert.rejects(cut.get(["users"]), { code: "offline", isPassing: true });
});

test("who is signed out is told so", async () => {
  let isOut = false;
  const rest = new Rest({ csrfToken: "t", fetch: async () => answer({ code: "not_authenticated" }, 401), onSignedOut: () => { isOut = true; } });
  await assert.rejects(rest.get(["users", "me"]), { code: "not_authenticated" });
  assert.ok(isOut);
});

test("every part of a path is quoted", () => {
  assert.equal(urlOf(["conversations", "a/b", "reactions", "👍"], { q: "x y", none: null }), "/v1/conversations/a%2Fb/reactions/%F0%9F%91%8D?q=x+y");
});
