// Loads the names and pictures of people whom the store lacks, many at once.

import { runInBackground } from "./retry.js";

const MAX_IDS = 100; // the API's limit for one request
const MENTION = /<@([0-9a-f-]{36})>/gi;

export class NameLoader {
  /** @param {{rest: Chat.Rest, store: Chat.Store, timers?: Chat.Timers}} options */
  constructor({ rest, store, timers = globalThis }) {
    this.rest = rest;
    this.store = store;
    this.timers = timers;
    /** @type {Set<string>} */
    this.missing = new Set();
    this.isLoading = false;
  }

  /**
   * Loads the names of everybody whom a message shows: sender, mentions, reactions, its event.
   *
   * @param {Chat.Message} message
   */
  loadFor(message) {
    const ids = [message.senderId, message.meta?.userId, ...(message.meta?.userIds ?? [])];
    for (const [, id] of message.content.matchAll(MENTION)) ids.push(id.toLowerCase());
    for (const reaction of message.reactions) ids.push(...reaction.userIds);
    this.load(ids);
  }

  /** @param {Iterable<string | null | undefined>} ids */
  load(ids) {
    for (const id of ids) if (id && !this.store.people.has(id)) this.#want(id);
  }

  /** @param {string} id */
  #want(id) {
    this.missing.add(id);
    if (this.isLoading) return;
    this.isLoading = true;
    // In a microtask, so that the events of one frame make one request.
    queueMicrotask(() => {
      runInBackground("Loading names", () => this.#loadMissing(), { timers: this.timers }).then(() => {
        this.isLoading = false;
      });
    });
  }

  async #loadMissing() {
    while (this.missing.size) {
      const ids = [...this.missing].slice(0, MAX_IDS);
      try {
        const found = await this.rest.get(["users"], { ids: ids.join(",") });
        this.store.addPeople(found.results);
        for (const id of ids) if (!this.store.avatars.has(id)) this.store.avatars.set(id, null);
      } catch (error) {
        // A refusal is final: the next event that mentions these people asks again.
        if (!/** @type {Chat.ApiError} */ (error).isPassing) this.#forget(ids);
        throw error;
      }
      this.#forget(ids);
    }
  }

  /**
   * The picture of a person, which is asked for where it is not known: undefined until then, null
   * where there is none.
   *
   * @param {string} id
   */
  avatarOf(id) {
    const known = this.store.avatars.get(id);
    if (known === undefined) this.#want(id);
    return known;
  }

  /** @param {string[]} ids */
  #forget(ids) {
    for (const id of ids) this.missing.delete(id);
  }
}
