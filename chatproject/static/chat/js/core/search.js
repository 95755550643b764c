// Search by name, while typing: without regard to case and accents, the best match first.

import { fold } from "./folding.js";

/**
 * How well a name fits: 3 it begins so, 2 a word does, 1 it is in there, 0 not at all.
 *
 * @param {string} name
 * @param {string} query
 */
export function score(name, query) {
  const where = fold(name);
  const what = fold(query).trim();
  if (!what || where.startsWith(what)) return 3;
  if (where.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(what))) return 2;
  return where.includes(what) ? 1 : 0;
}

/**
 * The items whose name fits, the best first, else in the order given.
 *
 * @template Item
 * @param {Item[]} items
 * @param {string} query
 * @param {(item: Item) => string} [nameOf]
 * @returns {Item[]}
 */
export function find(items, query, nameOf = (item) => /** @type {any} */ (item).name) {
  const scored = items.map((item, index) => ({ item, index, score: score(nameOf(item), query) }));
  const fitting = scored.filter((each) => each.score > 0);
  fitting.sort((one, other) => other.score - one.score || one.index - other.index);
  return fitting.map((each) => each.item);
}
