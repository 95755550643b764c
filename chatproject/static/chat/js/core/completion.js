// Completion: the word before the cursor that asks for a name or an emoji.

/**
 * The completion that the word at the cursor asks for, or null.
 *
 * @param {string} text
 * @param {number} cursor
 */
export function completionAt(text, cursor) {
  const before = text.slice(0, cursor);
  const mention = /(?:^|[\s(])@([\p{L}\p{N}_.'-]*(?: [\p{L}\p{N}_.'-]+)?)$/u.exec(before);
  if (mention) return found("mention", mention[1], cursor);
  const emoji = /(?:^|[\s(])(?<!:):([a-z0-9_+-]{2,})$/i.exec(before);
  return emoji ? found("emoji", emoji[1], cursor) : null;
}

/**
 * @param {"mention" | "emoji"} kind
 * @param {string} query
 * @param {number} cursor
 * @returns {Chat.Completion}
 */
function found(kind, query, cursor) {
  return { kind, query, start: cursor - query.length - 1, end: cursor };
}

/**
 * The text with the completion in the place of the word; and where the cursor goes.
 *
 * @param {string} text
 * @param {{start: number, end: number}} range
 * @param {string} insert
 */
export function complete(text, { start, end }, insert) {
  const gap = text[end] === " " ? "" : " ";
  return { text: text.slice(0, start) + insert + gap + text.slice(end), cursor: start + insert.length + 1 };
}
