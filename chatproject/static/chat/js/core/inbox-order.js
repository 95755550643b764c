// The inbox: its order, and what a new message changes of a conversation in it.

import { isMuted, staysInThread, unreadOf } from "./unread.js";

/**
 * What a new message changes of its conversation: last message, counts, own pointer.
 *
 * @param {Chat.Conversation} conversation
 * @param {Chat.Message} given
 * @param {string} userId
 */
export function changesByNew(conversation, given, userId) {
  /** @type {Partial<Chat.Conversation>} */
  const changes = { headSeq: given.seq };
  if (given.kind !== "system" && !staysInThread(given)) {
    Object.assign(changes, { lastMessage: given, lastMessageAt: given.createdAt });
  }
  if (conversation.archivedAt && given.kind !== "system" && !isMuted(conversation)) changes.archivedAt = null;
  const own = unreadOf(given, userId);
  if (own.unread && given.seq > conversation.lastReadSeq) {
    const unreadMentions = conversation.unreadMentions + own.unreadMentions;
    Object.assign(changes, { unread: conversation.unread + 1, unreadMentions, mentioned: unreadMentions > 0 });
  } else if (given.senderId === userId && conversation.lastReadSeq >= given.seq - 1) {
    changes.lastReadSeq = given.seq;
  }
  return changes;
}

/**
 * Pinned ones first, then by the last message.
 *
 * @param {Chat.Conversation} one
 * @param {Chat.Conversation} other
 */
export function inInboxOrder(one, other) {
  if (Boolean(one.pinnedAt) !== Boolean(other.pinnedAt)) return one.pinnedAt ? -1 : 1;
  if (one.pinnedAt && one.pinnedAt !== other.pinnedAt) return one.pinnedAt < (other.pinnedAt ?? "") ? 1 : -1;
  const a = one.lastMessageAt ?? one.createdAt;
  const b = other.lastMessageAt ?? other.createdAt;
  if (a !== b) return a < b ? 1 : -1;
  return one.id < other.id ? -1 : 1;
}
