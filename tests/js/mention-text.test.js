import assert from "node:assert/strict";
import { test } from "node:test";
import { toContent, toEditable } from "../../chatproject/static/chat/js/core/mention-text.js";

const ANN = "01a1fd3b-a764-7514-ab57-40874d070685";
const ANNA = "01a1fd3b-a764-7514-ab57-40874d070686";

test("names become ids and come back as names", () => {
  const names = new Map([["Ann", ANN], ["Ann Lee", ANNA]]);
  const content = toContent(" @Ann and @Ann Lee, not @Anna ", names);
  assert.equal(content, `<@${ANN}> and <@${ANNA}>, not @Anna`);
  const back = toEditable(content, (id) => ({ [ANN]: "Ann", [ANNA]: "Ann Lee" })[id]);
  assert.equal(back.text, "@Ann and @Ann Lee, not @Anna");
  assert.equal(toContent(back.text, back.names), content);
});

test("a mention of who is unknown stays what it is", () => {
  assert.equal(toEditable(`<@${ANN}>`, () => "").text, `<@${ANN}>`);
});

test("names with signs of patterns are taken as they are", () => {
  assert.equal(toContent("@A.(B)* x", new Map([["A.(B)*", ANN]])), `<@${ANN}> x`);
});
