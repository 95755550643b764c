// Formatting in the composer: what a key or a button changes in the text around the selection.

/** @typedef {{text: string, start: number, end: number}} Formatted text and selection */

/** @type {Record<string, string>} */
const SIGNS = { bold: "**", italic: "_", strike: "~~", code: "`" };
const ITEM = /^([^\S\n]*)(?:([-*+])|(\d{1,9})([.)])|(>))([^\S\n]+)/;

/**
 * @param {string} name of the format: bold, italic, strike, code, fence, bullets, numbers, quote, link, newline
 * @param {string} text
 * @param {number} start of the selection
 * @param {number} end
 * @returns {Formatted}
 */
export function formatted(name, text, start, end) {
  if (SIGNS[name]) return wrapped(text, start, end, SIGNS[name]);
  switch (name) {
    case "fence":
      return fenced(text, start, end);
    case "link":
      return linked(text, start, end);
    case "newline":
      return continued(text, start, end);
    default:
      return prefixed(text, start, end, name);
  }
}

/**
 * Puts signs around the selection, or takes them off where they are.
 *
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @param {string} sign
 * @returns {Formatted}
 */
function wrapped(text, start, end, sign) {
  const { length } = sign;
  const inside = text.slice(start, end);
  if (text.slice(start - length, start) === sign && text.slice(end, end + length) === sign) {
    return { text: text.slice(0, start - length) + inside + text.slice(end + length), start: start - length, end: end - length };
  }
  // White space at the ends stays outside, where Markdown wants it.
  const before = inside.length - inside.trimStart().length;
  const after = inside.trim() ? inside.length - inside.trimEnd().length : 0;
  const [from, to] = inside.trim() ? [start + before, end - after] : [start, end];
  return {
    text: text.slice(0, from) + sign + text.slice(from, to) + sign + text.slice(to),
    start: from + length,
    end: to + length,
  };
}

/**
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @returns {Formatted}
 */
function fenced(text, start, end) {
  const lead = start > 0 && text[start - 1] !== "\n" ? "\n" : "";
  const tail = end < text.length && text[end] !== "\n" ? "\n" : "";
  const open = `${lead}\`\`\`\n`;
  return {
    text: `${text.slice(0, start)}${open}${text.slice(start, end)}\n\`\`\`${tail}${text.slice(end)}`,
    start: start + open.length,
    end: end + open.length,
  };
}

/**
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @returns {Formatted}
 */
function linked(text, start, end) {
  const label = text.slice(start, end);
  const at = start + label.length + 3; // in the parentheses
  return { text: `${text.slice(0, start)}[${label}](https://)${text.slice(end)}`, start: at, end: at + "https://".length };
}

/**
 * Makes each line of the selection an item or a quotation.
 *
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @param {string} name
 * @returns {Formatted}
 */
function prefixed(text, start, end, name) {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const lines = text.slice(from, end).split("\n");
  const marked = lines.map((line, at) => ({ bullets: "- ", numbers: `${at + 1}. `, quote: "> " }[name] ?? "") + line).join("\n");
  return { text: text.slice(0, from) + marked + text.slice(end), start: from + marked.length, end: from + marked.length };
}

/**
 * A new line, which goes on with the list or quotation that it is in; an empty item ends it.
 *
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @returns {Formatted}
 */
function continued(text, start, end) {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const item = ITEM.exec(text.slice(from, start));
  if (item && item[0].length === start - from) {
    return { text: text.slice(0, from) + text.slice(end), start: from, end: from };
  }
  const insert = `\n${item ? nextItem(item) : ""}`;
  const at = start + insert.length;
  return { text: text.slice(0, start) + insert + text.slice(end), start: at, end: at };
}

/** @param {RegExpExecArray} item */
function nextItem([, indent, bullet, number, sign, quote, gap]) {
  if (number) return `${indent}${Number(number) + 1}${sign}${gap}`;
  return `${indent}${bullet ?? quote}${gap}`;
}
