import assert from "node:assert/strict";
import { test } from "node:test";
import { markedDirections } from "../../chatproject/static/chat/js/core/markdown-characters.js";
import { parseLine } from "../../chatproject/static/chat/js/core/markdown-inline.js";
import { safeHref } from "../../chatproject/static/chat/js/core/markdown-links.js";
import { isEmojiOnly, parse, plainLine } from "../../chatproject/static/chat/js/core/markdown.js";

const ID = "01a1fd3b-a764-7514-ab57-40874d070685";
const kinds = (text) => parseLine(text).map((part) => part.type);
const text = (value) => ({ type: "text", text: value });

test("plain text stays itself", () => {
  assert.deepEqual(parse("Hello, world"), [{ type: "paragraph", children: [text("Hello, world")] }]);
});

test("bold, italic, strike and code", () => {
  assert.deepEqual(kinds("**a** *b* _c_ ~~d~~ `e`").filter((kind) => kind !== "text"), ["bold", "italic", "italic", "strike", "code"]);
});

test("they nest", () => {
  const [bold] = parseLine("**very *nice* thing**");
  assert.deepEqual(bold.children.map((part) => part.type), ["text", "italic", "text"]);
});

test("what is no markup stays as it was written", () => {
  for (const plain of ["2 * 3 * 4", "snake_case_name", "a ** b", "**", "`", "~~", "[x](javascript:alert(1))", "<b>bold</b>", "<script>"]) {
    assert.deepEqual(parseLine(plain), [text(plain)], plain);
  }
});

test("code keeps everything in it", () => {
  assert.deepEqual(parseLine("`**a** <@all>`"), [{ type: "code", text: "**a** <@all>" }]);
});

test("a code block runs to its end, or to that of the message", () => {
  assert.deepEqual(parse("```js\nlet a = 1;\n\n* b\n```\nafter"), [
    { type: "code-block", language: "js", text: "let a = 1;\n\n* b" },
    { type: "paragraph", children: [text("after")] },
  ]);
  assert.equal(parse("```\nopen")[0].text, "open");
});

test("quotes nest, but not for ever", () => {
  assert.equal(parse("> a\n> > b")[0].children[1].type, "quote");
  const deep = JSON.stringify(parse(`${">".repeat(500)} x`));
  assert.ok(deep.length < 2000);
});

test("lists, with the number that they start at", () => {
  const [list] = parse("3. three\n4. four");
  assert.deepEqual([list.type, list.isOrdered, list.start, list.children.length], ["list", true, 3, 2]);
  assert.equal(parse("- a\n- b")[0].isOrdered, false);
});

test("only safe addresses are opened", () => {
  assert.equal(safeHref("https://example.org"), "https://example.org/");
  for (const bad of ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "not an address"]) {
    assert.equal(safeHref(bad), null, bad);
  }
});

test("signs that turn the direction of text are told apart, to be shown instead of obeyed", () => {
  assert.deepEqual(markedDirections("a\u202eb\u2066"), [
    text("a"), { type: "control", text: "U+202E" }, text("b"), { type: "control", text: "U+2066" },
  ]);
  assert.deepEqual(markedDirections("plain"), [text("plain")]);
  assert.equal(parse("`a\u202eb`")[0].children[0].text, "a\u202eb"); // code keeps them for the view to show
});

test("the plain line of a preview", () => {
  assert.equal(plainLine(`**Hi** <@${ID}>\n- see [this](https://example.org)`, () => "Bob"), "Hi @Bob see this");
});

test("up to three emoji alone are shown large", () => {
  for (const one of ["🎉", "👍🏽 👍", "👨‍👩‍👧", "🇩🇪", "❤️"]) assert.ok(isEmojiOnly(one), one);
  for (const other of ["", "a", "12", "#", "🎉🎉🎉🎉", "🎉 yes"]) assert.ok(!isEmojiOnly(other), other);
});
