// The ticks of one's own messages: sent, delivered, read.

const RANKS = { sent: 0, delivered: 1, read: 2 };

/** The status after all the others have it (`kind`) up to a seq; it never goes back. */
export function statusAfter(message, userId, kind, upToSeq) {
  if (message.senderId !== userId || message.seq > upToSeq || message.kind === "system") {
    return message.status;
  }
  return RANKS[kind] > RANKS[message.status ?? "sent"] ? kind : message.status;
}
