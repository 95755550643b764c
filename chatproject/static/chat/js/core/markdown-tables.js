// Tables: the cells of a line, and what the line below the head says of the columns.

const MAX_COLUMNS = 20;
const RULE = /^(:?)-+(:?)$/;

/**
 * The alignments of the columns where `rule` makes `head` the head of a table.
 *
 * @param {string} head
 * @param {string} rule
 * @returns {(string | null)[] | null}
 */
export function columnsOf(head, rule) {
  if (!head.includes("|") || !rule.includes("|") || !/^[ \t]*[|:-]/.test(rule)) return null;
  const marks = cellsOf(rule).map((cell) => RULE.exec(cell));
  if (marks.length > MAX_COLUMNS || marks.length !== cellsOf(head).length) return null;
  const columns = [];
  for (const mark of marks) {
    if (!mark) return null;
    columns.push(mark[1] ? (mark[2] ? "center" : "left") : mark[2] ? "right" : null);
  }
  return columns;
}

/**
 * What stands between the upright lines; one behind a backslash belongs to its cell.
 *
 * @param {string} line
 */
export function cellsOf(line) {
  const cells = [""];
  let isEscaped = false;
  for (const character of trimmed(line)) {
    if (character === "|" && !isEscaped) cells.push("");
    else if (character === "|") cells.push(`${cells.pop()?.slice(0, -1)}|`);
    else cells.push(cells.pop() + character);
    isEscaped = character === "\\" && !isEscaped;
  }
  if (cells.length > 1 && !cells[0]) cells.shift();
  if (cells.length > 1 && !cells.at(-1)) cells.pop();
  return cells.map(trimmed);
}

/** @param {string} text without the spaces and tabs around it */
function trimmed(text) {
  let begin = 0;
  let end = text.length;
  while (begin < end && isSpace(text[begin])) begin += 1;
  while (end > begin && isSpace(text[end - 1])) end -= 1;
  return text.slice(begin, end);
}

/** @param {string} character */
function isSpace(character) {
  return character === " " || character === "\t";
}
