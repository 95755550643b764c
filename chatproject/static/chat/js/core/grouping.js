// The rows of a timeline: day separators, the line before what is new, and messages in groups of
// one person within five minutes.

export const GROUP_MS = 5 * 60 * 1000;

/**
 * Rows of kind day, new, system and message, each with a `key`. `messages` ascend by seq; pending
 * entries of the outbox come after them. `firstNewSeq` is where the line stands, or null.
 */
export function rowsOf(messages, pending, { firstNewSeq = null, dayOf = localDay } = {}) {
  const rows = [];
  let day = null;
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
    const row = { kind: "message", key: keyOf(message), message, isFirst: true, isLast: true };
    if (group && belongs(group.message, message)) {
      row.isFirst = false;
      group.isLast = false;
    }
    rows.push(row);
    group = row;
  }
  return rows;
}

/** A message keeps its row when the server's copy takes the place of the pending one. */
export function keyOf(message) {
  return message.clientId ?? message.id;
}

function belongs(before, message) {
  if (before.senderId !== message.senderId) return false;
  return Date.parse(message.createdAt) - Date.parse(before.createdAt) < GROUP_MS;
}

/** A day in the person's time zone, as text that is the same for all of its moments. */
export function localDay(moment) {
  const date = new Date(moment);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}
