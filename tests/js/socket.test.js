import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection } from "../../chatproject/static/chat/js/core/socket.js";
import { FakeSockets, FakeTimers } from "./fakes.js";

function connected(options = {}) {
  const timers = new FakeTimers();
  const sockets = new FakeSockets();
  const told = { states: [], events: [], hellos: 0 };
  const connection = new Connection({
    url: "ws://chat/v1/ws",
    open: sockets.open,
    timers,
    random: () => 0.5,
    onHello: () => { told.hellos += 1; },
    onEvent: (frame) => told.events.push(frame),
    onState: (state) => told.states.push(state),
    ...options,
  });
  connection.start();
  return { connection, timers, sockets, told };
}

test("it is online after the server's hello", () => {
  const { connection, sockets, told } = connected();
  assert.equal(connection.state, "connecting");
  sockets.last.hello();
  assert.deepEqual(told.states, ["connecting", "online"]);
});

test("an answer settles its request, by ref", async () => {
  const { connection, sockets } = connected();
  sockets.last.hello();
  const answer = connection.request("receipt.read", { seq: 4 });
  const sent = sockets.last.sent.at(-1);
  assert.equal(sent.seq, 4);
  sockets.last.receive({ type: "ack", ref: sent.ref, lastReadSeq: 4 });
  assert.equal((await answer).lastReadSeq, 4);
});

test("a refusal rejects with the server's code", async () => {
  const { connection, sockets } = connected();
  sockets.last.hello();
  const answer = connection.request("message.send", {});
  sockets.last.receive({ type: "error", ref: sockets.last.sent.at(-1).ref, code: "blocked", detail: "No." });
  await assert.rejects(answer, { code: "blocked" });
});

test("what is unanswered is sent again on the next socket, in its order", () => {
  const { connection, sockets, timers } = connected();
  sockets.last.hello();
  connection.request("message.send", { content: "one" });
  connection.request("message.send", { content: "two" });
  sockets.last.close(1006);
  timers.advance(20000);
  assert.equal(sockets.all.length, 2);
  sockets.last.hello();
  assert.deepEqual(sockets.last.sent.map((frame) => frame.content), ["one", "two"]);
});

test("it waits longer and longer, and at once tries again when the machine wakes", () => {
  const { connection, sockets, timers } = connected();
  sockets.last.close(1006);
  assert.equal(connection.state, "waiting");
  timers.advance(299);
  assert.equal(sockets.all.length, 1);
  timers.advance(1);
  assert.equal(sockets.all.length, 2);
  sockets.last.close(1006);
  connection.wake();
  assert.equal(sockets.all.length, 3);
});

test("a socket that answers no ping is given up", () => {
  const { connection, sockets, timers } = connected();
  sockets.last.hello({ heartbeatSeconds: 30 });
  timers.advance(30000);
  assert.equal(sockets.last.sent.at(-1).type, "ping");
  timers.advance(10000);
  assert.equal(connection.state, "waiting");
});

test("a pong keeps it", () => {
  const { connection, sockets, timers } = connected();
  sockets.last.hello({ heartbeatSeconds: 30 });
  timers.advance(30000);
  sockets.last.receive({ type: "pong", ref: null });
  timers.advance(15000);
  assert.equal(connection.state, "online");
});

test("a final code ends it, and says why", () => {
  let ending = null;
  const { connection, sockets, timers } = connected({ onState: (state, why) => { ending = why; } });
  sockets.last.hello();
  sockets.last.close(4501, "signed out");
  assert.equal(connection.state, "ended");
  assert.equal(ending.code, "signed out");
  timers.advance(60000);
  assert.equal(sockets.all.length, 1);
});

test("events go on, in their order", () => {
  const { sockets, told } = connected();
  sockets.last.hello();
  sockets.last.receive({ type: "message.created", rev: 1 });
  sockets.last.receive({ type: "typing", conversationId: "c" });
  assert.deepEqual(told.events.map((frame) => frame.type), ["message.created", "typing"]);
});
