// Grouping: the rows of a timeline. Day separators, the line of new messages, and messages in groups
// of one person within five minutes, in which replies to one message quote it once. tests/vectors/grouping.json has the rules.

export const GROUP_MS = 5 * 60 * 1000;

/**
 * Rows of kind day, new, system and message, each with a `key`. `messages` ascend by seq; pending
 * entries of the outbox come after them. `firstNewSeq` is where the line stands, or null. Where older
 * messages are still to be loaded (`hasOlder`), the oldest one stays hidden until they are: how high
 * its row is depends on the message before it, and a row that changes moves what one reads below it.
 *
 * @param {Chat.OwnMessage[]} messages
 * @param {Chat.PendingMessage[]} pending
 * @param {{firstNewSeq?: number | null, hasOlder?: boolean, dayOf?: (moment: string) => string}} [options]
 * @returns {Chat.Row[]}
 */
export function rowsOf(messages, pending, { firstNewSeq = null, hasOlder = false, dayOf = localDay } = {}) {
  const rows = rowsOfAll(messages, pending, firstNewSeq, dayOf);
  if (!hasOlder || messages.length < 2 || messages[0].seq === firstNewSeq) return rows;
  const oldest = rows.findIndex((row) => "message" in row);
  return rows.slice(oldest + 1);
}

/**
 * @param {Chat.OwnMessage[]} messages
 * @param {Chat.PendingMessage[]} pending
 * @param {number | null} firstNewSeq
 * @param {(moment: string) => string} dayOf
 */
function rowsOfAll(messages, pending, firstNewSeq, dayOf) {
  /** @type {Chat.Row[]} */
  const rows = [];
  /** @type {string | null} */
  let day = null;
  /** @type {Chat.MessageRow | null} */
  let group = null;
  for (const message of [...messages, ...pending]) {
    const date = dayOf(message.createdAt);
    if (date !== day) {
      rows.push({ kind: "day", key: `day-${date}`, at: message.createdAt });
      day = date;
      group = null;
    }
    if (firstNewSeq !== null && message.seq === firstNewSeq) {
      rows.push({ kind: "new", key: "new" });
      group = null;
    }
    if (message.kind === "system") {
      rows.push({ kind: "system", key: keyOf(message), message });
      group = null;
      continue;
    }
    /** @type {Chat.MessageRow} */
    const row = { kind: "message", key: keyOf(message), message, isFirst: true, isLast: true };
    if (group && belongs(group.message, message)) {
      row.isFirst = false;
      if (message.replyToSeq && message.replyToSeq === group.message.replyToSeq) row.repeatsReply = true;
      group.isLast = false;
    }
    rows.push(row);
    group = row;
  }
  return rows;
}

/**
 * A message keeps its row when the server's copy takes the place of the pending one.
 *
 * @param {Chat.ShownMessage} message
 */
export function keyOf(message) {
  return message.clientId ?? message.id;
}

/**
 * @param {Chat.ShownMessage} before
 * @param {Chat.ShownMessage} message
 */
function belongs(before, message) {
  if (before.senderId !== message.senderId || before.meta?.author?.name !== message.meta?.author?.name) return false;
  return Date.parse(message.createdAt) - Date.parse(before.createdAt) < GROUP_MS;
}

/**
 * A day in the person's time zone, as text that is the same for all of its moments.
 *
 * @param {string | number} moment
 */
export function localDay(moment) {
  const date = new Date(moment);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}
