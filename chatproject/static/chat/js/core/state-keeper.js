// Keeps the last state in the browser, for a page from the cache; kept-state.js restores it.

import { KEY } from "./kept-state.js";
import { logger } from "./logger.js";

const PAUSE_MS = 300; // several changes are stored at once
const MAX_CONVERSATIONS = 200; // the others are loaded with the inbox
const MAX_MESSAGES = 60; // of a timeline
/** @type {Chat.Topic[]} */
const TOPICS = ["inbox", "timeline", "people"];

export class StateKeeper {
  /**
   * @param {{session: Chat.Session, storage: Chat.RecordStorage, asOf: number, since?: number, timers?: Chat.Timers, now?: () => number}} options
   * `asOf`: when what the session began with was new, in milliseconds by the server's clock; `since`:
   * the browser's `performance.now()` not before that; `now`: milliseconds since then, never more, so
   * that the next page of the server counts as newer
   */
  constructor({ session, storage, asOf, since = performance.now(), timers = globalThis, now = () => performance.now() - since }) {
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
