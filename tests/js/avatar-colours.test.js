import assert from "node:assert/strict";
import { test } from "node:test";
import { AvatarColours, COLOURS, colourOf } from "../../chatproject/static/chat/js/core/avatar-colours.js";

/** An id that has this colour as its own. */
const idOf = (colour, number = 0) => `00000000-0000-7000-8000-${(COLOURS * (number + 1) + colour - 1).toString(16).padStart(12, "0")}`;

test("everybody has a colour of their own by the id", () => {
  assert.equal(colourOf(idOf(5)), 5);
  assert.equal(new AvatarColours().of(idOf(5)), 5);
  assert.ok(colourOf("no id") >= 1);
});

test("in one conversation as many people as there are colours are told apart", () => {
  const colours = new AvatarColours();
  const given = Array.from({ length: COLOURS }, (_, number) => colours.of(idOf(3, number), "here"));
  assert.equal(new Set(given).size, COLOURS);
  assert.deepEqual([...given].sort((a, b) => a - b), Array.from({ length: COLOURS }, (_, at) => at + 1));
});

test("a colour stays, and in another conversation one's own comes first again", () => {
  const colours = new AvatarColours();
  colours.of(idOf(3), "here");
  const second = colours.of(idOf(3, 1), "here");
  assert.notEqual(second, 3);
  assert.equal(colours.of(idOf(3, 1), "here"), second);
  assert.equal(colours.of(idOf(3, 1), "there"), 3);
});

test("with more people than colours they repeat", () => {
  const colours = new AvatarColours();
  const given = Array.from({ length: COLOURS + 1 }, (_, number) => colours.of(idOf(1, number), "here"));
  assert.equal(given.at(-1), 1);
});
