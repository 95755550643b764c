// Lists of loaded messages: merging pages and events, and what there is beyond a page.

/** @param {{previous: string | null, next: string | null}} page */
export function edges(page) {
  return { hasOlder: page.previous !== null, hasNewer: page.next !== null };
}

/**
 * Both in the order of seq; of the same message the one of the higher rev.
 *
 * @param {Chat.OwnMessage[]} messages
 * @param {Chat.OwnMessage[]} given
 */
export function merge(messages, given) {
  const bySeq = new Map(messages.map((message) => [message.seq, message]));
  let isAppended = true;
  let last = messages.at(-1)?.seq ?? 0;
  for (const message of given) {
    const known = bySeq.get(message.seq);
    if (known && known.rev > message.rev) continue;
    if (!known && message.seq < last) isAppended = false;
    last = Math.max(last, message.seq);
    bySeq.set(message.seq, message);
  }
  const merged = [...bySeq.values()];
  return isAppended ? merged : merged.sort((one, other) => one.seq - other.seq);
}
