// What stands within a line: code, escapes, links, mentions and emphasis, in this precedence.

import { characterAt, characterBefore, isWord } from "./markdown-characters.js";
import { append, build, isRun, pair, runOf, text } from "./markdown-emphasis.js";
import {
  SCHEME, addressAt, addressLink, autolinkAt, closingParentheses, emailAt, emailLink, isDestination, link, matchAt,
} from "./markdown-links.js";

/** @typedef {import("./markdown-emphasis.js").Run} Run */

const SPECIAL = new RegExp(`[\\\\\`*_~\\[\\]<@]|${SCHEME}|[wW]{3}\\.|¯\\\\_\\(ツ\\)_\\/¯`, "gu");
const ESCAPE = /\\([!-/:-@[-`{-~])/y;
const MENTION = /<@([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})>/y;
const BACKTICKS = /`+/y;
const MARKS = new Map([["*", /\*+/y], ["_", /_+/y], ["~", /~+/y]]);

/**
 * The nodes of a line, which contains no line break.
 *
 * @param {string} line
 */
export function parseLine(line) {
  return new Line(line).parse();
}

class Line {
  /** @type {Map<number, number[]> | null} */
  #backticks = null;

  /** @type {Map<number, number> | null} */
  #parentheses = null;

  /** @param {string} line */
  constructor(line) {
    this.line = line;
    /** @type {(Chat.Node | Run)[]} */
    this.tokens = [];
    /** @type {number[]} the indexes of the tokens that are an open bracket */
    this.brackets = [];
    this.start = 0; // of the text that is not a token yet
  }

  parse() {
    let at = 0;
    for (;;) {
      SPECIAL.lastIndex = at;
      const found = SPECIAL.exec(this.line);
      if (!found) break;
      at = this.#read(found);
    }
    this.#flush(this.line.length);
    return tree(this.tokens);
  }

  /** @param {number} end */
  #flush(end) {
    if (end > this.start) this.tokens.push(text(this.line.slice(this.start, end)));
  }

  /**
   * Puts a token in the place of what stands from `begin` to `end`.
   *
   * @param {Chat.Node | Run} token
   * @param {number} begin
   * @param {number} end
   */
  #push(token, begin, end) {
    this.#flush(begin);
    this.tokens.push(token);
    this.start = end;
    return end;
  }

  /**
   * Reads what begins at a special character; gives where to go on.
   *
   * @param {RegExpExecArray} found
   * @returns {number}
   */
  #read(found) {
    const at = found.index;
    const end = at + found[0].length;
    switch (found[0][0]) {
      case "\\":
        return this.#escape(at);
      case "`":
        return this.#code(at);
      case "*":
      case "_":
      case "~":
        return this.#run(at, found[0]);
      case "[":
        this.#push(text("["), at, end);
        this.brackets.push(this.tokens.length - 1);
        return end;
      case "]":
        return this.#bracket(at);
      case "<":
        return this.#angle(at);
      case "@":
        return this.#at(at);
      case "¯":
        return this.#push(text(found[0]), at, end);
      default:
        return this.#address(at, end);
    }
  }

  /** @param {number} at */
  #escape(at) {
    const found = matchAt(ESCAPE, this.line, at);
    return found ? this.#push(text(found[1]), at, at + 2) : at + 1;
  }

  /** @param {number} at */
  #code(at) {
    const size = lengthAt(BACKTICKS, this.line, at);
    const closing = this.#nextBackticks(size, at + size);
    if (closing === undefined) return at + size;
    let code = this.line.slice(at + size, closing);
    if (code.startsWith(" ") && code.endsWith(" ") && /[^ ]/.test(code)) code = code.slice(1, -1);
    return this.#push({ type: "code", text: code }, at, closing + size);
  }

  /**
   * Where the first run of exactly `size` begins, at `after` or behind it; `after` only grows.
   *
   * @param {number} size
   * @param {number} after
   */
  #nextBackticks(size, after) {
    this.#backticks ??= startsBySize(this.line);
    const starts = this.#backticks.get(size) ?? [];
    while (starts.length && starts[starts.length - 1] < after) starts.pop();
    return starts.at(-1);
  }

  /**
   * @param {number} at
   * @param {string} mark
   */
  #run(at, mark) {
    const end = at + lengthAt(MARKS.get(mark) ?? BACKTICKS, this.line, at);
    const run = runOf(mark, end - at, characterBefore(this.line, at), characterAt(this.line, end));
    return run ? this.#push(run, at, end) : end;
  }

  /** @param {number} at */
  #bracket(at) {
    const opened = this.brackets.pop();
    if (opened === undefined || this.line[at + 1] !== "(") return at + 1;
    this.#parentheses ??= closingParentheses(this.line);
    const end = this.#parentheses.get(at + 1);
    if (end === undefined || !isDestination(this.line, at + 2, end)) return at + 1;
    this.#flush(at);
    const label = tree(this.tokens.splice(opened).slice(1));
    this.start = at; // nothing is left of the label
    this.brackets = []; // a link contains no link
    return this.#push(link(this.line.slice(at + 2, end), withoutLinks(label)), at, end + 1);
  }

  /** @param {number} at */
  #angle(at) {
    const mention = matchAt(MENTION, this.line, at);
    if (mention) return this.#push({ type: "mention", userId: mention[1].toLowerCase() }, at, at + mention[0].length);
    const auto = autolinkAt(this.line, at);
    return auto ? this.#push(auto.node, at, auto.end) : at + 1;
  }

  /** @param {number} at */
  #at(at) {
    const email = emailAt(this.line, this.start, at);
    if (email) return this.#push(emailLink(this.line.slice(email.begin, email.end)), email.begin, email.end);
    if (this.line.startsWith("@all", at) && this.#standsAlone(at, at + 4)) return this.#push({ type: "all" }, at, at + 4);
    return at + 1;
  }

  /**
   * @param {number} begin
   * @param {number} end
   */
  #standsAlone(begin, end) {
    const before = characterBefore(this.line, begin);
    return !isWord(before) && !/[@/.]/.test(before) && !isWord(characterAt(this.line, end));
  }

  /**
   * @param {number} at
   * @param {number} behind
   */
  #address(at, behind) {
    const before = characterBefore(this.line, at);
    if (/[wW]/.test(this.line[at]) && (isWord(before) || /[@/.:-]/.test(before))) return behind;
    const end = addressAt(this.line, at);
    return end === null ? behind : this.#push(addressLink(this.line.slice(at, end)), at, end);
  }
}

