// What stands in the composer and what is sent of it: people are named there, and called by id in
// the message; and the word before the cursor that asks for completion.

const MENTION = /<@([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})>/gi;

/** The message's text as one edits it, and who is named in it, as a Map of name → id. */
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

/** The edited text as it is sent; the longest name wins where one begins another. */
export function toContent(text, names) {
  let content = text;
  const byLength = [...names].sort(([one], [other]) => other.length - one.length);
  for (const [name, id] of byLength) {
    const pattern = new RegExp(`@${escapeForPattern(name)}(?![\\p{L}\\p{N}_])`, "gu");
    content = content.replace(pattern, `<@${id}>`);
  }
  return content.trim();
}

/** {kind: mention|emoji, query, start, end} for the word at the cursor, or null. */
export function completionAt(text, cursor) {
  const before = text.slice(0, cursor);
  const mention = /(?:^|[\s(])@([\p{L}\p{N}_.'-]*(?: [\p{L}\p{N}_.'-]+)?)$/u.exec(before);
  if (mention) return found("mention", mention[1], cursor);
  const emoji = /(?:^|[\s(])(?<!:):([a-z0-9_+-]{2,})$/i.exec(before);
  return emoji ? found("emoji", emoji[1], cursor) : null;
}

function found(kind, query, cursor) {
  return { kind, query, start: cursor - query.length - 1, end: cursor };
}

/** The text with the completion in the place of the word; and where the cursor goes. */
export function complete(text, { start, end }, insert) {
  const gap = text[end] === " " ? "" : " ";
  return { text: text.slice(0, start) + insert + gap + text.slice(end), cursor: start + insert.length + 1 };
}

function escapeForPattern(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
