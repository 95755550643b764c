// Merges a known conversation with an answer that may be older in one part and newer in another: the
// shared part and the person's own state count their changes apart.

// The fields that events of the log change. The others are own state, of which any answer is newer.
/** @type {(keyof (Chat.Conversation & {history: string}))[]} */
const LOG_FIELDS = [
  "title", "topic", "pictureUrl", "kind", "history", "memberCount", "isLocked", "headSeq", "rev", "memberRev",
  "lastMessageAt", "lastMessage", "unread", "unreadMentions", "mentioned", "lastReadSeq",
];

// One's own view of a conversation, and the counts that depend on it.
const OWN_FIELDS = [
  "stateRev", "mutedUntil", "notify", "pinnedAt", "archivedAt", "unreadMark", "clearedSeq",
  "unread", "unreadMentions", "mentioned", "lastReadSeq",
];

/**
 * What is known after the answer `given`; an older part of it changes nothing.
 *
 * @param {Chat.Conversation | undefined} known
 * @param {Chat.Conversation} given
 * @returns {Chat.Conversation}
 */
export function withAnswer(known, given) {
  if (!known) return { ...given };
  const isStale = given.rev < known.rev;
  const isOldView = isOfOldView(known, given);
  return {
    ...known, ...given, ...(isStale ? pick(known, LOG_FIELDS) : {}), ...(isOldView ? pick(known, OWN_FIELDS) : {}),
  };
}

/**
 * One's own view has revs of its own: whether the answer is from before its last change.
 *
 * @param {Pick<Chat.Conversation, "joinedAt" | "stateRev">} known
 * @param {Pick<Chat.Conversation, "joinedAt" | "stateRev">} given
 */
export function isOfOldView(known, given) {
  return given.joinedAt === known.joinedAt && (given.stateRev ?? 0) < (known.stateRev ?? 0);
}

/**
 * @param {Record<string, any>} object
 * @param {string[]} names
 */
function pick(object, names) {
  return Object.fromEntries(names.map((name) => [name, object[name]]));
}
