// Code blocks: fences of backticks or tildes, and blocks that begin or end within a line.

import { SPACE, isBlank } from "./markdown-characters.js";

/**
 * A code block, from where in its first line, and the line that follows it.
 *
 * @typedef {{node: Chat.Node, begin: number, next: number}} Code
 * @typedef {{line: number, begin: number, end: number}} Run
 */

const OPENING = /^([ \t]*)(`{3,}|~{3,})(.*)$/su;
const CLOSING_TILDES = /^[ \t]*(~{3,})[ \t]*$/;
const CODE_OR_ESCAPE = /\\[!-/:-@[-`{-~]|`+/g;
const INFO = new RegExp(
  `^([^${SPACE}\`{}="'()\\[\\];$|&<>]{1,40})(?:[ \\t]+\\{[^{}]*\\}|[ \\t]+[A-Za-z_\\-]+=[^${SPACE}]*)*$`, "u",
);
const ATTRIBUTES = /^\{[^{}]*\}$/;
const MIN_FENCE = 3;

/** Finds the code blocks among the lines of a container; the line after one may be cut. */
export class Fences {
  /** @type {Map<string, number[]> | null} */
  #ends = null;

  /** @type {Map<number, Run[]> | null} */
  #runs = null;

  /** @param {string[]} lines */
  constructor(lines) {
    this.lines = lines;
  }

  /**
   * Whether a code block begins with the line.
   *
   * @param {number} at
   */
  opensAt(at) {
    const found = OPENING.exec(this.lines[at]);
    return found !== null && (found[2][0] === "~" || !found[3].includes("`") || oneLine(found) !== null);
  }

  /**
   * The code block that begins with the line.
   *
   * @param {number} at
   * @returns {Code | null}
   */
  blockAt(at) {
    const found = OPENING.exec(this.lines[at]);
    if (!found || !this.opensAt(at)) return null;
    const [, indent, fence, rest] = found;
    const mark = fence[0];
    if (mark === "`" && rest.includes("`")) return code("", oneLine(found) ?? "", at + 1);
    const end = this.#end(at + 1, mark, fence.length);
    const run = end === null && mark === "`" ? this.#nextRun(at, fence.length) : undefined;
    if (run) return this.#until(at, indent.length + fence.length, run);
    const closing = end === null ? "" : withoutFence(this.lines[end], mark);
    const stop = end ?? this.lines.length;
    const lines = this.lines.slice(at + 1, stop).map((line) => without(line, indent.length));
    const { language, first } = isBlank(closing) ? info(rest) : { language: "", first: isBlank(rest) ? [] : [rest] };
    if (!isBlank(closing)) lines.push(closing);
    return code(language, [...first, ...lines].join("\n"), stop + 1);
  }

  /**
   * The next line that ends in a fence of that size.
   *
   * @param {number} at
   * @param {string} mark
   * @param {number} size
   */
  #end(at, mark, size) {
    this.#ends ??= new Map(["`", "~"].map((each) => [each, longestEnds(this.lines, each)]));
    if ((this.#ends.get(mark)?.[at] ?? 0) < size) return null;
    let end = at;
    while (closingSize(this.lines[end], mark) < size) end += 1;
    return end;
  }

  /**
   * The code that begins within the line and ends within a later one.
   *
   * @param {number} at
   * @returns {Code | null}
   */
  spanAt(at) {
    const opening = openRun(this.lines[at]);
    const run = opening && this.#nextRun(at, opening.end - opening.begin);
    return run ? { ...this.#until(at, opening.end, run), begin: opening.begin } : null;
  }

  /**
   * Whether code begins within the line and ends within a later one; takes nothing.
   *
   * @param {number} at
   */
  hasSpanAt(at) {
    const opening = openRun(this.lines[at]);
    return Boolean(opening && this.#nextRun(at, opening.end - opening.begin));
  }

  /**
   * @param {number} at
   * @param {number} size
   */
  #nextRun(at, size) {
    this.#runs ??= runsBySize(this.lines);
    const runs = this.#runs.get(size) ?? [];
    while (runs.length && runs[runs.length - 1].line <= at) runs.pop();
    return runs.at(-1);
  }

  /**
   * The code up to a run; the line that it ends in is left with what follows there.
   *
   * @param {number} at
   * @param {number} begin
   * @param {Run} run
   */
  #until(at, begin, run) {
    const first = this.lines[at].slice(begin);
    const last = this.lines[run.line];
    const parts = [first, ...this.lines.slice(at + 1, run.line), last.slice(0, run.begin)];
    const text = (isBlank(first) ? parts.slice(1) : parts).join("\n").replace(/\n$/, "");
    this.lines[run.line] = last.slice(run.end);
    return code("", text, run.line);
  }
}

/**
 * @param {string} language
 * @param {string} text
 * @param {number} next
 * @returns {Code}
 */
function code(language, text, next) {
  return { node: { type: "code-block", language, text }, begin: 0, next };
}

/**
 * By line: the longest fence that ends it or a later one.
 *
 * @param {string[]} lines
 * @param {string} mark
 */
function longestEnds(lines, mark) {
  const sizes = lines.map((line) => closingSize(line, mark));
  for (let at = sizes.length - 2; at >= 0; at -= 1) sizes[at] = Math.max(sizes[at], sizes[at + 1]);
  return sizes;
}

/**
 * The size of the fence that ends the line: of tildes alone on it, of backticks behind text, too.
 *
 * @param {string} line
 * @param {string} mark
 */
function closingSize(line, mark) {
  if (mark === "~") return CLOSING_TILDES.exec(line)?.[1].length ?? 0;
  const text = withoutFence(line, mark);
  return text.includes("```") ? 0 : trimmedEnd(line, " \t").length - text.length;
}

/**
 * @param {string} line
 * @param {string} mark
 */
function withoutFence(line, mark) {
  return trimmedEnd(trimmedEnd(line, " \t"), mark);
}

/**
 * The line without such characters at its end.
 *
 * @param {string} line
 * @param {string} characters
 */
function trimmedEnd(line, characters) {
  let end = line.length;
  while (end > 0 && characters.includes(line[end - 1])) end -= 1;
  return line.slice(0, end);
}

/**
 * The code of a line that is nothing else: three backticks at its beginning and its end.
 *
 * @param {RegExpExecArray} found
 */
function oneLine(found) {
  const [, , fence, behind] = found;
  const rest = trimmedEnd(behind, " \t");
  const text = rest.slice(0, -fence.length);
  if (fence[0] === "~" || !rest.endsWith(fence) || text.includes("`") || isBlank(text)) return null;
  return text;
}

/**
 * The language that the text on a fence's line names; else that text is code.
 *
 * @param {string} rest
 */
function info(rest) {
  const text = trimmedEnd(rest, " \t").replace(/^[ \t]+/, "");
  if (!text || ATTRIBUTES.test(text)) return { language: "", first: [] };
  const found = INFO.exec(text);
  return found ? { language: found[1], first: [] } : { language: "", first: [rest] };
}

/**
 * The line without the white space that stands before its fence.
 *
 * @param {string} line
 * @param {number} indent
 */
function without(line, indent) {
  let at = 0;
  while (at < indent && (line[at] === " " || line[at] === "\t")) at += 1;
  return line.slice(at);
}

/**
 * The runs of three and more backticks, by their size; the next one stands last.
 *
 * @param {string[]} lines
 * @returns {Map<number, Run[]>}
 */
function runsBySize(lines) {
  const runs = new Map();
  for (let line = lines.length - 1; line >= 0; line -= 1) {
    for (const found of [...lines[line].matchAll(/`{3,}/g)].reverse()) {
      const size = found[0].length;
      if (!runs.has(size)) runs.set(size, []);
      runs.get(size).push({ line, begin: found.index, end: found.index + size });
    }
  }
  return runs;
}

/**
 * Where a run of three and more backticks is that its line does not close.
 *
 * @param {string} line
 */
function openRun(line) {
  if (!line.includes("```")) return null;
  const closings = new Map();
  for (const run of [...line.matchAll(/`+/g)].reverse()) {
    const size = run[0].length;
    if (!closings.has(size)) closings.set(size, []);
    closings.get(size).push(run.index);
  }
  CODE_OR_ESCAPE.lastIndex = 0;
  for (let found = CODE_OR_ESCAPE.exec(line); found; found = CODE_OR_ESCAPE.exec(line)) {
    if (found[0][0] === "\\") continue;
    const size = found[0].length;
    const end = found.index + size;
    const same = closings.get(size) ?? [];
    while (same.length && same[same.length - 1] < end) same.pop();
    if (same.length) CODE_OR_ESCAPE.lastIndex = same[same.length - 1] + size;
    else if (size >= MIN_FENCE) return { begin: found.index, end };
  }
  return null;
}
