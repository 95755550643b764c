import assert from "node:assert/strict";
import { test } from "node:test";
import { Pointers } from "../../../chatproject/static/chat/js/core/pointers.js";
import { Presence } from "../../../chatproject/static/chat/js/core/presence.js";
import { Typing } from "../../../chatproject/static/chat/js/core/typing.js";
import { FakeTimers, settle } from "./fakes.js";

function typing() {
  const timers = new FakeTimers();
  const told = [];
  const it = new Typing({
    tell: (type, fields) => told.push([type, fields.conversationId]), onChange: () => {},
    nameOf: (id) => ({ a: "Ann", b: "Ben", c: "Cem" })[id], timers, now: () => timers.now,
  });
  return { it, timers, told };
}

const begins = (userId, seconds = 6) => ({ conversationId: "c", userId, seconds });

test("one's own typing is told every three seconds, and at once after a message", () => {
  const { it, timers, told } = typing();
  it.iAmTyping("c");
  timers.advance(2999);
  it.iAmTyping("c");
  assert.equal(told.length, 1);
  timers.advance(1);
  it.iAmTyping("c");
  assert.equal(told.length, 2);
  it.iStopped("c");
  it.iAmTyping("c");
  assert.equal(told.length, 3);
});

test("typing is said in one sentence, and expires", () => {
  const { it, timers } = typing();
  assert.equal(it.sentence("c"), null);
  it.started(begins("a"));
  assert.equal(it.sentence("c"), "Ann is typing…");
  timers.advance(3000);
  it.started(begins("b"));
  assert.equal(it.sentence("c"), "Ann and Ben are typing…");
  it.started(begins("c"));
  assert.equal(it.sentence("c"), "3 people are typing…");
  timers.advance(3000);
  assert.equal(it.sentence("c"), "Ben and Cem are typing…");
  timers.advance(3000);
  assert.equal(it.sentence("c"), null);
});

test("who goes on typing does not expire, and a message ends it", () => {
  const { it, timers } = typing();
  it.started(begins("a"));
  timers.advance(5000);
  it.started(begins("a"));
  timers.advance(5000);
  assert.equal(it.sentence("c"), "Ann is typing…");
  it.stopped("c", "a");
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
  presence.changed({ people: [{ userId: "a", status: "away" }] });
  assert.ok(!presence.isOnline("a") && presence.isAwayFrom("a"));
  presence.setAway(true);
  presence.setAway(true);
  await presence.again(["a", "b"]);
  assert.deepEqual(asked.slice(1).map(([type, { status }]) => status ?? type), ["away", "away", "presence.watch"]);
});

test("a server that tells no presence does no harm", async () => {
  const presence = new Presence({ request: () => Promise.reject(new Error("unknown_frame")), onChange: () => {} });
  await presence.watch(["a"]);
  presence.setAway(true);
  await settle();
  assert.ok(!presence.isOnline("a"));
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

test("a pointer that is refused is not asked for for ever", async () => {
  let asked = 0;
  const pointers = new Pointers({ request: () => { asked += 1; return Promise.reject(new Error("no")); }, timers: new FakeTimers() });
  pointers.read("c", 1);
  await settle();
  assert.equal(asked, 1);
});
