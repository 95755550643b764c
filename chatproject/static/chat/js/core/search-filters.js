// Search filters: those that the server knows, chips of them, and the one that is being typed.

export const FILTERS = ["from", "in", "with", "before", "after", "on", "has", "is"];
export const HAS = ["file", "image", "link", "reaction"];
export const IS = ["mine", "unread", "pinned", "reply"];

const NAMES = FILTERS.join("|");
const VALUE = new RegExp(`(?:^|\\s)((-?)(${NAMES}):(?:"([^"]*)|([^\\s"]*)))$`, "i");
const WORD = /(?:^|\s)((-?)(\p{L}+))$/u;
const TYPED = new RegExp(`(?:^|\\s)-?(?:${NAMES}):[^\\s]`, "i");
const DAY = /^\d{4}(-\d{2}){0,2}$/;

/**
 * The filter, or the word that may become one, that ends at the cursor.
 *
 * @param {string} text
 * @param {number} cursor
 * @returns {Chat.FilterCompletion | null}
 */
export function filterAt(text, cursor) {
  const before = text.slice(0, cursor);
  const value = VALUE.exec(before);
  if (value) {
    const query = value[4] ?? value[5];
    return { name: value[3].toLowerCase(), query, isNegated: Boolean(value[2]), start: cursor - value[1].length, end: cursor };
  }
  const word = WORD.exec(before);
  if (!word) return null;
  return { name: null, query: word[3], isNegated: Boolean(word[2]), start: cursor - word[1].length, end: cursor };
}

/**
 * Whether a value needs no choice among suggestions, so that it can be searched for as it stands.
 *
 * @param {string | null} name
 * @param {string} value
 */
export function isComplete(name, value) {
  const text = value.toLowerCase();
  if (name === "has") return HAS.includes(text);
  if (name === "is") return IS.includes(text);
  if (name === "before" || name === "after" || name === "on") return DAY.test(text) || text === "today" || text === "yesterday";
  return text === "@me";
}

/** Whether a text has a filter in it. @param {string} text */
export function hasFilter(text) {
  return TYPED.test(text);
}

/**
 * The text without a filter that was typed into it.
 *
 * @param {string} text
 * @param {string} source
 */
export function withoutFilter(text, source) {
  return text.replace(source, "").replace(/\s+/g, " ").trim();
}

/**
 * A query as the parameters of the API; values of the same filter come together.
 *
 * @param {Chat.SearchQuery} query
 * @returns {Record<string, string | string[]>}
 */
export function toParameters({ text, filters }) {
  /** @type {Record<string, string[]>} */
  const values = {};
  for (const { name, value, isNegated } of filters) (values[name] ??= []).push(isNegated ? `-${value}` : value);
  return { q: text, ...values };
}

/** @param {Chat.SearchQuery} one @param {Chat.SearchQuery} other */
export function isSameQuery(one, other) {
  return JSON.stringify(toParameters(one)) === JSON.stringify(toParameters(other));
}

/** @param {Chat.SearchQuery} query */
export function isEmptyQuery({ text, filters }) {
  return !text.trim() && !filters.length;
}
