// Markdown: a safe subset as a plain tree, {type, children, …} and texts. Never HTML.
//
// Blocks: paragraph, quote, list, code block; what stands within a line is in markdown-inline.js.
// Everything else stays the text that it is.

import { parseLine } from "./markdown-inline.js";

const FENCE = /^\s*```\s*([\w+-]*)\s*$/;
const QUOTE = /^\s*>\s?(.*)$/;
const BULLET = /^\s*[-*•]\s+(.*)$/;
const NUMBER = /^\s*(\d{1,9})[.)]\s+(.*)$/;
const MAX_DEPTH = 4;

/**
 * The blocks of a message's text.
 *
 * @param {string} text
 * @returns {Chat.Node[]}
 */
export function parse(text, depth = 0) {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const blocks = [];
  let at = 0;
  while (at < lines.length) {
    const [block, next] = blockAt(lines, at, depth);
    if (block) blocks.push(block);
    at = next;
  }
  return blocks;
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {number} depth
 * @returns {[Chat.Node | null, number]} the block, and the line after it
 */
function blockAt(lines, at, depth) {
  const line = lines[at];
  if (FENCE.test(line)) return codeBlock(lines, at);
  if (/^```.+```$/.test(line.trim()) && line.trim().length > 6) {
    return [{ type: "code-block", language: "", text: line.trim().slice(3, -3) }, at + 1];
  }
  if (QUOTE.test(line) && depth < MAX_DEPTH) return quote(lines, at, depth);
  if (BULLET.test(line) || NUMBER.test(line)) return list(lines, at);
  if (!line.trim()) return [null, at + 1];
  return paragraph(lines, at, depth);
}

/**
 * The groups of a pattern that is known to fit.
 *
 * @param {RegExp} pattern
 * @param {string} line
 * @returns {string[]}
 */
function groups(pattern, line) {
  return [...(pattern.exec(line) ?? [])];
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @returns {[Chat.Node, number]}
 */
function codeBlock(lines, at) {
  const language = groups(FENCE, lines[at])[1];
  const end = lines.findIndex((line, index) => index > at && /^\s*```\s*$/.test(line));
  const stop = end === -1 ? lines.length : end;
  const text = lines.slice(at + 1, stop).join("\n");
  return [{ type: "code-block", language, text }, stop + 1];
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {number} depth
 * @returns {[Chat.Node, number]}
 */
function quote(lines, at, depth) {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end])) end += 1;
  const inner = lines.slice(at, end).map((line) => groups(QUOTE, line)[1]).join("\n");
  return [{ type: "quote", children: parse(inner, depth + 1) }, end];
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @returns {[Chat.Node, number]}
 */
function list(lines, at) {
  const isOrdered = !BULLET.test(lines[at]);
  const pattern = isOrdered ? NUMBER : BULLET;
  const items = [];
  let end = at;
  while (end < lines.length && pattern.test(lines[end])) {
    const found = groups(pattern, lines[end]);
    items.push({ type: "item", children: parseLine(found[found.length - 1]) });
    end += 1;
  }
  const start = isOrdered ? Number(groups(NUMBER, lines[at])[1]) : 1;
  return [{ type: "list", isOrdered, start, children: items }, end];
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {number} depth
 * @returns {[Chat.Node, number]}
 */
function paragraph(lines, at, depth) {
  let end = at + 1;
  while (end < lines.length && lines[end].trim() && !startsBlock(lines[end], depth)) end += 1;
  return [{ type: "paragraph", children: parseLine(lines.slice(at, end).join("\n")) }, end];
}

/**
 * @param {string} line
 * @param {number} depth
 */
function startsBlock(line, depth) {
  if (FENCE.test(line) || BULLET.test(line) || NUMBER.test(line)) return true;
  return QUOTE.test(line) && depth < MAX_DEPTH;
}

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

/**
 * The text in one plain line, for previews and notifications; `nameOf` gives a person's name.
 *
 * @param {string} text
 * @param {(userId: string) => string} nameOf
 */
export function plainLine(text, nameOf) {
  return flatten(parse(text), nameOf).replace(/\s+/g, " ").trim();
}

/**
 * @param {Chat.Node[]} nodes
 * @param {(userId: string) => string} nameOf
 * @returns {string}
 */
function flatten(nodes, nameOf) {
  return nodes.map((node) => flat(node, nameOf)).join("");
}

/**
 * @param {Chat.Node} node
 * @param {(userId: string) => string} nameOf
 * @returns {string}
 */
function flat(node, nameOf) {
  switch (node.type) {
    case "text":
    case "code":
      return node.text;
    case "code-block":
      return `${node.text} `;
    case "mention":
      return `@${nameOf(node.userId)}`;
    case "all":
      return "@all";
    case "control":
      return "";
    case "paragraph":
    case "quote":
    case "list":
    case "item":
      return `${flatten(node.children, nameOf)} `;
    default:
      return flatten(node.children, nameOf);
  }
}
