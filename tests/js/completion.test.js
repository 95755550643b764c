import assert from "node:assert/strict";
import { test } from "node:test";
import { completionAt } from "../../chatproject/static/chat/js/core/completion.js";

const queryOf = (text) => completionAt(text, text.length)?.query ?? null;

test("the word at the cursor is completed", () => {
  assert.deepEqual(completionAt("hi @an", 6), { kind: "mention", query: "an", start: 3, end: 6 });
  assert.deepEqual(completionAt("hi :smi", 7), { kind: "emoji", query: "smi", start: 3, end: 7 });
  assert.equal(completionAt("@ann lee x", 8)?.query, "ann lee");
  for (const none of ["mail@an", "12:30", "a :s", "https://x", "@an\n"]) assert.equal(completionAt(none, none.length), null, none);
});

test("names follow Chinese, Japanese and Thai letters and full-width signs", () => {
  assert.equal(queryOf("请看@王"), "王");
  assert.equal(queryOf("你好，@an"), "an");
  assert.equal(queryOf("こんにちは、@田中"), "田中");
  assert.equal(queryOf("（@an"), "an");
  assert.equal(queryOf("ดู@an"), "an");
  assert.equal(queryOf("请看＠王"), "王");
  assert.equal(queryOf("好的:smi"), "smi");
});

test("names have combining marks, any apostrophe and up to four words", () => {
  assert.equal(queryOf("@Jose\u0301"), "Jose\u0301");
  assert.equal(queryOf("@हिन्दी"), "हिन्दी");
  assert.equal(queryOf("@O’Br"), "O’Br");
  assert.equal(queryOf("@Anna Maria Lopez"), "Anna Maria Lopez");
  assert.equal(queryOf("@Anna‑Lena"), "Anna‑Lena");
});

test("nothing is completed in code and addresses", () => {
  for (const none of ["```\n@an", "`x @an`", "```\nroot :smi"]) assert.equal(queryOf(none), null, none);
  assert.equal(completionAt("`x @an`", 6), null);
});
