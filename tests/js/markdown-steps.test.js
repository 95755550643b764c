// The work to read a message grows with its length, not faster. V8 counts how often each block of
// our code runs; of patterns it counts nothing, so the test of patterns is their own form: below.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { test } from "node:test";
import { parse, plainLine } from "../../chatproject/static/chat/js/core/markdown.js";
import { mentionsIn } from "../../chatproject/static/chat/js/core/mentions.js";

const CORE = new URL("../../chatproject/static/chat/js/core/", import.meta.url);
const ID = "01a1fd3b-a764-7514-ab57-40874d070685";
const filled = (piece) => (length) => piece.repeat(Math.ceil(length / piece.length));

const HARD = {
  "points and parentheses behind an address": (length) => `http://a${".".repeat(length / 2)}${")".repeat(length / 2)}`,
  "parentheses and points in turn": (length) => `http://a${".)".repeat(length / 2)}`,
  "brackets behind an address": (length) => `http://a${"]".repeat(length)}`,
  "runs of backticks of all sizes": (length) => Array.from({ length: Math.sqrt(2 * length) }, (_, size) => "`".repeat(size)).join(" "),
  "falling runs of backticks by lines": (length) =>
    Array.from({ length: Math.sqrt(2 * length) }, (_, size, all = Math.sqrt(2 * length)) => `a ${"`".repeat(all - size)}`).join("\n"),
  "an item and empty lines": (length) => `- a${"\n".repeat(length)}`,
  ...Object.fromEntries(
    [
      "*", "_a", "*a ", "**a *", "a**b_ ", "*_a ~~b ", "~~a ", "[", "[a", "](", "[](http://a", "[http://a](", "](http://a", "((", "\\", "`",
      "> ", "- ", "1. ", "- a\n\n", "  - a\n", "```\n", "a ```b\n", "```a\nb``` c\n", "~~~~\n", "> ```\n", "@", "@all", "a@a.", "a.b@", "<",
      "<http://a", "<@", `<@${ID}> `, "www.", "http://", "https://a.b ", "\u202e", "字**。**", "/me ", "\n", "\ta\n", "|", "|a|\n", "|a|\n|-|\n", "|-|\n", "a|b\n-|-\n", "# ", "# a #\n", "- [ ] ", "¯\\_(ツ)_/¯",
    ].map((piece) => [JSON.stringify(piece), filled(piece)]),
  ),
};

/** How often the blocks of our modules run while `work` does. */
async function stepsOf(session, work) {
  await session.post("Profiler.takePreciseCoverage"); // counts from zero
  work();
  const { result } = await session.post("Profiler.takePreciseCoverage");
  const ours = result.filter(({ url }) => /\/core\/(markdown|mentions)[a-z-]*\.js$/.test(url));
  return ours.flatMap(({ functions }) => functions).flatMap(({ ranges }) => ranges).reduce((sum, { count }) => sum + count, 0);
}

test("steps grow with the length", async (t) => {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  for (const [name, make] of Object.entries(HARD)) {
    await t.test(name, async () => {
      const read = (length) => stepsOf(session, () => [parse, mentionsIn, (text) => plainLine(text, () => "Ann")].forEach((each) => each(make(length))));
      const [short, long] = [await read(2000), await read(8000)];
      assert.ok(short > 0);
      assert.ok(long < 5 * short + 200, `${short} steps for 2,000 characters, ${long} for 8,000`);
    });
  }
  session.disconnect();
});

test("no pattern repeats a repetition", () => {
  // A repetition of what holds an unbounded repetition is where a pattern backtracks without end.
  const names = readdirSync(CORE).filter((name) => /^(markdown|mention)/.test(name));
  assert.ok(names.length >= 7);
  for (const name of names) {
    const source = readFileSync(new URL(name, CORE), "utf8");
    assert.doesNotMatch(source, /\((?:\?:)?[^()|\n]*[*+]\)[*+]/, name);
  }
});
