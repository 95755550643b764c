// The wire: converts between its names and those of the page, where they differ.

/**
 * A conversation as the page keeps it: its `title` is called `name` on the wire.
 *
 * @param {Chat.WireConversation} given
 * @returns {Chat.Conversation}
 */
export function conversationFromWire(given) {
  const { name, ...rest } = given;
  return name === undefined ? rest : { ...rest, title: name };
}

/**
 * Fields of a conversation as the API takes them.
 *
 * @template {{title?: string}} Fields
 * @param {Fields} fields
 */
export function conversationToWire(fields) {
  const { title, ...rest } = fields;
  return title === undefined ? rest : { ...rest, name: title };
}
