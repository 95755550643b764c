// The blocks of a message: code blocks first, then quotes, lists and paragraphs.

import { isBlank } from "./markdown-characters.js";
import { append, text } from "./markdown-emphasis.js";
import { Fences } from "./markdown-fences.js";
import { parseLine } from "./markdown-inline.js";

const MAX_DEPTH = 6; // of quotes and lists in each other; what is deeper stays text

const QUOTE = /^[ \t]*> ?(.*)$/su;
const ITEM = /^([ \t]*)(?:([-*+•])|([0-9]{1,9})[.)])(?:[ \t]+(.*)|$)/su;
const ACTION = /^\/me[ \t]+(?=[^ \t])/u;

/**
 * The blocks of a message's text.
 *
 * @param {string} content
 * @returns {Chat.Node[]}
 */
export function parse(content) {
  const lines = content.split(/\r\n?|\n/);
  const action = ACTION.exec(lines[0]);
  if (!action) return new Blocks(lines, 0).parse();
  const node = { type: "action", children: parseLine(lines[0].slice(action[0].length)) };
  return [node, ...new Blocks(lines.slice(1), 0).parse()];
}

/** Reads the lines of one container: of the message, a quote or an item of a list. */
class Blocks {
  /**
   * @param {string[]} lines
   * @param {number} depth
   */
  constructor(lines, depth) {
    this.lines = lines;
    this.depth = depth;
    this.fences = new Fences(lines);
    this.at = 0;
    /** @type {Chat.Node[]} */
    this.nodes = [];
  }

  parse() {
    while (this.at < this.lines.length) {
      const line = this.lines[this.at];
      if (isBlank(line)) {
        this.at += 1;
        continue;
      }
      const code = this.fences.blockAt(this.at);
      const item = this.#item(line);
      if (code) this.#push(code.node, code.next);
      else if (this.#isQuote(line)) this.#quote();
      else if (item) this.#list(isOrdered(item), Number(item[3] ?? 1));
      else this.#paragraph();
    }
    return this.nodes;
  }

  /**
   * @param {Chat.Node} node
   * @param {number} next
   */
  #push(node, next) {
    this.nodes.push(node);
    this.at = next;
  }

  /** @param {string} line */
  #isQuote(line) {
    return this.depth < MAX_DEPTH && QUOTE.test(line);
  }

  /** @param {string} line */
  #item(line) {
    return this.depth < MAX_DEPTH ? ITEM.exec(line) : null;
  }

  #quote() {
    const inner = [];
    let end = this.at;
    for (; end < this.lines.length; end += 1) {
      const found = QUOTE.exec(this.lines[end]);
      if (!found) break;
      inner.push(found[1]);
    }
    this.#push({ type: "quote", children: new Blocks(inner, this.depth + 1).parse() }, end);
  }

  /**
   * @param {boolean} ordered
   * @param {number} start
   */
  #list(ordered, start) {
    const items = [];
    let at = this.at;
    while (this.#continuesList(at, ordered)) {
      const { lines, next } = this.#itemLines(at);
      items.push({ type: "item", children: new Blocks(lines, this.depth + 1).parse() });
      const following = this.#skipBlank(next);
      at = this.#continuesList(following, ordered) ? following : next;
    }
    this.#push({ type: "list", isOrdered: ordered, start, children: items }, at);
  }

  /**
   * @param {number} at
   * @param {boolean} ordered
   */
  #continuesList(at, ordered) {
    const item = at < this.lines.length ? this.#item(this.lines[at]) : null;
    return item !== null && isOrdered(item) === ordered;
  }

  /**
   * The lines of the item that begins at `at`, without its indentation, and what follows.
   *
   * @param {number} at
   */
  #itemLines(at) {
    const [, indent, bullet, number, rest] = ITEM.exec(this.lines[at]) ?? [];
    const own = width(indent);
    const content = own + (bullet ?? `${number}.`).length + 1;
    const lines = [rest ?? ""];
    let next = at + 1;
    for (;;) {
      const following = this.#skipBlank(next);
      if (following === this.lines.length || indentOf(this.lines[following]) < own + 2) break;
      for (; next < following; next += 1) lines.push("");
      lines.push(dedent(this.lines[following], content));
      next = following + 1;
    }
    return { lines, next };
  }

  /** @param {number} from */
  #skipBlank(from) {
    let at = from;
    while (at < this.lines.length && isBlank(this.lines[at])) at += 1;
    return at;
  }

  /** Lines up to a blank one, another block, or a code block that begins within a line. */
  #paragraph() {
    /** @type {Chat.Node[]} */
    const children = [];
    const begin = this.at;
    /** @type {import("./markdown-fences.js").Code | null} */
    let code = null;
    while (this.at < this.lines.length && (this.at === begin || !this.#interrupts())) {
      code = this.fences.spanAt(this.at);
      const line = code ? this.lines[this.at].slice(0, code.begin) : this.lines[this.at];
      if (code && isBlank(line)) break;
      if (this.at > begin) append(children, text("\n"));
      for (const node of parseLine(line)) append(children, node);
      if (code) break;
      this.at += 1;
    }
    if (children.length) this.nodes.push({ type: "paragraph", children });
    if (code) this.#push(code.node, code.next);
  }

  /** Whether the line ends a paragraph; of numbered lists only those from 1 do. */
  #interrupts() {
    const line = this.lines[this.at];
    if (isBlank(line) || this.fences.opensAt(this.at) || this.#isQuote(line)) return true;
    const item = this.#item(line);
    return item !== null && (!isOrdered(item) || Number(item[3]) === 1);
  }
}

/** @param {RegExpExecArray} item */
function isOrdered(item) {
  return item[3] !== undefined;
}

/**
 * The columns of white space; a tab ends at a multiple of four.
 *
 * @param {string} space
 */
function width(space) {
  let columns = 0;
  for (const character of space) columns += character === "\t" ? 4 - (columns % 4) : 1;
  return columns;
}

/** @param {string} line */
function indentOf(line) {
  return width(/^[ \t]*/.exec(line)?.[0] ?? "");
}

/**
 * The line without that many columns of white space, or without all of it if it has less.
 *
 * @param {string} line
 * @param {number} columns
 */
function dedent(line, columns) {
  let at = 0;
  let column = 0;
  while (column < columns && (line[at] === " " || line[at] === "\t")) {
    column += line[at] === "\t" ? 4 - (column % 4) : 1;
    at += 1;
  }
  return " ".repeat(Math.max(0, column - columns)) + line.slice(at);
}
