// Highlights: a text in pieces, those that a search has found marked. The server counts in code
// points, JavaScript in UTF-16 units; here a text is an array of its code points.

import { withoutDirections } from "./markdown-characters.js";

const MENTION = /<@([0-9a-f-]{36})>/gi;
// Signs of markup that say nothing in a line of preview.
const MARKUP = /\*\*|~~|\|\||```\w*|`|(?<![\p{L}\p{N}])\*(?=\S|$)|(?<=\S|^)\*(?![\p{L}\p{N}])/gu;
const BEFORE = 36; // code points that are shown before the first highlight
const MOST = 220; // of an excerpt

/**
 * The whole text in pieces.
 *
 * @param {string} text
 * @param {number[][]} ranges [start, end] in code points, ascending and apart
 * @returns {Chat.TextPiece[]}
 */
export function pieces(text, ranges) {
  const characters = [...text];
  const found = [];
  let at = 0;
  for (const [start, end] of ranges) {
    found.push({ text: characters.slice(at, start).join(""), isHit: false });
    found.push({ text: characters.slice(start, end).join(""), isHit: true });
    at = end;
  }
  found.push({ text: characters.slice(at).join(""), isHit: false });
  return found.filter((each) => each.text);
}

/**
 * One plain line around the first highlight, in pieces.
 *
 * @param {string} text
 * @param {number[][]} ranges
 * @param {(userId: string) => string} nameOf
 * @returns {Chat.TextPiece[]}
 */
export function excerpt(text, ranges, nameOf) {
  const plain = pieces(text, ranges).map(({ text: piece, isHit }) => ({ text: isHit ? piece : plainPiece(piece, nameOf), isHit }));
  const [first, ...rest] = joined(plain);
  if (!first) return [];
  return shortened(first.isHit || !rest.length ? [first, ...rest] : [{ text: ending(first.text), isHit: false }, ...rest]);
}

/**
 * @param {string} text
 * @param {(userId: string) => string} nameOf
 */
function plainPiece(text, nameOf) {
  const named = text.replace(MENTION, (_, id) => `@${nameOf(id.toLowerCase())}`);
  return withoutDirections(named.replace(MARKUP, ""));
}

/**
 * White space as one blank, also where pieces meet; none at the beginning.
 *
 * @param {Chat.TextPiece[]} given
 */
function joined(given) {
  /** @type {Chat.TextPiece[]} */
  const found = [];
  for (const { text, isHit } of given) {
    const line = text.replace(/\s+/g, " ");
    const before = found.at(-1)?.text ?? " ";
    const piece = before.endsWith(" ") ? line.trimStart() : line;
    if (piece) found.push({ text: piece, isHit });
  }
  return found;
}

/**
 * The end of what stands before the first highlight, from the beginning of a word on.
 *
 * @param {string} text
 */
function ending(text) {
  const characters = [...text];
  if (characters.length <= BEFORE) return text;
  const end = characters.slice(-BEFORE).join("");
  const blank = end.indexOf(" ");
  return `…${blank < 0 || blank === end.length - 1 ? end : end.slice(blank + 1)}`;
}

/** @param {Chat.TextPiece[]} given */
function shortened(given) {
  const found = [];
  let left = MOST;
  for (const { text, isHit } of given) {
    const characters = [...text];
    if (characters.length > left) {
      found.push({ text: `${characters.slice(0, left).join("")}…`, isHit });
      break;
    }
    found.push({ text, isHit });
    left -= characters.length;
  }
  return found;
}
