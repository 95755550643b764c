import assert from "node:assert/strict";
import { test } from "node:test";
import { EmojiIndex, inTone, RecentEmoji } from "../../chatproject/static/chat/js/core/emoji.js";
import { EMOJI } from "../../chatproject/static/chat/vendor/emojibase/emoji.js";
import { localStorage } from "./fakes.js";

test("emoji by shortcode and word, the best first", () => {
  const index = new EmojiIndex(EMOJI);
  assert.equal(index.find("tada")[0].emoji, "🎉");
  assert.equal(index.find("rocket")[0].emoji, "🚀");
  assert.ok(index.find("birthday", 20).length > 1);
  assert.deepEqual(index.find("xqzzy"), []);
  assert.equal(index.named("tada"), "🎉");
  assert.equal(index.named("nothing_like_it"), undefined);
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

test("a skin tone goes on the sign that takes one, and on nothing else", () => {
  const dark = "\u{1f3ff}";
  assert.equal(inTone("👍", dark), `👍${dark}`);
  assert.equal(inTone("☝️", dark), `☝${dark}`);
  assert.equal(inTone("🙋‍♀️", dark), `🙋${dark}‍♀️`);
  assert.equal(inTone("🎉", dark), "🎉");
  assert.equal(inTone(`👍${dark}`, "\u{1f3fb}"), `👍${dark}`);
  assert.equal(inTone("👍", ""), "👍");
});

test("emoji of the server's own are found and stand for themselves", () => {
  const index = new EmojiIndex({ smileys: "😀\tgrinning\thappy" });
  index.addOwn(["party_parrot"]);
  assert.equal(index.named("party_parrot"), ":party_parrot:");
  assert.deepEqual(index.find("parrot").map((each) => each.emoji), [":party_parrot:"]);
  index.addOwn([]);
  assert.deepEqual(index.groups.map((each) => each.name), ["smileys"]);
});
