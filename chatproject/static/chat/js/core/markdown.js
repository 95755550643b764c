// Markdown: a safe subset as a plain tree, {type, children, …} and texts. Never HTML.
//
// Blocks: paragraph, heading-less quote, list, code block. In a line: bold, italic, strike, code,
// links, bare addresses, mentions. Everything else stays the text that it is.

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

// -- within a line

/** @typedef {{type: string, pattern: RegExp, nests?: boolean, atWord?: boolean}} Rule */
/** @typedef {{length: number, node: Chat.Node} | null} Found */

/** @type {Rule[]} */
const RULES = [
  { type: "code", pattern: /`([^`\n]+)`/y },
  { type: "bold", pattern: /\*\*(?=\S)([^\n]*?\S)\*\*(?!\*)/y, nests: true },
  { type: "strike", pattern: /~~(?=\S)([^\n]*?\S)~~/y, nests: true },
  { type: "italic", pattern: /\*(?=[^\s*])((?:[^*\n]|\*\*[^*\n]+\*\*)*?[^\s*])\*(?!\*)/y, nests: true },
  { type: "italic", pattern: /_(?=[^\s_])([^\n]*?[^\s_])_(?![\p{L}\p{N}_])/uy, nests: true, atWord: true },
  { type: "link", pattern: /\[([^\]\n]+)\]\((https?:\/\/[^\s()]*(?:\([^\s()]*\)[^\s()]*)*|mailto:[^\s()]+)\)/y },
  { type: "address", pattern: /https?:\/\/[^\s<>"'`*]+/iy, atWord: true },
  { type: "mention", pattern: /<@([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})>/iy },
  { type: "all", pattern: /@all(?![\p{L}\p{N}_])/uy, atWord: true },
  { type: "control", pattern: /[\u202a-\u202e\u2066-\u2069]/y },
];
const STARTS = /[`*~_[h<@\u202a-\u202e\u2066-\u2069]/i;
const MAX_NESTING = 6;

/**
 * The parts of a piece of text that has no blocks.
 *
 * @param {string} text
 * @returns {Chat.Node[]}
 */
export function parseLine(text, nesting = 0) {
  const parts = [];
  let plain = "";
  let at = 0;
  while (at < text.length) {
    const found = STARTS.test(text[at]) ? ruleAt(text, at, nesting) : null;
    if (!found) {
      plain += text[at];
      at += 1;
      continue;
    }
    if (plain) parts.push({ type: "text", text: plain });
    plain = "";
    parts.push(found.node);
    at += found.length;
  }
  if (plain) parts.push({ type: "text", text: plain });
  return parts;
}

/**
 * @param {string} text
 * @param {number} at
 * @param {number} nesting
 * @returns {Found}
 */
function ruleAt(text, at, nesting) {
  for (const rule of RULES) {
    if (rule.nests && nesting >= MAX_NESTING) continue;
    if (rule.atWord && at > 0 && /[\p{L}\p{N}_@/.]/u.test(text[at - 1])) continue;
    rule.pattern.lastIndex = at;
    const match = rule.pattern.exec(text);
    if (match) return nodeOf(rule, match, nesting);
  }
  return null;
}

/**
 * @param {Rule} rule
 * @param {RegExpExecArray} match
 * @param {number} nesting
 * @returns {Found}
 */
function nodeOf(rule, match, nesting) {
  const [whole, inner] = match;
  const length = whole.length;
  switch (rule.type) {
    case "code":
      return { length, node: { type: "code", text: inner } };
    case "link":
      return linkNode(inner, match[2], length);
    case "address":
      return addressNode(whole);
    case "mention":
      return { length, node: { type: "mention", userId: inner.toLowerCase() } };
    case "all":
      return { length, node: { type: "all" } };
    case "control":
      return { length, node: { type: "control", code: codeOf(whole) } };
    default:
      return { length, node: { type: rule.type, children: parseLine(inner, nesting + 1) } };
  }
}

/**
 * @param {string} label
 * @param {string} href
 * @param {number} length
 * @returns {Found}
 */
function linkNode(label, href, length) {
  const safe = safeHref(href);
  if (!safe) return null;
  const children = parseLine(label, MAX_NESTING).filter((part) => part.type !== "link");
  return { length, node: { type: "link", href: safe, children } };
}

/**
 * A bare address ends before the punctuation of the sentence that it stands in.
 *
 * @param {string} found
 * @returns {Found}
 */
function addressNode(found) {
  let address = found.replace(/[.,;:!?…'"]+$/u, "");
  while (address.endsWith(")") && count(address, ")") > count(address, "(")) {
    address = address.slice(0, -1).replace(/[.,;:!?]+$/, "");
  }
  const href = safeHref(address);
  if (!href) return null;
  const children = [{ type: "text", text: address }];
  return { length: address.length, node: { type: "link", href, children } };
}

/**
 * The address if a link to it is safe: http, https or mailto; else null.
 *
 * @param {string} address
 */
export function safeHref(address) {
  try {
    const url = new URL(address);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** @param {string} character */
function codeOf(character) {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/**
 * @param {string} text
 * @param {string} character
 */
function count(text, character) {
  return text.split(character).length - 1;
}

// -- beside the tree

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
