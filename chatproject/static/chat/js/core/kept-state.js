// The state as it was last seen, kept in the browser: a page that comes out of the cache, since there
// is no network, shows it at once. Each conversation is kept with the rev up to which it is known, so
// that the changes since are fetched as after any other gap.

import { logger } from "./logger.js";

const PAUSE_MS = 300; // several changes are stored at once
const MAX_CONVERSATIONS = 200; // the others are loaded with the inbox
const MAX_MESSAGES = 60; // of a timeline
const KEY = "state";
/** @type {Chat.Topic[]} */
const TOPICS = ["inbox", "timeline", "people"];

export class StateKeeper {
  /**
   * @param {{session: Chat.Session, storage: Chat.RecordStorage, asOf: number, timers?: Chat.Timers, now?: () => number}} options
   * `asOf`: when what the session began with was new, in milliseconds by the server's clock; `now`:
   * milliseconds since then, never more, so that the next page of the server counts as newer
   */
  constructor({ session, storage, asOf, timers = globalThis, now = sinceNow() }) {
    this.session = session;
    this.storage = storage;
    this.began = asOf;
    this.asOf = asOf;
    this.now = now;
    this.timers = timers;
    /** @type {any} */
    this.timer = undefined;
  }

  /** Stores the state a moment after each change from now on. */
  start() {
    this.session.store.subscribe((topic) => {
      if (TOPICS.includes(topic)) this.timer ??= this.timers.setTimeout(() => this.save(), PAUSE_MS);
    });
  }

  /** Stores it now, as where the page may be going. */
  async save() {
    this.timers.clearTimeout(this.timer);
    this.timer = undefined;
    // While connected it is as new as a page would be that the server made now.
    if (this.session.connection.state === "online") this.asOf = this.began + this.now();
    try {
      await this.storage.put({ key: KEY, asOf: this.asOf, ...stateOf(this.session) });
    } catch (error) {
      logger.unsupported("The storage of the state", error);
    }
  }
}

/** A clock that begins now: the page was made before. */
function sinceNow() {
  const began = performance.now();
  return () => performance.now() - began;
}

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

/**
 * All of one moment, so that revs and messages fit to each other.
 *
 * @param {Chat.Session} session
 * @returns {Omit<Chat.KeptState, "key" | "asOf">}
 */
function stateOf({ store, revs, timelines }) {
  const shown = store.inbox().slice(0, MAX_CONVERSATIONS);
  const open = timelines.openId ? store.conversations.get(timelines.openId) : null;
  const conversations = open && !shown.includes(open) ? [...shown, open] : shown;
  return {
    conversations: conversations.map((fields) => ({ id: fields.id, rev: revs.rev(fields.id), fields })),
    timelines: timelines.recent.flatMap((id) => {
      const timeline = store.timeline(id);
      if (!timeline || timeline.hasNewer) return [];
      const messages = timeline.messages.slice(-MAX_MESSAGES);
      return [{ id, messages, hasOlder: timeline.hasOlder || messages.length < timeline.messages.length }];
    }),
    people: [...store.people.values()],
    avatars: [...store.avatars],
    hidden: [...store.hidden],
  };
}
