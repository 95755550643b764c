import assert from "node:assert/strict";
import { test } from "node:test";
import { parseLine, safeHref } from "../../chatproject/static/chat/js/core/markdown-inline.js";
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

test("addresses become links without the sentence's punctuation", () => {
  const [before, link, after] = parseLine("See https://example.org/a_(b)?c=1. Yes");
  assert.deepEqual([before.text, link.href, after.text], ["See ", "https://example.org/a_(b)?c=1", ". Yes"]);
  assert.equal(parseLine("(https://example.org)")[1].href, "https://example.org/");
});

test("named links, only to safe places", () => {
  assert.equal(parseLine("[here](https://example.org/x)")[0].href, "https://example.org/x");
  for (const bad of ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "not an address"]) {
    assert.equal(safeHref(bad), null, bad);
  }
});

test("mentions and @all, but not within words or addresses", () => {
  assert.deepEqual(kinds(`<@${ID}> @all`), ["mention", "text", "all"]);
  assert.deepEqual(kinds("me@all.org @allison"), ["text"]);
});

test("signs that turn the direction of text are shown instead of obeyed", () => {
  assert.deepEqual(parseLine("a\u202eb"), [text("a"), { type: "control", code: "U+202E" }, text("b")]);
});

test("long texts that would be hard for a careless pattern are quick", () => {
  for (const hard of ["*".repeat(8000), "_a".repeat(4000), "[".repeat(8000), "~~a".repeat(2600), "`".repeat(8000), "> ".repeat(4000)]) {
    const before = process.cpuUsage().user;
    parse(hard);
    assert.ok(process.cpuUsage().user - before < 2_000_000);
  }
});

test("the plain line of a preview", () => {
  assert.equal(plainLine(`**Hi** <@${ID}>\n- see [this](https://example.org)`, () => "Bob"), "Hi @Bob see this");
});

test("up to three emoji alone are shown large", () => {
  for (const one of ["🎉", "👍🏽 👍", "👨‍👩‍👧", "🇩🇪", "❤️"]) assert.ok(isEmojiOnly(one), one);
  for (const other of ["", "a", "12", "#", "🎉🎉🎉🎉", "🎉 yes"]) assert.ok(!isEmojiOnly(other), other);
});
