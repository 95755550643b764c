// Completion: the word before the cursor that asks for a name or an emoji.

import { freeRanges } from "./free-text.js";

// Scripts that put no spaces between words: a name may follow their letters directly.
const UNSPACED = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}";
const BEFORE = (/** @type {string} */ signs) => `(?<![^\\P{L}${UNSPACED}])(?<![\\p{N}${signs}])`;
// Up to four words, of which all but the first may be still to come.
const NAME = "[\\p{L}\\p{M}\\p{N}_.'’‘ʼ＇‐‑-]";
const MENTION = new RegExp(`${BEFORE("_@＠/.")}[@＠](${NAME}*(?:[ \\u3000]${NAME}+){0,3})$`, "u");
const COMMAND = /^\/([a-z0-9_-]*)$/;
const EMOJI = new RegExp(`${BEFORE("_:/.")}:([a-z0-9_+-]{2,})$`, "iu");

/**
 * The completion that the word at the cursor asks for, or null; nothing is completed in code and
 * addresses.
 *
 * @param {string} text
 * @param {number} cursor
 * @returns {Chat.Completion | null}
 */
export function completionAt(text, cursor) {
  const before = text.slice(0, cursor);
  const found = match(COMMAND, "command", before) ?? match(MENTION, "mention", before) ?? match(EMOJI, "emoji", before);
  return found && freeRanges(text, [found]).length ? found : null;
}

/**
 * @param {RegExp} pattern
 * @param {"mention" | "emoji" | "command"} kind
 * @param {string} before
 * @returns {Chat.Completion | null}
 */
function match(pattern, kind, before) {
  const found = pattern.exec(before);
  return found && { kind, query: found[1], start: found.index, end: before.length };
}
