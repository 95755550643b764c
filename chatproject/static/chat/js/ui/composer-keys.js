// Keys in the composer's field: which of them formats, goes on with a list or with code, sends, or
// leads to another message. Known at once, before the part that formats is loaded.

const IME = 229; // the `keyCode` of a key that an input method takes; Safari sets no `isComposing` on Enter

/** @type {Record<string, string>} */
const FORMATS = { b: "bold", i: "italic", e: "code", "shift x": "strike" };

/** @param {KeyboardEvent} event */
export function isOfInputMethod(event) {
  return event.isComposing || event.keyCode === IME;
}

/**
 * The format that a key stands for, see core/formatting.js.
 *
 * @param {KeyboardEvent} event
 */
export function formatOf(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return undefined;
  return FORMATS[`${event.shiftKey ? "shift " : ""}${event.key.toLowerCase()}`];
}

/**
 * Whether the cursor is in code that three backticks begin and none end yet.
 *
 * @param {string} text
 * @param {number} cursor
 */
export function isInFence(text, cursor) {
  return (text.slice(0, cursor).match(/^```/gm)?.length ?? 0) % 2 === 1;
}

/**
 * Whether the line that ends at the cursor is an item of a list or a quotation.
 *
 * @param {string} text
 * @param {number} cursor
 */
export function isInList(text, cursor) {
  return /(?:^|\n)[^\S\n]*(?:[-*+>]|\d{1,9}[.)])[^\S\n][^\n]*$/.test(text.slice(0, cursor));
}
