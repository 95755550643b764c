// The parts of a text that the markup leaves plain: no code, addresses or escapes. Only there does
// the composer replace shortcodes and name people.

import { parse } from "./markdown-blocks.js";

// Private characters stand for the parts while the text is read.
const FIRST = 0xf0000;
const MOST = 2000;
const PRIVATE = /[\u{f0000}-\u{ffffd}]/u;

/**
 * Of these ranges of a text, ascending and apart, those that are plain text.
 *
 * @template {Chat.TextRange} Range
 * @param {string} text
 * @param {Range[]} ranges
 * @returns {Range[]}
 */
export function freeRanges(text, ranges) {
  if (!ranges.length || ranges.length > MOST || PRIVATE.test(text)) return [];
  let marked = "";
  let at = 0;
  ranges.forEach(({ start, end }, index) => {
    marked += text.slice(at, start) + String.fromCodePoint(FIRST + index);
    at = end;
  });
  const free = plainCharacters(parse(marked + text.slice(at)), new Set(), "");
  return ranges.filter((range, index) => free.has(FIRST + index) && !isEscaped(text, range.start));
}

/**
 * Adds to `found` the private characters that stand in plain text.
 *
 * @param {Chat.Node[]} nodes
 * @param {Set<number>} found
 * @param {string} href of the link around them: an address that is its own label is no plain text
 */
function plainCharacters(nodes, found, href) {
  for (const node of nodes) {
    if (node.type === "text") {
      for (const character of node.text ?? "") {
        const code = character.codePointAt(0) ?? 0;
        if (code >= FIRST && !isIn(href, character)) found.add(code);
      }
    } else if (node.children) {
      plainCharacters(node.children, found, node.href ?? href);
    }
  }
  return found;
}

/**
 * @param {string} href
 * @param {string} character
 */
function isIn(href, character) {
  return href.includes(character) || href.includes(encodeURI(character));
}

/**
 * @param {string} text
 * @param {number} at
 */
function isEscaped(text, at) {
  return (/\\*$/.exec(text.slice(0, at))?.[0].length ?? 0) % 2 === 1;
}
