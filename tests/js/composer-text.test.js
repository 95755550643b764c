import assert from "node:assert/strict";
import { test } from "node:test";
import { completed, edited, EMPTY, lengthOf, toContent, toEditable } from "../../chatproject/static/chat/js/core/composer-text.js";

const K1 = "01a1fd3b-a764-7514-ab57-40874d070685";
const K2 = "01a1fd3b-a764-7514-ab57-40874d070686";
const names = (id) => ({ [K1]: "Kim", [K2]: "Kim" })[id] ?? "";
const emojiOf = (code) => ({ x: "❌", tada: "🎉", 30: "?" })[code];

/** Types at the end, letter by letter. */
function typed(composed, text) {
  return [...text].reduce((state, letter) => edited(state, state.text + letter), composed);
}

test("two people of one name stay two, chosen one after the other", () => {
  let state = typed(EMPTY, "Ask @k");
  state = completed(state, { start: 4, end: 6 }, "@Kim", K1);
  state = typed(state, "then @k");
  state = completed(state, { start: state.text.length - 2, end: state.text.length }, "@Kim", K2);
  assert.equal(state.text, "Ask @Kim then @Kim ");
  assert.equal(toContent(state), `Ask <@${K1}> then <@${K2}>`);
});

test("editing keeps the ids of people of one name", () => {
  const content = `Ask <@${K1}> then <@${K2}>`;
  const state = toEditable(content, names);
  assert.equal(state.text, "Ask @Kim then @Kim");
  assert.equal(toContent(state), content);
  assert.equal(toContent(edited(state, "Do ask @Kim then @Kim", 3)), `Do ask <@${K1}> then <@${K2}>`);
  assert.equal(toContent(edited(state, "Ask @Kim and then @Kim", 13)), `Ask <@${K1}> and then <@${K2}>`);
  assert.equal(toContent(edited(state, "Ask  then @Kim", 4)), `Ask  then <@${K2}>`);
  assert.equal(toContent(edited(state, "Ask @Kimi then @Kim", 9)), `Ask @Kimi then <@${K2}>`);
  assert.equal(toContent(edited(state, "Ask @Km then @Kim", 6)), `Ask @Km then <@${K2}>`);
});

test("a mention that is typed by hand is none", () => {
  assert.equal(toContent(typed(EMPTY, "@Kim and name@Kim")), "@Kim and name@Kim");
});

test("a letter that is deleted before a mention of the same letters", () => {
  const state = toEditable(`@@<@${K1}>`, names);
  assert.equal(toContent(state), `@@<@${K1}>`);
  assert.equal(toContent(edited(state, "@@Kim", 1)), `@<@${K1}>`);
});

test("mentions in code stay text, both ways", () => {
  const content = `\`<@${K1}>\` <@${K2}>`;
  const state = toEditable(content, names);
  assert.equal(state.text, `\`<@${K1}>\` @Kim`);
  assert.equal(toContent(state), content);
  const opened = `\`<@${K1}>\` \`@Kim`;
  assert.equal(toContent(edited(state, opened, opened.length - 4)), `\`<@${K1}>\` \`<@${K2}>`);
  assert.equal(toContent({ text: "`@Kim`", mentions: [{ start: 1, end: 5, userId: K1 }] }), "`@Kim`");
});

test("shortcodes are replaced in plain text alone", () => {
  const untouched = [
    "```\nroot:x:0:0:root:/root\n```", "`a:x:b`", "see https://a.example/:x:/b", "www.a.example/:x:",
    "<https://a.example/:x:>", "\\:x:", "~~~\n:tada:\n~~~", "[label](https://a.example/:x:)", "mail:x:y", ":unknown:",
  ];
  for (const text of untouched.filter((each) => each !== "mail:x:y")) assert.equal(toContent({ text, mentions: [] }, emojiOf), text);
  assert.equal(toContent({ text: ":tada: **:tada:** [:tada:](https://a.example)", mentions: [] }, emojiOf), "🎉 **🎉** [🎉](https://a.example)");
});

test("the first line keeps its indentation", () => {
  assert.equal(toContent({ text: "\n  \n    indented\n  too  \n", mentions: [] }), "    indented\n  too");
  assert.equal(toContent({ text: "   ", mentions: [] }), "");
});

test("length is counted in code points of what is stored", () => {
  assert.equal(lengthOf(toContent({ text: "👍👍", mentions: [] })), 2);
  assert.equal(lengthOf(toContent({ text: "@Kim", mentions: [{ start: 0, end: 4, userId: K1 }] })), 39);
  assert.equal(lengthOf("é"), 1);
});

test("a mention of somebody unknown stays what it is", () => {
  const other = K1.replace("0685", "0699");
  assert.equal(toEditable(`<@${other}>`, names).text, `<@${other}>`);
});
