// Emphasis: which runs of `*`, `_` and `~~` begin and end a span. The algorithm is that of
// CommonMark's appendix, with the floors that make it linear; a span stays within its line.

import { isPunctuation, isSpace, isSpaceless } from "./markdown-characters.js";

const MAX_NESTING = 6;

/**
 * A run of one mark; `opens` and `closes` are the widths of its spans, the innermost first.
 *
 * @typedef {{type: "run", mark: string, size: number, left: number, canOpen: boolean,
 *   canClose: boolean, opens: number[], closes: number[]}} Run
 */

/**
 * The run between two characters; null where it can neither open nor close a span.
 *
 * @param {string} mark
 * @param {number} size
 * @param {string} before
 * @param {string} after
 * @returns {Run | null}
 */
export function runOf(mark, size, before, after) {
  const opens = !isSpace(after) && (!isPunctuation(after) || isEdge(before));
  const closes = !isSpace(before) && (!isPunctuation(before) || isEdge(after));
  const isInner = mark === "_" && opens && closes;
  const canOpen = opens && (!isInner || isPunctuation(before));
  const canClose = closes && (!isInner || isPunctuation(after));
  if ((mark === "~" && size !== 2) || !(canOpen || canClose)) return null;
  return { type: "run", mark, size, left: size, canOpen, canClose, opens: [], closes: [] };
}

/** @param {string} character */
function isEdge(character) {
  return isSpace(character) || isPunctuation(character) || isSpaceless(character);
}

/**
 * Gives each run the spans that it opens and closes.
 *
 * @param {Run[]} runs
 */
export function pair(runs) {
  const list = new Links(runs.length);
  const floors = new Map();
  let at = 0;
  while (at < runs.length) {
    const closer = runs[at];
    if (!closer.canClose) {
      at = list.after[at];
      continue;
    }
    const kind = `${closer.mark}${closer.canOpen}${closer.size % 3}`;
    const floor = floors.get(kind) ?? -1;
    let opener = list.before[at];
    while (opener > floor && !fit(runs[opener], closer)) opener = list.before[opener];
    if (opener <= floor) {
      floors.set(kind, list.before[at]);
      if (!closer.canOpen) list.unlink(at);
      at = list.after[at];
      continue;
    }
    join(runs[opener], closer);
    list.cut(opener, at);
    if (!runs[opener].left) list.unlink(opener);
    if (!closer.left) {
      list.unlink(at);
      at = list.after[at];
    }
  }
}

/** A linked list of indexes. */
class Links {
  /** @param {number} length */
  constructor(length) {
    this.before = Array.from({ length }, (_, at) => at - 1);
    this.after = Array.from({ length }, (_, at) => at + 1);
  }

  /** @param {number} at */
  unlink(at) {
    if (this.before[at] >= 0) this.after[this.before[at]] = this.after[at];
    if (this.after[at] < this.before.length) this.before[this.after[at]] = this.before[at];
  }

  /**
   * Takes out what lies between.
   *
   * @param {number} first
   * @param {number} last
   */
  cut(first, last) {
    this.after[first] = last;
    this.before[last] = first;
  }
}

/**
 * @param {Run} opener
 * @param {Run} closer
 */
function fit(opener, closer) {
  if (opener.mark !== closer.mark || !opener.canOpen) return false;
  const both = opener.canClose || closer.canOpen;
  return !(both && (opener.size + closer.size) % 3 === 0 && opener.size % 3 !== 0);
}

/**
 * @param {Run} opener
 * @param {Run} closer
 */
function join(opener, closer) {
  const width = opener.left >= 2 && closer.left >= 2 ? 2 : 1;
  opener.opens.push(width);
  closer.closes.push(width);
  opener.left -= width;
  closer.left -= width;
}

/**
 * The tree of a line's tokens, whose runs are paired. Spans too deep stay text.
 *
 * @param {(Chat.Node | Run)[]} tokens
 * @returns {Chat.Node[]}
 */
export function build(tokens) {
  /** @type {{kind: string, outer: Chat.Node[]}[]} */
  const open = [];
  /** @type {Chat.Node[]} */
  let nodes = [];
  for (const token of tokens) {
    if (!isRun(token)) {
      append(nodes, token);
      continue;
    }
    for (const width of token.closes) {
      const { kind, outer } = open.pop() ?? { kind: "", outer: nodes };
      if (kind) outer.push({ type: kind, children: nodes });
      else append(nodes, text(token.mark.repeat(width)));
      nodes = outer;
    }
    append(nodes, text(token.mark.repeat(token.left)));
    for (const width of token.opens.reverse()) {
      const kind = open.length < MAX_NESTING ? kindOf(token.mark, width) : "";
      open.push({ kind, outer: nodes });
      if (kind) nodes = [];
      else append(nodes, text(token.mark.repeat(width)));
    }
  }
  return nodes;
}

/**
 * @param {Chat.Node | Run} token
 * @returns {token is Run}
 */
export function isRun(token) {
  return token.type === "run";
}

/**
 * @param {string} mark
 * @param {number} width
 */
function kindOf(mark, width) {
  if (mark === "~") return "strike";
  return width === 2 ? "bold" : "italic";
}

/**
 * Adds a node; a text that follows a text continues it.
 *
 * @param {Chat.Node[]} nodes
 * @param {Chat.Node} node
 */
export function append(nodes, node) {
  const last = nodes.at(-1);
  if (node.type !== "text") nodes.push(node);
  else if (last?.type === "text") nodes[nodes.length - 1] = text(last.text + node.text);
  else if (node.text) nodes.push(node);
}

/**
 * @param {string} value
 * @returns {Chat.Node}
 */
export function text(value) {
  return { type: "text", text: value };
}
