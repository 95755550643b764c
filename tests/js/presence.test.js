import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../chatproject/static/chat/js/core/errors.js";
import { Pointers } from "../../chatproject/static/chat/js/core/pointers.js";
import { Presence } from "../../chatproject/static/chat/js/core/presence.js";
import { Typing } from "../../chatproject/static/chat/js/core/typing.js";
import { FakeTimers, settle, silenceConsole } from "./fakes.js";

function typing() {
  const timers = new FakeTimers();
  const told = [];
  const it = new Typing({
    send: (type, fields) => told.push([type, fields.conversationId]), onChange: () => {},
    nameOf: (id) => ({ a: "Ann", b: "Ben", c: "Cem" })[id], timers, now: () => timers.now,
  });
  return { it, timers, told };
}

const begins = (userId, seconds = 6) => ({ conversationId: "c", userId, seconds });

test("one's own typing is reported every three seconds, and at once after a message", () => {
  const { it, timers, told } = typing();
  it.reportTyping("c");
  timers.advance(2999);
  it.reportTyping("c");
  assert.equal(told.length, 1);
  timers.advance(1);
  it.reportTyping("c");
  assert.equal(told.length, 2);
  it.reportStopped("c");
  it.reportTyping("c");
  assert.equal(told.length, 3);
});

test("typing is said in one sentence, and expires", () => {
  const { it, timers } = typing();
  assert.equal(it.sentence("c"), null);
  it.handleStarted(begins("a"));
  assert.equal(it.sentence("c"), "Ann is typing…");
  timers.advance(3000);
  it.handleStarted(begins("b"));
  assert.equal(it.sentence("c"), "Ann and Ben are typing…");
  it.handleStarted(begins("c"));
  assert.equal(it.sentence("c"), "3 people are typing…");
  timers.advance(3000);
  assert.equal(it.sentence("c"), "Ben and Cem are typing…");
  timers.advance(3000);
  assert.equal(it.sentence("c"), null);
});

test("who goes on typing does not expire, and a message ends it", () => {
  const { it, timers } = typing();
  it.handleStarted(begins("a"));
  timers.advance(5000);
  it.handleStarted(begins("a"));
  timers.advance(5000);
  assert.equal(it.sentence("c"), "Ann is typing…");
  it.handleStopped("c", "a");
  assert.equal(it.sentence("c"), null);
});

test("the same people are watched once, and again on a new socket", async () => {
  const asked = [];
  const presence = new Presence({
    request: async (type, fields) => {
      asked.push([type, fields]);
      return { people: (fields.userIds ?? []).map((userId) => ({ userId, status: "online" })) };
    },
    onChange: () => {},
  });
  await presence.watch(["a", "b"]);
  await presence.watch(["a", "b"]);
  assert.equal(asked.length, 1);
  assert.ok(presence.isOnline("a"));
  presence.handleChange({ people: [{ userId: "a", status: "away" }] });
  assert.ok(!presence.isOnline("a") && presence.isAwayPerson("a"));
  presence.setAway(true);
  presence.setAway(true);
  await presence.resume(["a", "b"]);
  assert.deepEqual(asked.slice(1).map(([type, { status }]) => status ?? type), ["away", "away", "presence.watch"]);
});

test("a server without presence does no harm, and is logged", async (t) => {
  const log = silenceConsole(t);
  const presence = new Presence({ request: () => Promise.reject(new Error("unknown_frame")), onChange: () => {} });
  await presence.watch(["a"]);
  presence.setAway(true);
  await settle();
  assert.ok(!presence.isOnline("a"));
  assert.match(log.error[0], /Watching presence failed/);
});

test("many deliveries become one frame, and reading makes them needless", async () => {
  const timers = new FakeTimers();
  const sent = [];
  const pointers = new Pointers({ request: async (type, { seq }) => { sent.push([type, seq]); }, timers });
  for (const seq of [3, 4, 5]) pointers.delivered("c", seq);
  timers.advance(400);
  await settle();
  assert.deepEqual(sent, [["receipt.delivered", 5]]);
  pointers.read("c", 7);
  await settle();
  pointers.delivered("c", 6);
  timers.advance(400);
  await settle();
  assert.deepEqual(sent.slice(1), [["receipt.read", 7]]);
});

test("a pointer that is refused is logged and not sent again", async (t) => {
  const log = silenceConsole(t);
  let asked = 0;
  const pointers = new Pointers({ request: () => { asked += 1; return Promise.reject(new Error("no")); }, timers: new FakeTimers() });
  pointers.read("c", 1);
  await settle();
  assert.equal(asked, 1);
  assert.match(log.error[0], /Moving a pointer failed/);
});

test("a pointer that the server is too busy for is sent again", async (t) => {
  silenceConsole(t);
  const timers = new FakeTimers();
  const sent = [];
  const pointers = new Pointers({
    request: async (type, { seq }) => {
      sent.push(seq);
      if (sent.length === 1) throw new ApiError({ code: "rate_limited", status: 429, retryAfter: 2 });
    },
    timers,
  });
  pointers.read("c", 1);
  await settle();
  pointers.read("c", 5);
  timers.advance(1999);
  await settle();
  assert.deepEqual(sent, [1]);
  timers.advance(20000);
  await settle();
  assert.deepEqual(sent, [1, 5]);
});
