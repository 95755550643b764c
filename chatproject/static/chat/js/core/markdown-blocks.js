// The blocks of a message: code first, then quotes, lists, headings, tables and paragraphs.

import { isBlank } from "./markdown-characters.js";
import { append, text } from "./markdown-emphasis.js";
import { Fences } from "./markdown-fences.js";
import { parseLine } from "./markdown-inline.js";
import { cellsOf, columnsOf } from "./markdown-tables.js";

const MAX_DEPTH = 6; // of quotes and lists in each other; what is deeper stays text

const QUOTE = /^[ \t]*> ?(.*)$/su;
const ITEM = /^([ \t]*)(?:([-*+•])|([0-9]{1,9})[.)])(?:[ \t]+(.*)|$)/su;
const HEADING = /^ {0,3}(#{1,6})[ \t]+([^ \t].*)/su;
const TASK = /^\[([ xX])\][ \t]+(?=[^ \t])/u;
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
      else this.#text(line);
    }
    return this.nodes;
  }

  /** @param {string} line that begins a heading, a table or a paragraph */
  #text(line) {
    const heading = HEADING.exec(line);
    const columns = heading ? null : this.#columns();
    if (heading) this.#heading(heading[1].length, heading[2]);
    else if (columns) this.#table(columns);
    else this.#paragraph();
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
      items.push(this.#listItem(lines));
      const following = this.#skipBlank(next);
      at = this.#continuesList(following, ordered) ? following : next;
    }
    this.#push({ type: "list", isOrdered: ordered, start, children: items }, at);
  }

  /**
   * An item; a task is one that begins with a box.
   *
   * @param {string[]} lines
   * @returns {Chat.Node}
   */
  #listItem([first, ...lines]) {
    const task = TASK.exec(first);
    const children = new Blocks([task ? first.slice(task[0].length) : first, ...lines], this.depth + 1).parse();
    return task ? { type: "item", isChecked: task[1] !== " ", children } : { type: "item", children };
  }

  /**
   * @param {number} level
   * @param {string} text
   */
  #heading(level, text) {
    const shown = withoutEnd(text, " \t");
    const bare = withoutEnd(shown, "#");
    const isClosed = /[ \t]$/.test(bare); // marks at the end close the heading
    const children = parseLine(isClosed ? withoutEnd(bare, " \t") : shown);
    this.#push({ type: "heading", level, children }, this.at + 1);
  }

  /** The alignments of the table that begins with the line. */
  #columns() {
    if (!this.lines[this.at].includes("|") || this.at + 1 === this.lines.length) return null;
    const columns = columnsOf(this.lines[this.at], this.lines[this.at + 1]);
    return columns && this.fences.hasSpanAt(this.at) ? null : columns;
  }

  /** @param {(string | null)[]} columns */
  #table(columns) {
    const rows = [row(this.lines[this.at], columns.length)];
    let at = this.at + 2;
    for (; at < this.lines.length && this.#isRow(at, columns.length); at += 1) rows.push(row(this.lines[at], columns.length));
    this.#push({ type: "table", columns, children: rows }, at);
  }

  /**
   * Whether a table goes on; a line with too many cells does not lose them.
   *
   * @param {number} at
   * @param {number} columns
   */
  #isRow(at, columns) {
    const line = this.lines[at];
    if (!line.includes("|") || this.#beginsBlock(at) || this.fences.hasSpanAt(at)) return false;
    return cellsOf(line).length <= columns;
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

  /** Whether the line ends a paragraph. */
  #interrupts() {
    return this.#beginsBlock(this.at) || this.#columns() !== null;
  }

  /**
   * Whether the line is blank or begins another block than a table; of numbered lists only those
   * from 1 do behind other lines.
   *
   * @param {number} at
   */
  #beginsBlock(at) {
    const line = this.lines[at];
    if (isBlank(line) || this.fences.opensAt(at) || this.#isQuote(line) || HEADING.test(line)) return true;
    const item = this.#item(line);
    return item !== null && (!isOrdered(item) || Number(item[3]) === 1);
  }
}

/**
 * @param {string} line
 * @param {number} columns
 * @returns {Chat.Node}
 */
function row(line, columns) {
  const cells = cellsOf(line);
  while (cells.length < columns) cells.push("");
  return { type: "row", children: cells.map((cell) => ({ type: "cell", children: parseLine(cell) })) };
}

/**
 * The text without those characters at its end.
 *
 * @param {string} text
 * @param {string} characters
 */
function withoutEnd(text, characters) {
  let end = text.length;
  while (end > 0 && characters.includes(text[end - 1])) end -= 1;
  return text.slice(0, end);
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
