// What the composer has to know of a text at once, before the part that formats is loaded.

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

/** Whether HTML of the clipboard says more than its text does; of cells of a table it does not. */
export const IS_RICH = /^(?![^]*<table\b)[^]*<(?:b|strong|i|em|s|del|strike|a\s[^>]*href|ul|ol|pre|code|blockquote|h[1-6])\b/i;

/** The commands that a message may begin with, but `/me`, which is sent as it is. */
export const COMMAND = /^\/(topic|invite|remove|leave|mute|remind|poll|status|shrug|shortcuts)(?:\s+([^]*))?$/;
