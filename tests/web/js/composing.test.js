import assert from "node:assert/strict";
import { test } from "node:test";
import { complete, completionAt, toContent, toEditable } from "../../../chatproject/static/chat/js/core/composing.js";
import { Drafts } from "../../../chatproject/static/chat/js/core/drafts.js";
import { EmojiIndex, RecentEmoji } from "../../../chatproject/static/chat/js/core/emoji.js";
import { find, fold } from "../../../chatproject/static/chat/js/core/search.js";
import { EMOJI } from "../../../chatproject/static/chat/vendor/emojibase/emoji.js";
import { localStorage } from "./fakes.js";

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

test("drafts outlive the page, each person's own", () => {
  const storage = localStorage();
  new Drafts(storage, "me").set("c", { content: "half a", replyToSeq: 4 });
  assert.deepEqual(new Drafts(storage, "me").get("c"), { content: "half a", replyToSeq: 4 });
  assert.equal(new Drafts(storage, "other").get("c"), null);
});

test("an empty draft is none, and a broken storage does no harm", () => {
  const storage = localStorage({ "chat.drafts.me": "{broken" });
  const drafts = new Drafts(storage, "me");
  drafts.set("c", { content: "x" });
  drafts.clear("c");
  assert.equal(drafts.get("c"), null);
  storage.setItem = () => { throw new Error("full"); };
  drafts.set("c", { content: "kept in memory" });
  assert.equal(drafts.get("c").content, "kept in memory");
});

test("only the latest drafts are kept", () => {
  const drafts = new Drafts(localStorage(), "me");
  for (let number = 0; number < 250; number += 1) drafts.set(`c${number}`, { content: "x" });
  assert.equal(drafts.get("c0"), null);
  assert.ok(drafts.get("c249"));
});

test("emoji by shortcode and word, the best first", () => {
  const index = new EmojiIndex(EMOJI);
  assert.equal(index.find("tada")[0].emoji, "🎉");
  assert.equal(index.find("rocket")[0].emoji, "🚀");
  assert.ok(index.find("birthday", 20).length > 1);
  assert.deepEqual(index.find("xqzzy"), []);
  assert.equal(index.replace("yes :tada: at 12:30: :nothing_like_it:"), "yes 🎉 at 12:30: :nothing_like_it:");
});

test("emoji used last come first among the quick ones", () => {
  const recent = new RecentEmoji(localStorage());
  recent.add("🚀");
  recent.add("👀");
  recent.add("🚀");
  assert.deepEqual(recent.list(), ["🚀", "👀"]);
  assert.deepEqual(recent.quick().slice(0, 3), ["🚀", "👀", "👍"]);
  assert.equal(recent.quick().length, 6);
});

test("names are found without regard to case and accents, beginnings first", () => {
  const people = ["Marian", "Ana Maria", "María", "Rosemary", "Bob"].map((name) => ({ name }));
  assert.deepEqual(find(people, "mari").map((each) => each.name), ["Marian", "María", "Ana Maria"]);
  assert.deepEqual(find(people, "MARY").map((each) => each.name), ["Rosemary"]);
  assert.equal(fold("Ångström"), "angstrom");
});
