// Links: bare addresses, `<address>`, the destination in `[label](destination)`, and emails. A bare
// address loses its trailing punctuation in one pass from its end.

import { ADDRESS_END, DESTINATION_END, TRAILING } from "./markdown-characters.js";
import { text } from "./markdown-emphasis.js";

export const SCHEME = "[hH][tT][tT][pP][sS]?://".replaceAll("/", "\\/");
const MAILTO = "[mM][aA][iI][lL][tT][oO]:";

// A `](` ends an address, since it ends the label that the address stands in.
const REST = `(?:[^${ADDRESS_END}\\]]|\\](?!\\())*`;
const ADDRESS = new RegExp(`(?:${SCHEME}|[wW]{3}\\.)[\\p{L}\\p{N}]${REST}`, "uy");
const IPV6 = new RegExp(`${SCHEME}\\[[0-9a-fA-F:.]+\\]${REST}`, "uy");
const DESTINATION = new RegExp(`${SCHEME}|${MAILTO}`, "uy");
const AUTOLINK = new RegExp(`<((?:${SCHEME}|${MAILTO})[^${DESTINATION_END}]+)>`, "uy");
const DOMAIN = "[A-Za-z0-9_\\-]{1,63}(?:\\.[A-Za-z0-9_\\-]{1,63})+";
const EMAIL_AUTOLINK = new RegExp(`<([A-Za-z0-9.!#$%&'*+\\/=?^_{|}~\\-]{1,64}@${DOMAIN})>`, "uy");
const EMAIL_DOMAIN = new RegExp(`@${DOMAIN}`, "uy");
const BREAK = new RegExp(`[${DESTINATION_END}]`, "u");
const MAX_LOCAL = 64;

/**
 * The match of a sticky pattern at a place.
 *
 * @param {RegExp} pattern
 * @param {string} line
 * @param {number} at
 */
export function matchAt(pattern, line, at) {
  pattern.lastIndex = at;
  return pattern.exec(line);
}

/**
 * Where the bare address that begins at `at` ends; null where there is none.
 *
 * @param {string} line
 * @param {number} at
 */
export function addressAt(line, at) {
  const found = matchAt(ADDRESS, line, at) ?? matchAt(IPV6, line, at);
  return found && at + trimmedLength(found[0]);
}

/**
 * The length without trailing punctuation and closing brackets that nothing in it opened.
 *
 * @param {string} address
 */
function trimmedLength(address) {
  const unopened = new Map([[")", count(address, ")") - count(address, "(")], ["]", count(address, "]") - count(address, "[")]]);
  let end = address.length;
  for (;;) {
    const last = address[end - 1];
    const extra = unopened.get(last) ?? 0;
    if (!TRAILING.has(last) && extra <= 0) return end;
    if (unopened.has(last)) unopened.set(last, extra - 1);
    end -= 1;
  }
}

/**
 * @param {string} line
 * @param {string} character
 */
function count(line, character) {
  return line.split(character).length - 1;
}

/** @param {string} address */
export function addressLink(address) {
  const href = /^http/i.test(address) ? address : `http://${address}`;
  return link(href, [text(address)]);
}

/**
 * `<https://…>`, `<mailto:…>` or `<ann@example.org>`, and where it ends.
 *
 * @param {string} line
 * @param {number} at
 */
export function autolinkAt(line, at) {
  const address = matchAt(AUTOLINK, line, at);
  if (address) return { node: link(address[1], [text(address[1])]), end: at + address[0].length };
  const email = matchAt(EMAIL_AUTOLINK, line, at);
  return email && { node: emailLink(email[1]), end: at + email[0].length };
}

/**
 * Where the email address around the `@` at `at` begins, not before `start`, and ends.
 *
 * @param {string} line
 * @param {number} start
 * @param {number} at
 */
export function emailAt(line, start, at) {
  const found = matchAt(EMAIL_DOMAIN, line, at);
  if (!found || /[-_]$/.test(found[0])) return null;
  let begin = at;
  while (begin > start && at - begin < MAX_LOCAL && /[A-Za-z0-9._+-]/.test(line[begin - 1])) begin -= 1;
  while (begin < at && /[._+-]/.test(line[begin])) begin += 1;
  return begin === at ? null : { begin, end: at + found[0].length };
}

/** @param {string} address */
export function emailLink(address) {
  return link(`mailto:${address}`, [text(address)]);
}

/**
 * @param {string} href
 * @param {Chat.Node[]} children
 * @returns {Chat.Node}
 */
export function link(href, children) {
  return { type: "link", href, children };
}

/**
 * By the place of each opening parenthesis: that of its closing one, within one destination.
 *
 * @param {string} line
 * @returns {Map<number, number>}
 */
export function closingParentheses(line) {
  const closings = new Map();
  let opened = [];
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] === "(") opened.push(at);
    else if (line[at] === ")" && opened.length) closings.set(opened.pop(), at);
    else if (BREAK.test(line[at])) opened = [];
  }
  return closings;
}

/**
 * Whether what begins at `at` and ends at `end` has a scheme that a link may have, and more.
 *
 * @param {string} line
 * @param {number} at
 * @param {number} end
 */
export function isDestination(line, at, end) {
  const found = matchAt(DESTINATION, line, at);
  return found !== null && at + found[0].length < end;
}

/**
 * The address as a browser has it, if a link to it is safe: http, https or mailto; else null.
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
