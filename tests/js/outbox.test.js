import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../chatproject/static/chat/js/core/errors.js";
import { Outbox } from "../../chatproject/static/chat/js/core/outbox.js";
import { MemoryStorage } from "../../chatproject/static/chat/js/core/storage.js";
import { FakeTimers, settle } from "./fakes.js";

/** A server that may be away: it stores by clientId, and answers when it is let. */
class Server {
  constructor() {
    this.stored = new Map();
    this.calls = [];
    this.waiting = [];
    this.isAway = false;
    this.send = (entry) => new Promise((resolve, reject) => {
      this.calls.push(entry.content);
      const answer = () => {
        if (!this.stored.has(entry.clientId)) this.stored.set(entry.clientId, { ...entry, seq: this.stored.size + 1 });
        resolve(this.stored.get(entry.clientId));
      };
      if (this.isAway) this.waiting.push({ answer, reject });
      else answer();
    });
  }

  get texts() {
    return [...this.stored.values()].map((entry) => entry.content);
  }
}

function make(server, storage = new MemoryStorage()) {
  const sent = [];
  const timers = new FakeTimers();
  let number = 0;
  const outbox = new Outbox({
    storage, send: server.send, timers, onChange: () => {}, onSent: (message) => sent.push(message),
    now: () => 1000, newId: () => `${storage.records.size}-${number++}`,
  });
  return { outbox, sent, timers, storage };
}

test("a message is sent, handed out and forgotten", async () => {
  const server = new Server();
  const { outbox, sent, storage } = make(server);
  outbox.add({ conversationId: "c", content: "hello" });
  assert.equal(outbox.of("c").length, 1);
  await settle();
  assert.deepEqual(sent.map((each) => each.content), ["hello"]);
  assert.equal(outbox.size, 0);
  assert.equal(storage.records.size, 0);
});

test("the order is kept, one at a time in a conversation", async () => {
  const server = new Server();
  server.isAway = true;
  const { outbox } = make(server);
  for (const content of ["one", "two", "three"]) outbox.add({ conversationId: "c", content });
  outbox.add({ conversationId: "d", content: "elsewhere" });
  await settle();
  assert.deepEqual(server.calls, ["one", "elsewhere"]);
  server.isAway = false;
  for (const { answer } of server.waiting) answer();
  await settle();
  assert.deepEqual(server.texts, ["one", "elsewhere", "two", "three"]);
});

test("unsent messages survive the page and are sent in order, exactly once", async () => {
  const server = new Server();
  server.isAway = true;
  const first = make(server);
  for (const content of ["one", "two", "three"]) first.outbox.add({ conversationId: "c", content });
  await settle();
  server.waiting[0].answer(); // it arrives, but the page is closed before it hears of it
  const kept = new MemoryStorage();
  for (const [key, record] of first.storage.records) kept.records.set(key, record);
  server.isAway = false;
  const second = make(server, kept);
  await second.outbox.load();
  await settle();
  assert.deepEqual(server.texts, ["one", "two", "three"]);
  assert.equal(second.outbox.size, 0);
});

test("a refused message fails alone; the next ones are sent", async () => {
  const server = new Server();
  const { outbox, storage } = make({
    send: (entry) => entry.content === "bad" ? Promise.reject(new ApiError({ code: "blocked", status: 403 })) : server.send(entry),
  });
  const bad = outbox.add({ conversationId: "c", content: "bad" });
  outbox.add({ conversationId: "c", content: "good" });
  await settle();
  assert.deepEqual(server.texts, ["good"]);
  const [left] = outbox.of("c");
  assert.equal(left.state, "failed");
  assert.equal(left.error.code, "blocked");
  assert.equal(storage.records.get(bad.clientId).state, "failed");
});

test("a failed one is tried again, or deleted", async () => {
  let isBad = true;
  const server = new Server();
  const { outbox } = make({
    send: (entry) => isBad ? Promise.reject(new ApiError({ code: "blocked", status: 403 })) : server.send(entry),
  });
  const one = outbox.add({ conversationId: "c", content: "one" });
  const two = outbox.add({ conversationId: "c", content: "two" });
  await settle();
  isBad = false;
  outbox.remove(two.clientId);
  outbox.retry(one.clientId);
  await settle();
  assert.deepEqual(server.texts, ["one"]);
  assert.equal(outbox.size, 0);
});

test("a busy server is retried later, in order", async () => {
  let isBusy = true;
  const server = new Server();
  const { outbox, timers } = make({
    send: (entry) => isBusy ? Promise.reject(new ApiError({ code: "unavailable", status: 503 })) : server.send(entry),
  });
  outbox.add({ conversationId: "c", content: "one" });
  outbox.add({ conversationId: "c", content: "two" });
  await settle();
  assert.equal(outbox.of("c")[0].state, "queued");
  isBusy = false;
  timers.advance(20000);
  await settle();
  assert.deepEqual(server.texts, ["one", "two"]);
});

test("a message that another tab has sent is not shown as pending any more", async () => {
  const server = new Server();
  server.isAway = true;
  const { outbox } = make(server);
  const entry = outbox.add({ conversationId: "c", content: "one" });
  await settle();
  outbox.remove(entry.clientId);
  assert.equal(outbox.size, 0);
});

test("a full storage does not stop a message from being sent", async () => {
  const server = new Server();
  const storage = new MemoryStorage();
  storage.put = () => Promise.reject(new Error("full"));
  const { outbox } = make(server, storage);
  outbox.add({ conversationId: "c", content: "one" });
  await settle();
  assert.deepEqual(server.texts, ["one"]);
});

test("a reply that was refused can be sent without the reference", async () => {
  const sent = [];
  const timers = new FakeTimers();
  const send = async (entry) => {
    if (entry.replyToSeq) throw new ApiError({ status: 422, code: "reply_target_not_found" });
    sent.push(entry);
    return { ...entry, seq: 1 };
  };
  const outbox = new Outbox({ storage: new MemoryStorage(), send, timers, onChange: () => {}, onSent: () => {}, newId: () => "one" });
  outbox.add({ conversationId: "c", content: "an answer", replyToSeq: 7 });
  await settle();
  assert.equal(outbox.of("c")[0].error.code, "reply_target_not_found");
  outbox.retry("one");
  await settle();
  assert.equal(outbox.of("c")[0].state, "failed");
  outbox.retry("one", { replyToSeq: null });
  await settle();
  assert.deepEqual(sent.map((each) => [each.clientId, each.content, each.replyToSeq]), [["one", "an answer", null]]);
});

test("a message that is held can be taken back until it goes out", async () => {
  const server = new Server();
  let now = 1000;
  const timers = new FakeTimers();
  const storage = new MemoryStorage();
  let number = 0;
  const outbox = new Outbox({ storage, send: server.send, timers, onChange: () => {}, onSent: () => {}, now: () => now, newId: () => `k${number++}` });
  const first = outbox.add({ conversationId: "c", content: "a mistake", heldMs: 5000 });
  outbox.add({ conversationId: "c", content: "after it", heldMs: 5000 });
  await settle();
  assert.deepEqual(server.texts, []);
  assert.equal(storage.records.size, 2);
  assert.equal(outbox.takeBack(first.clientId), true);
  now += 5000;
  assert.equal(outbox.takeBack("k1"), false);
  const again = new Outbox({ storage, send: server.send, timers, onChange: () => {}, onSent: () => {}, now: () => now, newId: () => "new" });
  await again.load();
  await settle();
  assert.deepEqual(server.texts, ["after it"]);
});
