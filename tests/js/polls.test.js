// Polls: what a press makes of a vote, what is one's own, and when it ends.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ownPoll } from "../../chatproject/static/chat/js/core/own-votes.js";
import { isPollClosed, votesAfter } from "../../chatproject/static/chat/js/core/polls.js";

const ME = "me";
const poll = (fields = {}) => ({
  choices: [{ text: "a", count: 1, userIds: [ME] }, { text: "b", count: 0, userIds: [] }],
  several: false, anonymous: false, closesAt: null, closedAt: null, voterCount: 1, ...fields,
});

test("a press puts a vote on, moves it, and takes it off", () => {
  assert.deepEqual(votesAfter(poll({ myChoices: [] }), 1), [1]);
  assert.deepEqual(votesAfter(poll({ myChoices: [0] }), 1), [1]);
  assert.deepEqual(votesAfter(poll({ myChoices: [1] }), 1), []);
  assert.deepEqual(votesAfter(poll({ several: true, myChoices: [2] }), 0), [0, 2]);
});

test("one's own vote is told, known from before, or read from the names", () => {
  assert.deepEqual(ownPoll(poll({ myChoices: [1] }), poll({ myChoices: [0] }), ME).myChoices, [1]);
  assert.deepEqual(ownPoll(poll(), poll({ myChoices: [1] }), ME).myChoices, [1]);
  assert.deepEqual(ownPoll(poll(), null, ME).myChoices, [0]);
  assert.equal(ownPoll(null, poll(), ME), null);
});

test("it ends at its time, or when somebody ends it", () => {
  const at = "2026-01-01T00:00:00.000000Z";
  assert.equal(isPollClosed(poll(), 0), false);
  assert.equal(isPollClosed(poll({ closedAt: at }), 0), true);
  assert.equal(isPollClosed(poll({ closesAt: at }), Date.parse(at) - 1), false);
  assert.equal(isPollClosed(poll({ closesAt: at }), Date.parse(at)), true);
});
