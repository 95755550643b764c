import assert from "node:assert/strict";
import { test } from "node:test";
import { Rest, urlOf } from "../../chatproject/static/chat/js/core/rest.js";
import { Session } from "../../chatproject/static/chat/js/core/session.js";
import { MemoryStorage } from "../../chatproject/static/chat/js/core/storage.js";
import { FakeSockets, FakeTimers, conversation, message, settle, silenceConsole } from "./fakes.js";

function answer(body, status = 200) {
  return new Response(status === 204 ? null : JSON.stringify(body), { status });
}

/**
 * A session whose server answers GETs from `pages`, by path; a number there is an error's status, and
 * a promise comes late.
 */
function startSession({ pages = {}, first = {} } = {}) {
  const timers = new FakeTimers();
  const failures = [];
  const sockets = new FakeSockets();
  const asked = [];
  const notified = [];
  const rest = new Rest({
    csrfToken: "t",
    fetch: async (url, { method }) => {
      asked.push(`${method} ${url}`);
      const found = pages[url.split("?")[0]];
      const page = found instanceof Promise ? await found : found;
      if (typeof page === "number") return answer({ code: "unavailable", detail: "Later." }, page);
      return page ? answer(page) : answer({ code: "conversation_not_found", detail: "No." }, 404);
    },
  });
  const session = new Session({
    me: { id: "me", name: "Me" }, rest, storage: new MemoryStorage(), url: "ws://chat",
    timers, socket: { open: sockets.open, timers, random: () => 0 },
    onMessage: (given) => notified.push(given.seq), onFailure: (error) => failures.push(error.code),
  });
  const results = [1, 2, 3].map((seq) => message(seq));
  const it = conversation({ headSeq: 3, rev: 3, lastReadSeq: 3, lastDeliveredSeq: 3 });
  session.start({
    inbox: { results: [it], next: null, people: [{ id: "bob", name: "Bob" }] },
    conversation: it, messages: { results, previous: null, next: null, rev: 3, people: [] }, ...first,
  });
  return { session, sockets, asked, notified, timers, failures };
}

const created = (seq, fields) => ({ type: "message.created", conversationId: "c", rev: seq, memberRev: 0, message: message(seq, fields) });
const seqs = (session) => session.store.messages("c").map((each) => each.seq);

test("a conversation that came with the page needs no request", async () => {
  const { session, sockets, asked } = startSession();
  sockets.last.hello({ heads: { c: 3 } });
  await session.timelines.open("c");
  await settle();
  assert.deepEqual(asked, []);
});

test("a conversation of the inbox opens with one request", async () => {
  const page = { results: [message(1), message(2)], previous: null, next: null, rev: 3, people: [] };
  const { session, sockets, asked } = startSession({ first: { messages: null, conversation: null }, pages: { "/v1/conversations/c/messages": page } });
  sockets.last.hello({ heads: { c: 3 } });
  await session.timelines.open("c");
  assert.equal(asked.length, 1);
  assert.deepEqual(seqs(session), [1, 2]);
});

for (const { title, own, around } of [
  { title: "the first of many new ones", own: { headSeq: 90, lastReadSeq: 50, unread: 40 }, around: "50" },
  { title: "few new ones far up among what counts as none", own: { headSeq: 90, lastReadSeq: 20, unread: 2 }, around: "20" },
  { title: "few new ones", own: { headSeq: 90, lastReadSeq: 60, unread: 30 }, around: null },
  { title: "what is read to the end but for a deletion", own: { headSeq: 90, lastReadSeq: 20, unread: 0 }, around: null },
]) {
  test(`a conversation opens at ${title}`, async () => {
    const page = { results: [message(1)], previous: null, next: null, rev: 90, people: [] };
    const inbox = { results: [conversation({ rev: 90, ...own })], next: null, people: [] };
    const { session, asked } = startSession({ first: { inbox, messages: null, conversation: null }, pages: { "/v1/conversations/c/messages": page } });
    await session.timelines.open("c");
    assert.equal(new URL(asked[0].split(" ")[1], "http://chat").searchParams.get("around"), around);
  });
}

