// Markdown within a line: bold, italic, strike, code, links, bare addresses, mentions.

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
