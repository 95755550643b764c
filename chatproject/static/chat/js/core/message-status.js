// The status of own messages, shown as ticks: sent, delivered, read.

/** @type {Record<string, number>} */
const RANKS = { sent: 0, delivered: 1, read: 2 };

/**
 * The status after all the others have it (`kind`) up to a seq; it never goes back.
 *
 * @param {Chat.OwnMessage} message
 * @param {string} userId
 * @param {string} kind
 * @param {number} upToSeq
 */
export function statusAfter(message, userId, kind, upToSeq) {
  if (message.senderId !== userId || message.seq > upToSeq || message.kind === "system") {
    return message.status;
  }
  return RANKS[kind] > RANKS[message.status ?? "sent"] ? kind : message.status;
}
