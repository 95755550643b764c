// The last state, kept in the browser: a page from the cache shows it at once when there is no
// network. Each conversation is kept with its rev, so that changes since then are fetched as after
// any gap.

import { logger } from "./logger.js";

export const KEY = "state";

/**
 * The kept state, null where there is none that is as new as the page: a page from the server is
 * newer than all that was kept before.
 *
 * @param {Chat.RecordStorage} storage
 * @param {string} madeAt
 * @returns {Promise<Chat.KeptState | null>}
 */
export async function readKept(storage, madeAt) {
  try {
    const kept = (await storage.all()).find((record) => record.key === KEY);
    return kept && kept.asOf >= Date.parse(madeAt) ? kept : null;
  } catch (error) {
    logger.unsupported("The storage of the state", error);
    return null;
  }
}

/**
 * Shows the kept state in the place of the page's own.
 *
 * @param {Chat.Session} session that has not connected yet
 * @param {Chat.KeptState} kept
 */
export function restore(session, kept) {
  const { store, revs, timelines } = session;
  for (const [id, url] of kept.avatars) store.avatars.set(id, url);
  store.addPeople(kept.people);
  for (const place of kept.hidden) store.hidden.add(place);
  for (const { id, rev, fields } of kept.conversations) {
    store.putConversation(fields);
    if (rev !== null) revs.seed(id, rev);
  }
  for (const { id, messages, hasOlder } of kept.timelines) {
    store.replaceTimeline(id, { results: messages, previous: hasOlder ? "" : null, next: null, people: [] });
    for (const { clientId } of messages) if (clientId) session.outbox.remove(clientId);
  }
  timelines.recent = kept.timelines.map(({ id }) => id);
}
