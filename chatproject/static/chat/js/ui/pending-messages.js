// Messages in the outbox, in the shape of the server's, so that the timeline shows both alike.

import { context } from "./context.js";

/** @type {WeakMap<Chat.OutboxEntry, Chat.PendingMessage>} */
const SHAPES = new WeakMap();

/**
 * The unconfirmed messages of a conversation; the same objects as long as the entries are the same.
 *
 * @param {string} conversationId
 */
export function pendingMessages(conversationId) {
  return context.session.outbox.of(conversationId).map(asMessage);
}

/**
 * @param {Chat.OutboxEntry} entry
 * @returns {Chat.PendingMessage}
 */
function asMessage(entry) {
  let shape = SHAPES.get(entry);
  if (!shape) {
    shape = {
      ...entry, id: entry.clientId, seq: null, senderId: context.store.me.id, mine: true, kind: "text",
      reactions: [], myReactions: [], status: entry.state, isPending: true,
      editedAt: null, deletedAt: null, pinnedAt: null, meta: null, poll: null,
    };
    SHAPES.set(entry, shape);
  }
  return shape;
}
