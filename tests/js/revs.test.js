import assert from "node:assert/strict";
import { test } from "node:test";
import { Revs } from "../../chatproject/static/chat/js/core/revs.js";

const frame = (rev, type = "message.created") => ({ type, conversationId: "c", rev });
const revsOf = (frames) => frames.map((each) => each.rev);

function known(rev) {
  const revs = new Revs();
  revs.seed("c", rev);
  return revs;
}

test("the next rev moves on, one that is known is dropped", () => {
  const revs = known(5);
  assert.deepEqual(revsOf(revs.take(frame(6))), [6]);
  assert.deepEqual(revs.take(frame(6)), []);
  assert.deepEqual(revs.take(frame(3)), []);
  assert.equal(revs.rev("c"), 6);
});

test("after a gap an event is held until the gap is filled", () => {
  const revs = known(5);
  assert.deepEqual(revs.take(frame(8)), []);
  assert.deepEqual(revs.behind(), { c: 5 });
  assert.ok(revs.answer("c", 5, { results: [], throughRev: 7, more: false }));
  assert.deepEqual(revsOf(revs.released("c")), [8]);
  assert.deepEqual(revs.behind(), {});
});

test("events of one rev but of different kinds are all told, once each", () => {
  const revs = known(5);
  assert.equal(revs.take(frame(6)).length, 1);
  assert.equal(revs.take(frame(6, "participant.joined")).length, 1);
  assert.equal(revs.take(frame(6, "participant.joined")).length, 0);
  assert.equal(revs.take(frame(6, "message.updated")).length, 0);
});

test("a head that is further on says what to fetch", () => {
  const revs = known(5);
  const { joined, left } = revs.hello({ c: 9, d: 2 });
  assert.deepEqual([joined, left], [["d"], []]);
  assert.deepEqual(revs.behind(), { c: 5 });
});

test("a conversation that no head names is not told of", () => {
  assert.deepEqual(known(5).hello({}).left, ["c"]);
});

test("conversation.rev tells that something is to be fetched", () => {
  const revs = known(5);
  assert.deepEqual(revs.take(frame(7, "conversation.rev")), []);
  assert.deepEqual(revs.behind(), { c: 5 });
});

test("an answer that comes too late counts for nothing", () => {
  const revs = known(5);
  revs.take(frame(6));
  assert.equal(revs.answer("c", 5, { results: [], throughRev: 6, more: false }), false);
});

test("more to come keeps it behind", () => {
  const revs = known(5);
  revs.head("c", 100);
  revs.answer("c", 5, { results: [1], throughRev: 50, more: true });
  assert.deepEqual(revs.behind(), { c: 50 });
});

test("a part that was read earlier makes what came since to be asked for again", () => {
  const revs = known(9);
  revs.rewind("c", 7);
  assert.deepEqual(revs.behind(), { c: 7 });
  revs.rewind("c", 12);
  assert.equal(revs.rev("c"), 7);
});

test("a log that stands before what we know is another one", () => {
  const revs = known(9);
  revs.head("c", 4);
  assert.deepEqual(revs.behind(), { c: 9 });
});

test("events before the conversation is known wait for it", () => {
  const revs = new Revs();
  revs.take(frame(4));
  revs.take(frame(3));
  revs.seed("c", 3);
  assert.deepEqual(revsOf(revs.released("c")), [4]);
});

test("too many held events are let go and fetched", () => {
  const revs = known(1);
  for (let rev = 3; rev < 1010; rev += 1) revs.take(frame(rev));
  assert.deepEqual(revs.behind(), { c: 1 });
  assert.ok(revs.positions.get("c").held.length < 1000);
  assert.ok(revs.positions.get("c").wanted >= 1003);
});