/**
 * @param {(Chat.Node | Run)[]} tokens
 */
function tree(tokens) {
  pair(tokens.filter(isRun));
  return build(tokens);
}

/**
 * @param {RegExp} pattern
 * @param {string} line
 * @param {number} at
 */
function lengthAt(pattern, line, at) {
  return matchAt(pattern, line, at)?.[0].length ?? 0;
}

/**
 * Where the runs of backticks begin, by their length; the next one stands last.
 *
 * @param {string} line
 * @returns {Map<number, number[]>}
 */
function startsBySize(line) {
  const starts = new Map();
  for (const run of [...line.matchAll(/`+/g)].reverse()) {
    const size = run[0].length;
    if (!starts.has(size)) starts.set(size, []);
    starts.get(size).push(run.index);
  }
  return starts;
}

/**
 * A label's nodes; an address in it is its text.
 *
 * @param {Chat.Node[]} nodes
 * @returns {Chat.Node[]}
 */
function withoutLinks(nodes) {
  /** @type {Chat.Node[]} */
  const plain = [];
  for (const node of nodes) {
    if (node.type === "link") node.children.forEach((/** @type {Chat.Node} */ child) => append(plain, child));
    else append(plain, node.children ? { ...node, children: withoutLinks(node.children) } : node);
  }
  return plain;
}
