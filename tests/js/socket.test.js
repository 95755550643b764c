import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection } from "../../chatproject/static/chat/js/core/socket.js";
import { FakeSockets, FakeTimers } from "./fakes.js";

function connected(options = {}) {
  const timers = new FakeTimers();
  const sockets = new FakeSockets();
  const reported = { states: [], events: [], hellos: 0 };
  const connection = new Connection({
    url: "ws://chat/v1/ws",
    open: sockets.open,
    timers,
    random: () => 0.5,
    onHello: () => { reported.hellos += 1; },
    onEvent: (frame) => reported.events.push(frame),
    onState: (state) => reported.states.push(state),
    ...options,
  });
  connection.start();
  return { connection, timers, sockets, reported };
}

test("it is online after the server's hello", () => {
  const { connection, sockets, reported } = connected();
  assert.equal(connection.state, "connecting");
  sockets.last.hello();
  assert.deepEqual(reported.states, ["connecting", "online"]);
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

test("unanswered requests are repeated on the next socket, in order", () => {
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

test("pauses grow, and waking the machine reconnects at once", () => {
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

test("a socket without a pong is dropped", () => {
  const { connection, sockets, timers } = connected();
  sockets.last.hello({ heartbeatSeconds: 30 });
  timers.advance(30000);
  assert.equal(sockets.last.sent.at(-1).type, "ping");
  timers.advance(10000);
  assert.equal(connection.state, "waiting");
});

test("a pong keeps the socket", () => {
  const { connection, sockets, timers } = connected();
  sockets.last.hello({ heartbeatSeconds: 30 });
  timers.advance(30000);
  sockets.last.receive({ type: "pong", ref: null });
  timers.advance(15000);
  assert.equal(connection.state, "online");
});

test("a final close code ends the connection with its reason", () => {
  let ending = null;
  const { connection, sockets, timers } = connected({ onState: (state, why) => { ending = why; } });
  sockets.last.hello();
  sockets.last.close(4501, "signed out");
  assert.equal(connection.state, "ended");
  assert.equal(ending.code, "signed out");
  timers.advance(60000);
  assert.equal(sockets.all.length, 1);
});

test("events are passed on in order", () => {
  const { sockets, reported } = connected();
  sockets.last.hello();
  sockets.last.receive({ type: "message.created", rev: 1 });
  sockets.last.receive({ type: "typing", conversationId: "c" });
  assert.deepEqual(reported.events.map((frame) => frame.type), ["message.created", "typing"]);
});
