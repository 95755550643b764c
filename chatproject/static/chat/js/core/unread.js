// Unread: what counts, in one conversation and in all, what mentions the person, and what notifies.
// tests/vectors/unread.json and mentions.json hold the server and the page to the same rules.

import { calledBy } from "./mentions.js";

/**
 * Whether a message of others makes a conversation unread.
 *
 * @param {Chat.Message} message
 * @param {string} userId
 */
export function countsAsUnread(message, userId) {
  return message.senderId !== userId && message.kind !== "system" && !message.deletedAt && !staysInThread(message);
}

/**
 * Whether a message is a reply that its thread shows, and not the timeline.
 *
 * @param {{threadSeq: number | null, alsoToConversation: boolean}} message
 */
export function staysInThread(message) {
  return Boolean(message.threadSeq) && !message.alsoToConversation;
}

/**
 * Whether the text calls the person, by `<@id>` or `@all`; what stands in code, or was forwarded, calls nobody.
 *
 * @param {Chat.Message} message
 * @param {string} userId
 */
export function mentionsUser(message, userId) {
  const { people, everybody } = calledBy(message);
  return everybody || people.has(userId);
}

/**
 * What one message adds to the counts of who has not read it.
 *
 * @param {Chat.Message} message
 * @param {string} userId
 */
export function unreadOf(message, userId) {
  const unread = countsAsUnread(message, userId) ? 1 : 0;
  return { unread, unreadMentions: unread && mentionsUser(message, userId) ? 1 : 0 };
}

/**
 * What is unread after a message behind the pointer was edited, deleted or (null) hidden. Nothing
 * changes where the message was not known before.
 *
 * @param {Chat.Conversation} conversation
 * @param {Chat.Message | null} before
 * @param {Chat.Message | null} after
 * @param {string} userId
 * @returns {Partial<Chat.Conversation>}
 */
export function recount(conversation, before, after, userId) {
  const isStale = after !== null && before !== null && after.rev <= before.rev;
  if (!before || isStale || before.seq <= conversation.lastReadSeq) return {};
  const was = unreadOf(before, userId);
  const is = after ? unreadOf(after, userId) : { unread: 0, unreadMentions: 0 };
  const unreadMentions = Math.max(0, conversation.unreadMentions + is.unreadMentions - was.unreadMentions);
  return {
    unread: Math.max(0, conversation.unread + is.unread - was.unread), unreadMentions, mentioned: unreadMentions > 0,
  };
}

/**
 * The first unread message among those loaded; null when there is none.
 *
 * @param {Chat.OwnMessage[]} messages
 * @param {number} lastReadSeq
 * @param {string} userId
 */
export function firstUnreadSeq(messages, lastReadSeq, userId) {
  const found = messages.find((message) => message.seq > lastReadSeq && countsAsUnread(message, userId));
  return found?.seq ?? null;
}

/**
 * How many stay unread when the pointer moves to `seq`, by what is loaded of the timeline.
 *
 * @param {Chat.Conversation} conversation
 * @param {Chat.OwnMessage[]} messages
 * @param {number} seq
 * @param {string} userId
 */
export function unreadAfter(conversation, messages, seq, userId) {
  if (seq >= conversation.headSeq) return { unread: 0, unreadMentions: 0 };
  const passed = messages.filter(
    (each) => each.seq > conversation.lastReadSeq && each.seq <= seq && countsAsUnread(each, userId),
  );
  const called = passed.filter((message) => mentionsUser(message, userId));
  return {
    unread: Math.max(0, conversation.unread - passed.length),
    unreadMentions: Math.max(0, conversation.unreadMentions - called.length),
  };
}

/** @param {Chat.Conversation} conversation */
export function isMuted(conversation, now = Date.now()) {
  return conversation.mutedUntil !== null && Date.parse(conversation.mutedUntil) > now;
}

/**
 * Whether a message notifies: not an own one, not muted unless `notify` says otherwise; a reply that
 * stays in its thread only who follows it or is mentioned.
 *
 * @param {Chat.Conversation} conversation
 * @param {Chat.Message} message
 * @param {string} userId
 */
export function shouldNotify(conversation, message, userId, now = Date.now(), isFollowed = false) {
  const isForPerson = staysInThread(message) ? isFollowed || mentionsUser(message, userId) : countsAsUnread(message, userId);
  if (!isForPerson || message.senderId === userId || isMuted(conversation, now)) return false;
  if (conversation.notify === "none") return false;
  return conversation.notify !== "mentions" || mentionsUser(message, userId);
}

/**
 * Of all conversations that are not muted: how many messages, how many of them call one.
 *
 * @param {Iterable<Chat.Conversation>} conversations
 */
export function totals(conversations, now = Date.now()) {
  const total = { unread: 0, unreadMentions: 0 };
  for (const each of conversations) {
    if (each.leftAt || each.archivedAt) continue;
    total.unreadMentions += each.unreadMentions;
    if (!isMuted(each, now)) total.unread += each.unread || (each.unreadMark ? 1 : 0);
  }
  return total;
}

/** @param {number} count */
export function badge(count) {
  return count > 99 ? "99+" : String(count);
}
