import assert from "node:assert/strict";
import { test } from "node:test";
import { fold } from "../../chatproject/static/chat/js/core/folding.js";
import { find } from "../../chatproject/static/chat/js/core/search.js";

test("names are found without regard to case and accents, beginnings first", () => {
  const people = ["Marian", "Ana Maria", "María", "Rosemary", "Bob"].map((name) => ({ name }));
  assert.deepEqual(find(people, "mari").map((each) => each.name), ["Marian", "María", "Ana Maria"]);
  assert.deepEqual(find(people, "MARY").map((each) => each.name), ["Rosemary"]);
  assert.equal(fold("Ångström"), "angstrom");
});
