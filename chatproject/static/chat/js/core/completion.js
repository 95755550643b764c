// Completion: the word before the cursor that asks for a name or an emoji.

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
