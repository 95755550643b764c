// Mentions in the composer: people are named there, and referred to by id in the message.

const MENTION = /<@([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})>/gi;

/**
 * The message's text as one edits it, and who is named in it, as a Map of name → id.
 *
 * @param {string} content
 * @param {(userId: string) => string} nameOf
 */
export function toEditable(content, nameOf) {
  const names = new Map();
  const text = content.replace(MENTION, (whole, id) => {
    const name = nameOf(id.toLowerCase());
    if (!name) return whole;
    names.set(name, id.toLowerCase());
    return `@${name}`;
  });
  return { text, names };
}

/**
 * The edited text as it is sent; the longest name wins where one begins another.
 *
 * @param {string} text
 * @param {Map<string, string>} names
 */
export function toContent(text, names) {
  let content = text;
  const byLength = [...names].sort(([one], [other]) => other.length - one.length);
  for (const [name, id] of byLength) {
    const pattern = new RegExp(`@${escapeForPattern(name)}(?![\\p{L}\\p{N}_])`, "gu");
    content = content.replace(pattern, `<@${id}>`);
  }
  return content.trim();
}

/** @param {string} text */
function escapeForPattern(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