test("a timeline is kept while another is open, unless its first new message would be cut off", async () => {
  const other = conversation({ id: "d", headSeq: 0, rev: 0, lastReadSeq: 0, lastDeliveredSeq: 0 });
  const page = { results: [], previous: null, next: null, rev: 0, people: [] };
  const { session, sockets } = startSession({ pages: { "/v1/conversations/d/messages": page } });
  session.conversations.put(other);
  sockets.last.hello({ heads: { c: 3, d: 0 } });
  await session.timelines.open("c");
  await session.timelines.open("d");
  for (let seq = 4; seq <= 33; seq += 1) sockets.last.receive(created(seq));
  await session.timelines.open("d");
  assert.equal(session.store.conversations.get("c").unread, 30);
  assert.ok(session.store.timeline("c"));
  sockets.last.receive(created(34));
  await session.timelines.open("d");
  assert.ok(!session.store.timeline("c"));
});

test("live messages arrive, notify once, and are confirmed as delivered", async () => {
  const { session, sockets, notified } = startSession();
  sockets.last.hello({ heads: { c: 3 } });
  sockets.last.receive(created(4));
  sockets.last.receive(created(4));
  assert.deepEqual(seqs(session), [1, 2, 3, 4]);
  assert.deepEqual(notified, [4]);
});

test("missed changes are fetched by rev, and later events wait for them", async () => {
  const { session, sockets } = startSession();
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
  const { session, sockets } = startSession({ pages: {
    "/v1/conversations/c": conversation({ headSeq: 900, rev: 900, unread: 7 }), "/v1/conversations/c/messages": page } });
  await session.timelines.open("c");
  sockets.last.hello({ heads: { c: 900 } });
  const sync = sockets.last.sent.find((frame) => frame.type === "sync");
  sockets.last.receive({ type: "sync", ref: sync.ref, joined: [], people: [], conversations: { c: { reset: true, throughRev: 900 } } });
  for (let turn = 0; turn < 5; turn += 1) await settle();
  assert.deepEqual(seqs(session), [900]);
  assert.equal(session.store.conversations.get("c").unread, 7);
});

test("a message is pending, then the server's, never both", async () => {
  const { session, sockets } = startSession();
  const socket = sockets.last;
  socket.hello({ heads: { c: 3 } });
  const { clientId } = session.commands.send("c", { content: "hello" });
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
  const { session, sockets } = startSession();
  const socket = sockets.last;
  socket.hello({ heads: { c: 3 } });
  for (const seq of [4, 5, 6]) socket.receive(created(seq));
  session.commands.markRead("c", 4);
  session.commands.markRead("c", 6);
  const first = socket.sent.filter((frame) => frame.type === "receipt.read");
  assert.deepEqual(first.map((frame) => frame.seq), [4]);
  socket.receive({ type: "ack", ref: first[0].ref });
  await settle();
  assert.deepEqual(socket.sent.filter((frame) => frame.type === "receipt.read").map((frame) => frame.seq), [4, 6]);
  assert.equal(session.store.conversations.get("c").unread, 0);
});

test("another device's reading counts here", () => {
  const { session, sockets } = startSession();
  sockets.last.hello({ heads: { c: 3 } });
  sockets.last.receive(created(4));
  sockets.last.receive({ type: "state.changed", conversationId: "c", stateRev: 2, lastReadSeq: 4, lastDeliveredSeq: 4, unreadMark: false });
  assert.equal(session.store.conversations.get("c").unread, 0);
});

test("a conversation that the person is removed from is dropped", async () => {
  const { session, sockets } = startSession();
  sockets.last.hello({ heads: { c: 3 } });
  sockets.last.receive({ type: "conversation.left", conversationId: "c", toSeq: null });
  for (let turn = 0; turn < 3; turn += 1) await settle();
  assert.equal(session.store.conversations.has("c"), false);
});

