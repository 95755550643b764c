// The text in the composer: people are named there, and each mention is a range of the text with the
// person's id. A name is never looked up again, so two people of one name stay two.

import { freeRanges } from "./free-text.js";

const MENTION = /<@([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})>/gi;
const CONTINUES = /^[\p{L}\p{M}\p{N}_]/u;
// Scripts that put no spaces between words: their letters may follow a name directly.
const UNSPACED = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const SHORTCODE = /:([a-z0-9_+-]+):/g;

/** @type {Chat.ComposerText} */
export const EMPTY = Object.freeze({ text: "", mentions: [] });

/**
 * A message's content as one edits it. What only looks like a mention, in code, stays as it is.
 *
 * @param {string} content
 * @param {(userId: string) => string} nameOf
 * @returns {Chat.ComposerText}
 */
export function toEditable(content, nameOf) {
  const found = [...content.matchAll(MENTION)].map((match) => (
    { start: match.index, end: match.index + match[0].length, userId: match[1].toLowerCase() }));
  /** @type {Chat.TextMention[]} */
  const mentions = [];
  let text = "";
  let at = 0;
  for (const { start, end, userId } of freeRanges(content, found)) {
    const name = nameOf(userId);
    if (!name) continue;
    text += content.slice(at, start);
    mentions.push({ start: text.length, end: text.length + name.length + 1, userId });
    text += `@${name}`;
    at = end;
  }
  return { text: text + content.slice(at), mentions };
}

/**
 * The content as it is stored. `emojiOf` gives the emoji of a shortcode, or undefined.
 *
 * @param {Chat.ComposerText} composed
 * @param {(code: string) => string | undefined} [emojiOf]
 */
export function toContent({ text, mentions }, emojiOf = () => undefined) {
  const parts = [...mentions.map(({ start, end, userId }) => ({ start, end, insert: `<@${userId}>` })), ...emoji(text, mentions, emojiOf)];
  parts.sort((one, other) => one.start - other.start);
  let content = "";
  let at = 0;
  for (const { start, end, insert } of freeRanges(text, parts)) {
    content += text.slice(at, start) + insert;
    at = end;
  }
  return trimmed(content + text.slice(at));
}

/**
 * Without empty lines at the beginning and white space at the end. The first line keeps its
 * indentation.
 *
 * @param {string} content
 */
function trimmed(content) {
  return content.replace(/^(?:[^\S\n]*\n)+/, "").trimEnd();
}

/**
 * @param {string} text
 * @param {readonly Chat.TextMention[]} mentions
 * @param {(code: string) => string | undefined} emojiOf
 */
function emoji(text, mentions, emojiOf) {
  return [...text.matchAll(SHORTCODE)].flatMap((match) => {
    const [start, end] = [match.index, match.index + match[0].length];
    const insert = emojiOf(match[1]);
    const isInName = mentions.some((each) => start < each.end && end > each.start);
    return insert && !isInName ? [{ start, end, insert }] : [];
  });
}

/**
 * After the text was changed by hand: mentions move along with what is before them, and one that was
 * changed itself is plain text from then on.
 *
 * @param {Chat.ComposerText} before
 * @param {string} text
 * @param {number} [cursor] where the change ends
 * @returns {Chat.ComposerText}
 */
export function edited(before, text, cursor = text.length) {
  const { start, end } = difference(before.text, text, cursor);
  const shift = text.length - before.text.length;
  const mentions = before.mentions.flatMap((mention) => {
    if (mention.end <= start) return [mention];
    if (mention.start >= end) return [{ ...mention, start: mention.start + shift, end: mention.end + shift }];
    return [];
  });
  return { text, mentions: mentions.filter((each) => !continues(text, each)) };
}

/**
 * Which part of a text was replaced. Where several answers are right (one of two equal letters was
 * deleted), the change ends at the cursor.
 *
 * @param {string} before
 * @param {string} after
 * @param {number} cursor
 */
function difference(before, after, cursor) {
  const most = Math.min(before.length, after.length);
  let tail = 0;
  while (tail < Math.min(most, after.length - cursor) && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  let start = 0;
  while (start < most - tail && before[start] === after[start]) start += 1;
  return { start, end: before.length - tail };
}

/**
 * Whether a name goes on behind a mention, as in `@Annabel` of `@Ann`.
 *
 * @param {string} text
 * @param {Chat.TextRange} mention
 */
function continues(text, { end }) {
  const after = text.slice(end);
  return CONTINUES.test(after) && !UNSPACED.test(after);
}

/**
 * The text with a completion in the place of a range, a space behind it; and where the cursor goes.
 *
 * @param {Chat.ComposerText} before
 * @param {Chat.TextRange} range
 * @param {string} insert
 * @param {string} [userId] of the person whom the insert names
 * @returns {Chat.ComposerText & {cursor: number}}
 */
export function completed(before, { start, end }, insert, userId) {
  const gap = before.text[end] === " " ? "" : " ";
  const cursor = start + insert.length + 1;
  const text = before.text.slice(0, start) + insert + gap + before.text.slice(end);
  const shift = text.length - before.text.length;
  const mentions = before.mentions.flatMap((mention) => {
    if (mention.end <= start) return [mention];
    return mention.start >= end ? [{ ...mention, start: mention.start + shift, end: mention.end + shift }] : [];
  });
  if (userId) mentions.push({ start, end: start + insert.length, userId });
  mentions.sort((one, other) => one.start - other.start);
  return { text, mentions, cursor };
}

/**
 * The length of a content as the server counts it, in code points.
 *
 * @param {string} content
 */
export function lengthOf(content) {
  let length = 0;
  for (const _ of content) length += 1;
  return length;
}
