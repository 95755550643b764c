// Search requests while a person types: each waits for a pause, a newer query cancels the older one,
// and late answers are dropped.

import { logger } from "./logger.js";
import { hasFilter, isEmptyQuery, toParameters } from "./search-filters.js";

const PAUSE_MS = 180;
/** @type {Record<Chat.SearchKind, number>} */
const LIMITS = { messages: 20, conversations: 8, people: 8, files: 4 };
/** @type {Chat.SearchKind[]} */
const KINDS = ["people", "conversations", "messages", "files"];

export class SearchRequests {
  /**
   * @param {object} options
   * @param {Chat.Rest} options.rest
   * @param {(people: Chat.Person[]) => void} [options.onPeople] people whom the hits mention
   * @param {() => void} options.onChange something of the state has changed
   * @param {Chat.Timers} [options.timers]
   * @param {string} [options.timeZone]
   */
  constructor({ rest, onChange, onPeople = () => {}, timers = globalThis, timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone }) {
    this.rest = rest;
    this.onChange = onChange;
    this.onPeople = onPeople;
    this.timers = timers;
    this.timeZone = timeZone;
    /** @type {"relevance" | "newest"} */
    this.sort = "relevance";
    this.isBusy = false;
    /** @type {any} */
    this.timer = null;
    /** @type {AbortController | null} */
    this.underway = null;
    /** @type {Chat.SearchQuery} what was asked last */
    this.query = { text: "", filters: [] };
    this.#reset();
  }

  #reset() {
    /** @type {Chat.SearchQuery} what the results are of */
    this.shown = { text: "", filters: [] };
    /** @type {Record<Chat.SearchKind, Chat.SearchPart>} */
    this.parts = { people: nothing(), conversations: nothing(), messages: nothing(), files: nothing() };
  }

  /**
   * Asks for a query; an empty one clears the results.
   *
   * @param {Chat.SearchQuery} query
   * @param {{pause?: number}} [options] in milliseconds
   */
  search(query, { pause = PAUSE_MS } = {}) {
    this.#cancel();
    this.query = query;
    this.isBusy = !isEmptyQuery(query);
    if (this.isBusy) this.timer = this.timers.setTimeout(() => this.#request(query), pause);
    else this.#reset();
    this.onChange();
  }

  /** @param {"relevance" | "newest"} sort */
  setSort(sort) {
    this.sort = sort;
    this.search(this.query, { pause: 0 });
  }

  #cancel() {
    this.timers.clearTimeout(this.timer);
    this.underway?.abort();
    this.underway = null;
  }

  /** @param {Chat.SearchQuery} query */
  async #request(query) {
    const control = new AbortController();
    this.underway = control;
    const kinds = KINDS.filter((kind) => isAbout(kind, query));
    const found = await Promise.all(kinds.map((kind) => this.#load(kind, query, control.signal)));
    if (this.underway !== control) return;
    this.#reset();
    kinds.forEach((kind, at) => { this.parts[kind] = found[at]; });
    this.shown = query;
    this.isBusy = false;
    this.onChange();
  }

  /**
   * @param {Chat.SearchKind} kind
   * @param {Chat.SearchQuery} query
   * @param {AbortSignal} signal
   * @param {string | null} [cursor]
   * @returns {Promise<Chat.SearchPart>}
   */
  async #load(kind, query, signal, cursor = null) {
    try {
      const answer = await this.rest.get(["search"], this.#parameters(kind, query, cursor), { signal });
      this.onPeople(answer.people ?? []);
      return { results: answer.results, filters: answer.filters, next: answer.next, error: null };
    } catch (error) {
      if (!signal.aborted) logger.failure(`Searching ${kind}`, error);
      return { ...nothing(), error };
    }
  }

  /**
   * @param {Chat.SearchKind} kind
   * @param {Chat.SearchQuery} query
   * @param {string | null} cursor
   */
  #parameters(kind, query, cursor) {
    const own = kind === "messages" ? { sort: this.sort, neighbours: 1 } : {};
    return { kind, limit: LIMITS[kind], timeZone: this.timeZone, cursor, ...own, ...toParameters(query) };
  }

  /**
   * Appends the next page of a kind.
   *
   * @param {Chat.SearchKind} kind
   */
  async more(kind) {
    const control = this.underway;
    const part = this.parts[kind];
    if (!control || !part.next || this.isBusy) return;
    this.isBusy = true;
    this.onChange();
    const page = await this.#load(kind, this.shown, control.signal, part.next);
    if (this.underway !== control) return;
    this.isBusy = false;
    // After a failure the same page can be asked for again.
    this.parts[kind] = page.error ? { ...part, error: page.error }
      : { ...page, results: [...part.results, ...page.results] };
    this.onChange();
  }
}

/** @returns {Chat.SearchPart} */
function nothing() {
  return { results: [], filters: [], next: null, error: null };
}

/**
 * Filters are about messages and files; names are asked for by words alone.
 *
 * @param {Chat.SearchKind} kind
 * @param {Chat.SearchQuery} query
 */
function isAbout(kind, { text, filters }) {
  if (kind === "messages") return true;
  if (!text.trim()) return false;
  return kind === "files" || (!filters.length && !hasFilter(text));
}
