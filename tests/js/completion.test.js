import assert from "node:assert/strict";
import { test } from "node:test";
import { complete, completionAt } from "../../chatproject/static/chat/js/core/completion.js";

test("the word at the cursor is completed", () => {
  assert.deepEqual(completionAt("hi @an", 6), { kind: "mention", query: "an", start: 3, end: 6 });
  assert.deepEqual(completionAt("hi :smi", 7), { kind: "emoji", query: "smi", start: 3, end: 7 });
  assert.equal(completionAt("@ann lee x", 8).query, "ann lee");
  for (const none of ["mail@an", "12:30", "a :s", "https://x", "@an\n"]) assert.equal(completionAt(none, none.length), null, none);
});

test("what is completed has a space behind it", () => {
  assert.deepEqual(complete("hi @an!", { start: 3, end: 6 }, "@Ann"), { text: "hi @Ann !", cursor: 8 });
  assert.deepEqual(complete("@an you", { start: 0, end: 3 }, "@Ann"), { text: "@Ann you", cursor: 5 });
});
