// Recent searches: those that led somewhere, the last one first; they survive a reload.

import { logger } from "./logger.js";
import { isEmptyQuery, isSameQuery } from "./search-filters.js";

const MAX_KEPT = 6;

export class RecentSearches {
  /**
   * `storage` is like `localStorage`; searches of different people have keys of their own.
   *
   * @param {Chat.KeyStorage} storage
   * @param {string} userId
   */
  constructor(storage, userId) {
    this.storage = storage;
    this.key = `chat.searches.${userId}`;
  }

  /** @returns {Chat.SearchQuery[]} */
  list() {
    try {
      const kept = JSON.parse(this.storage.getItem(this.key) ?? "[]");
      return Array.isArray(kept) ? kept.filter((each) => typeof each?.text === "string" && Array.isArray(each.filters)) : [];
    } catch (error) {
      logger.unsupported("The storage of searches", error);
      return [];
    }
  }

  /** @param {Chat.SearchQuery} query */
  add({ text, filters }) {
    const query = { text: text.trim(), filters };
    if (isEmptyQuery(query)) return;
    this.#write([query, ...this.list().filter((each) => !isSameQuery(each, query))].slice(0, MAX_KEPT));
  }

  clear() {
    this.#write([]);
  }

  /** @param {Chat.SearchQuery[]} list */
  #write(list) {
    try {
      this.storage.setItem(this.key, JSON.stringify(list));
    } catch (error) {
      logger.unsupported("The storage of searches", error); // a convenience only
    }
  }
}
