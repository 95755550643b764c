// Group status: loads the status of own messages in a group, which depends on all members' receipts.

import { logger } from "./logger.js";

const GATHER_MS = 700; // receipts are gathered so long before the status is asked for
const MAX_MESSAGES = 200;

export class GroupStatusLoader {
  /** @param {{rest: Chat.Rest, store: Chat.Store, timers?: Chat.Timers}} options */
  constructor({ rest, store, timers = globalThis }) {
    this.rest = rest;
    this.store = store;
    this.timers = timers;
    /** @type {Set<string>} */
    this.scheduled = new Set();
  }

  /**
   * Loads the status of own messages up to `upToSeq` soon, since somebody's receipt reached it.
   *
   * @param {string} id
   * @param {number} upToSeq
   */
  loadSoon(id, upToSeq) {
    const unconfirmed = this.store.messages(id).filter(
      (each) => each.mine && each.kind !== "system" && each.status !== "read" && each.seq <= upToSeq,
    );
    if (!unconfirmed.length || this.scheduled.has(id)) return;
    this.scheduled.add(id);
    const [first, last] = [unconfirmed[0].seq, unconfirmed[unconfirmed.length - 1].seq];
    this.timers.setTimeout(() => {
      this.scheduled.delete(id);
      this.#load(id, { after: first - 1, limit: Math.min(MAX_MESSAGES, last - first + 1) });
    }, GATHER_MS);
  }

  /**
   * @param {string} id
   * @param {{after: number, limit: number}} range
   */
  async #load(id, range) {
    try {
      const page = await this.rest.get(["conversations", id, "messages"], range);
      for (const message of page.results) this.store.putMessage(message);
    } catch (error) {
      logger.failure("Loading the status of messages", error); // the next receipt asks again
    }
  }
}
