// Markdown: the markup of a message as a plain tree, {type, children, …} and texts. Never HTML.
//
// docs/markup.md specifies it; messaging/markup is the server's implementation, and
// tests/vectors/markup.json holds both to the same trees. Code is found first (markdown-fences.js),
// then quotes, lists, headings, tables and paragraphs (-blocks), then what stands within a line (-inline).

import { parse } from "./markdown-blocks.js";
import { plainLine } from "./markdown-plain.js";

export { parse, plainLine };

const EMOJI = /^(?:\p{Extended_Pictographic}(?:\ufe0f|\u200d|\p{Extended_Pictographic}|\p{Emoji_Modifier})*|\p{Regional_Indicator}{2}|[0-9#*]\ufe0f\u20e3|\s)+$/u;

/**
 * Whether a message is nothing but up to three emoji, which are then shown large.
 *
 * @param {string} text
 */
export function isEmojiOnly(text) {
  const trimmed = text.trim();
  if (!trimmed || trimmed.length > 60 || !EMOJI.test(trimmed)) return false;
  const segments = [...new Intl.Segmenter().segment(trimmed.replace(/\s+/g, ""))];
  return segments.length <= 3;
}