test("a new conversation is fetched and listed", async () => {
  const { session, sockets } = startSession({ pages: { "/v1/conversations/d": conversation({ id: "d", rev: 1 }) } });
  sockets.last.hello({ heads: { c: 3 } });
  sockets.last.receive({ type: "conversation.joined", conversationId: "d", rev: 1 });
  for (let turn = 0; turn < 3; turn += 1) await settle();
  assert.ok(session.store.inbox().some((each) => each.id === "d"));
});

test("the read tick of a direct conversation comes with the other's receipt", () => {
  const { session, sockets } = startSession();
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

test("401 reports that the person is signed out", async () => {
  let isOut = false;
  const rest = new Rest({ csrfToken: "t", fetch: async () => answer({ code: "not_authenticated" }, 401), onSignedOut: () => { isOut = true; } });
  await assert.rejects(rest.get(["users", "me"]), { code: "not_authenticated" });
  assert.ok(isOut);
});

test("every part of a path is quoted", () => {
  assert.equal(urlOf(["conversations", "a/b", "reactions", "👍"], { q: "x y", none: null }), "/v1/conversations/a%2Fb/reactions/%F0%9F%91%8D?q=x+y");
});

/** Lets everything go on that waits for several turns. */
async function settleAll() {
  for (let turn = 0; turn < 10; turn += 1) await settle();
}

test("catching up that is refused is retried, shown after three times, and then succeeds", async (t) => {
  const log = silenceConsole(t);
  const { session, sockets, timers } = startSession();
  const socket = sockets.last;
  socket.hello({ heads: { c: 4 }, heartbeatSeconds: 1000 });
  const syncs = () => socket.sent.filter((frame) => frame.type === "sync");
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    assert.equal(syncs().length, attempt);
    assert.equal(session.catchUp.isFailing, false);
    socket.receive({ type: "error", ref: syncs().at(-1).ref, code: "unavailable", detail: "Later." });
    await settleAll();
    assert.equal(session.catchUp.isFailing, attempt === 3);
    timers.advance(20000);
  }
  assert.match(log.warn[0], /Catching up failed: unavailable/);
  socket.receive({
    type: "sync", ref: syncs().at(-1).ref, joined: [], people: [],
    conversations: { c: { results: [message(4)], throughRev: 4, memberRev: 0, more: false, reset: false } },
  });
  await settleAll();
  assert.deepEqual(seqs(session), [1, 2, 3, 4]);
  assert.equal(session.catchUp.isFailing, false);
});

test("a conversation that cannot be loaded for a while comes when the server can again", async (t) => {
  const log = silenceConsole(t);
  const pages = { "/v1/conversations/d": 503 };
  const { session, sockets, timers } = startSession({ pages });
  sockets.last.hello({ heads: { c: 3 }, heartbeatSeconds: 1000 });
  sockets.last.receive({ type: "conversation.joined", conversationId: "d", rev: 1 });
  await settleAll();
  assert.match(log.warn[0], /Loading a conversation failed: unavailable/);
  pages["/v1/conversations/d"] = conversation({ id: "d", rev: 1 });
  timers.advance(20000);
  await settleAll();
  assert.ok(session.store.inbox().some((each) => each.id === "d"));
});

test("an inbox that is asked for while one is on its way is asked for again", async () => {
  const current = conversation({ headSeq: 3, rev: 3, lastReadSeq: 3, unread: 0 });
  const pages = { "/v1/conversations": { results: [current], next: null, people: [] } };
  const { session, asked } = startSession({ pages });
  for (let n = 0; n < 3; n += 1) session.conversations.loadInbox();
  await settleAll();
  assert.equal(asked.filter((each) => each.startsWith("GET /v1/conversations?")).length, 2);
});

test("what was read elsewhere since the page was made is known after the first hello", async () => {
  const read = conversation({ headSeq: 4, rev: 4, lastReadSeq: 4, unread: 0, stateRev: 1 });
  const unread = conversation({ headSeq: 4, rev: 4, lastReadSeq: 3, unread: 1 });
  const pages = { "/v1/conversations": { results: [read], next: null, people: [] } };
  const first = { conversation: null, messages: null, inbox: { results: [unread], next: null, people: [] } };
  const { session, sockets, timers } = startSession({ pages, first });
  sockets.last.hello({ heads: { c: 4 }, heartbeatSeconds: 1000 });
  assert.equal(session.store.conversations.get("c").unread, 1);
  timers.advance(2000);
  await settleAll();
  assert.equal(session.store.conversations.get("c").unread, 0);
});

test("an inbox that failed to load is asked for at once when the network is back", async (t) => {
  silenceConsole(t);
  const pages = { "/v1/conversations": 503 };
  const { session } = startSession({ pages });
  session.conversations.loadInbox();
  await settleAll();
  pages["/v1/conversations"] = {
    results: [conversation({ id: "d", rev: 1 })], next: null, people: [],
  };
  session.conversations.wake();
  await settleAll();
  assert.ok(session.store.conversations.has("d"));
});

test("when the network is back the counts are asked for anew", async () => {
  const of = (fields) => conversation({ headSeq: 4, rev: 4, lastReadSeq: 3, ...fields });
  const pages = { "/v1/conversations": { results: [of({ unread: 3 })], next: null, people: [] } };
  const { session } = startSession({ pages });
  session.conversations.loadInbox();
  await settleAll();
  pages["/v1/conversations"] = { results: [of({ unread: 1 })], next: null, people: [] };
  session.conversations.wake();
  await settleAll();
  assert.equal(session.store.conversations.get("c").unread, 1);
});

test("an inbox that events have overtaken does not tell the counts", async () => {
  const of = (fields) => conversation({ headSeq: 4, rev: 4, lastReadSeq: 3, unread: 1, ...fields });
  const pages = {
    "/v1/conversations": { results: [of({ headSeq: 3, rev: 3, unread: 0 })], next: null, people: [] },
    "/v1/conversations/c": of({ stateRev: 1, unread: 0 }),
  };
  const { session, sockets } = startSession({ pages });
  sockets.last.hello({ heads: { c: 3 } });
  sockets.last.receive(created(4));
  assert.equal(session.store.conversations.get("c").unread, 1);
  session.conversations.loadInbox();
  await settleAll();
  assert.equal(session.store.conversations.get("c").unread, 0);
});

test("an answer from before a read elsewhere does not tell the counts", async () => {
  const of = (fields) => conversation({ headSeq: 9, rev: 9, lastReadSeq: 2, unread: 3, stateRev: 1, ...fields });
  const answers = [of({}), of({ stateRev: 2, lastReadSeq: 8, unread: 1 })];
  const pages = { get "/v1/conversations/c"() { return answers.shift(); } };
  const inbox = { results: [of({})], next: null, people: [] };
  const { session, sockets } = startSession({ pages, first: { inbox, messages: null, conversation: null } });
  sockets.last.hello({ heads: { c: 9 } });
  sockets.last.receive({ type: "state.changed", conversationId: "c", stateRev: 2, lastReadSeq: 8, lastDeliveredSeq: 9, unreadMark: false });
  await settleAll();
  assert.equal(session.store.conversations.get("c").unread, 1);
});

for (const [what, path, ask] of [
  ["the inbox", "/v1/conversations", ({ session }) => session.conversations.loadInbox()],
  ["the conversation", "/v1/conversations/c", ({ session }) => session.conversations.refresh("c")],
]) {
  test(`an answer from before the person left does not bring it back: ${what}`, async () => {
    const inside = conversation({ kind: "public", headSeq: 3, rev: 3, lastReadSeq: 3 });
    const outside = { ...inside, role: null, joinedAt: null };
    let arrive;
    const late = new Promise((resolve) => { arrive = resolve; });
    const pages = { "/v1/conversations/c": outside, [path]: late };
    const started = startSession({ pages });
    const isListed = () => started.session.store.inbox().some((each) => each.id === "c");
    started.sockets.last.hello({ heads: { c: 3 } });
    ask(started);
    await settleAll();
    pages["/v1/conversations/c"] = outside;
    started.sockets.last.receive({ type: "conversation.left", conversationId: "c", toSeq: null });
    await settleAll();
    assert.equal(isListed(), false);
    arrive(path === "/v1/conversations" ? { results: [inside], next: null, people: [] } : inside);
    await settleAll();
    assert.equal(isListed(), false);
  });
}

test("who joins while the socket is down, and leaves after that, does not have it in the inbox", async () => {
  const inside = conversation({ kind: "public", headSeq: 3, rev: 3, lastReadSeq: 3 });
  const outside = { ...inside, role: null, joinedAt: null };
  const pages = { "/v1/conversations/c": outside, "/v1/conversations": { results: [], next: null, people: [] } };
  const { session, sockets, timers } = startSession({ pages });
  const isListed = () => session.store.inbox().some((each) => each.id === "c");
  const leave = () => sockets.last.receive({ type: "conversation.left", conversationId: "c", toSeq: null });
  sockets.last.hello({ heads: { c: 3 } });
  leave();
  await settleAll();
  assert.equal(isListed(), false);
  sockets.last.close();
  timers.advance(20000);
  pages["/v1/conversations"].results.push(inside);
  sockets.last.hello({ heads: { c: 3 } });
  timers.advance(2000);
  await settleAll();
  assert.equal(isListed(), true);
  leave();
  await settleAll();
  assert.equal(isListed(), false);
});

test("who leaves before the conversation was loaded does not get it", async () => {
  let arrive;
  const late = new Promise((resolve) => { arrive = resolve; });
  const { session, sockets } = startSession({ pages: { "/v1/conversations/d": late } });
  sockets.last.hello({ heads: { c: 3 } });
  sockets.last.receive({ type: "conversation.joined", conversationId: "d", rev: 1 });
  sockets.last.receive({ type: "conversation.left", conversationId: "d", toSeq: null });
  arrive(conversation({ id: "d", rev: 1 }));
  await settleAll();
  assert.equal(session.store.inbox().some((each) => each.id === "d"), false);
});

test("who leaves while the conversation is being opened reads it from outside", async () => {
  const inside = conversation({ id: "d", kind: "public", rev: 1 });
  const answers = [inside, { ...inside, role: null, joinedAt: null }];
  let arrive;
  const late = new Promise((resolve) => { arrive = resolve; });
  const pages = { get "/v1/conversations/d"() { return late.then(() => answers.shift()); } };
  const { session, sockets } = startSession({ pages });
  sockets.last.hello({ heads: { c: 3, d: 1 } });
  const fetched = session.conversations.fetch("d");
  sockets.last.receive({ type: "conversation.left", conversationId: "d", toSeq: null });
  arrive();
  assert.equal((await fetched).role, null);
  assert.equal(session.store.inbox().some((each) => each.id === "d"), false);
});

test("a read that gets no answer is lost after a while", async () => {
  const hangs = (url, { signal }) => new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
  const rest = new Rest({ csrfToken: "t", fetch: hangs, readMs: 5 });
  const alive = setInterval(() => {}, 1000); // the signal's own timer keeps no process alive
  await assert.rejects(rest.get(["conversations"]), (error) => error.code === "offline" && error.isPassing);
  clearInterval(alive);
});

test("messages that are to be loaded anew come when the server can again", async (t) => {
  silenceConsole(t);
  const pages = { "/v1/conversations/c": conversation({ headSeq: 9, rev: 9 }), "/v1/conversations/c/messages": 503 };
  const { session, sockets, timers } = startSession({ pages });
  await session.timelines.open("c");
  sockets.last.hello({ heads: { c: 9 }, heartbeatSeconds: 1000 });
  const sync = sockets.last.sent.find((frame) => frame.type === "sync");
  sockets.last.receive({ type: "sync", ref: sync.ref, joined: [], people: [], conversations: { c: { reset: true, throughRev: 9 } } });
  await settleAll();
  assert.deepEqual(seqs(session), []);
  pages["/v1/conversations/c/messages"] = { results: [message(9)], previous: "9", next: null, rev: 9, people: [] };
  timers.advance(20000);
  await settleAll();
  assert.deepEqual(seqs(session), [9]);
});

test("an open conversation that cannot be opened again after a reconnect is shown to the person", async (t) => {
  silenceConsole(t);
  const { session, sockets, failures } = startSession({ pages: { "/v1/conversations/c/messages": 503 } });
  await session.timelines.open("c");
  session.store.forgetTimeline("c");
  sockets.last.hello({ heads: { c: 3 } });
  await settleAll();
  assert.deepEqual(failures, ["unavailable"]);
});

test("a conversation's title is called name on the wire", async () => {
  const { session, sockets } = startSession();
  sockets.last.hello({ heads: { c: 3 } });
  assert.equal(session.store.conversations.get("c").title, "Room");
  sockets.last.receive({ type: "conversation.updated", conversationId: "c", rev: 4, conversation: { id: "c", kind: "group", name: "Tea" } });
  assert.equal(session.store.conversations.get("c").title, "Tea");
});

test("an unread message that is not loaded and changes makes the counts be loaded again", async () => {
  const behind = conversation({ headSeq: 3, rev: 3, unread: 3 });
  const pages = { "/v1/conversations/c": { ...behind, rev: 4, unread: 2 } };
  const first = { conversation: null, messages: null, inbox: { results: [behind], next: null, people: [] } };
  const { session, sockets } = startSession({ pages, first });
  sockets.last.hello({ heads: { c: 3 } });
  const deleted = message(2, { rev: 4, content: "", deletedAt: "2026-01-05T11:00:00Z" });
  sockets.last.receive({ type: "message.deleted", conversationId: "c", rev: 4, message: deleted });
  await settleAll();
  assert.equal(session.store.conversations.get("c").unread, 2);
});

test("the same when the change comes by catching up, after a gap", async () => {
  const own = conversation({ headSeq: 6, rev: 6, lastReadSeq: 3, unread: 3, unreadMentions: 1, mentioned: true, lastMessage: message(6) });
  const now = { ...own, rev: 8, unreadMentions: 2 };
  const { session, sockets } = startSession({
    first: { inbox: { results: [own], next: null, people: [] }, messages: null, conversation: null },
    pages: { "/v1/conversations/c": now },
  });
  const socket = sockets.last;
  socket.hello({ heads: { c: 6 } });
  socket.receive({ type: "conversation.rev", conversationId: "c", rev: 8 });
  const sync = socket.sent.find((frame) => frame.type === "sync");
  const edited = message(5, { rev: 8, content: "@all look" });
  socket.receive({ type: "sync", ref: sync.ref, joined: [], people: [], conversations: { c: { results: [edited], throughRev: 8 } } });
  await settle();
  assert.equal(session.store.conversations.get("c").unreadMentions, 2);
});

for (const [direction, late] of [["Newer", [12, 13]], ["Older", [8, 9]]]) {
  test(`${direction.toLowerCase()} messages that come after a jump to the latest leave no gap`, async () => {
    const { session } = startSession();
    const { timelines, store } = session;
    const page = (numbers, next) => (
      { results: numbers.map((seq) => message(seq)), previous: String(numbers[0]), next, rev: 91, people: [] });
    timelines.putPage("c", page([10, 11], "11"));
    const slow = Promise.withResolvers();
    timelines.rest = { get: async (_path, { before, after }) => (before || after ? slow.promise : page([90, 91], null)) };
    const extending = timelines[`load${direction}`]("c");
    await timelines.load("c");
    slow.resolve(page(late, "13"));
    await extending;
    assert.deepEqual(seqs(session), [90, 91]);
    assert.equal(store.timeline("c").hasNewer, false);
  });
}
