// Conversations: loads the inbox, single conversations and their members, and subscribes to the live
// events of the open one.

import { isOfOldView } from "./conversation-state.js";
import { isPassing, pauseAfter, runInBackground } from "./retry.js";
import { logger } from "./logger.js";
import { conversationFromWire } from "./wire.js";

const INBOX_PAGE = 500;
const MAX_MEMBERS = 1000;

export class Conversations {
  /**
   * @param {Chat.Session} session
   * @param {{timers?: Chat.Timers}} [options]
   */
  constructor(session, { timers = globalThis } = {}) {
    this.session = session;
    this.store = session.store;
    /** @type {Map<string, string | null>} the cursor of the members that were not loaded */
    this.nextMembers = new Map();
    this.rest = session.rest;
    this.timers = timers;
    /** @type {Set<string>} public conversations that are read without being a member */
    this.watched = new Set();
    /** @type {Set<string>} conversations whose last refresh failed */
    this.stale = new Set();
    /** @type {Map<string, number>} lossCount when the person left; answers asked for before are old */
    this.losses = new Map();
    this.lossCount = 0;
    this.attempt = 0;
    this.isLoadingInbox = false;
    this.isInboxOutdated = false;
    /** @type {unknown} */
    this.timer = undefined;
    /** Ends the pause after an inbox load that failed. */
    this.endPause = () => {};
  }

  // -- loading

  /**
   * Loads a conversation into the store. Rejects with ApiError.
   *
   * @param {string} id
   * @returns {Promise<Chat.Conversation>}
   */
  async fetch(id) {
    const asked = this.lossCount;
    const given = await this.rest.get(["conversations", id]);
    return this.#wasLeftSince(asked, id) ? this.fetch(id) : this.put(given);
  }

  /**
   * Loads a conversation again; returns it, null after a failure. Never rejects: a conversation that
   * is gone is dropped, and after a passing failure it is tried again later.
   *
   * An answer that events have overtaken has wrong counts, so it is asked for again.
   *
   * @param {string} id
   * @returns {Promise<Chat.Conversation | null>}
   */
  async refresh(id, tries = 3) {
    const asked = this.lossCount;
    try {
      const given = await this.rest.get(["conversations", id]);
      if (this.#wasLeftSince(asked, id)) return null; // handleLoss loads it again
      const isOvertaken = this.#isOvertaken(given);
      const conversation = this.put(given);
      if (isOvertaken && tries > 0) return this.refresh(id, tries - 1);
      this.stale.delete(id); // only now: a later request may have failed meanwhile
      return conversation;
    } catch (error) {
      if (isGone(error)) this.drop(id);
      else this.#refreshLater(id, error);
      return null;
    }
  }

  /**
   * Whether events have overtaken an answer, about the log or the person's own state.
   *
   * @param {Chat.WireConversation} given
   */
  #isOvertaken(given) {
    const known = this.store.conversations.get(given.id);
    return known !== undefined && (given.rev < known.rev || isOfOldView(known, conversationFromWire(given)));
  }

  /**
   * Whether the person left the conversation after an answer was asked for, which shows them inside.
   *
   * @param {number} asked lossCount at that time
   * @param {string} id
   */
  #wasLeftSince(asked, id) {
    return (this.losses.get(id) ?? 0) > asked;
  }

  /**
   * @param {string} id
   * @param {unknown} error
   */
  #refreshLater(id, error) {
    logger.failure("Loading a conversation", error);
    if (!isPassing(error)) return;
    this.stale.add(id);
    this.timer ??= this.timers.setTimeout(() => {
      this.timer = undefined;
      this.#refreshStale();
    }, pauseAfter(error, this.attempt++));
  }

  async #refreshStale() {
    for (const id of [...this.stale]) await this.refresh(id);
    if (!this.stale.size) this.attempt = 0;
  }

  /** The network is back: tries again what has failed, and takes the counts of the server. */
  wake() {
    this.timers.clearTimeout(this.timer);
    this.timer = undefined;
    this.attempt = 0;
    this.#refreshStale();
    this.loadInbox();
    this.endPause();
  }

  /**
   * Loads the whole inbox. If it is being loaded already, it is loaded once more after that, since
   * the answer on its way may be older than this call.
   */
  loadInbox() {
    this.isInboxOutdated = true;
    if (!this.isLoadingInbox) this.#loadInboxUntilCurrent();
  }

  async #loadInboxUntilCurrent() {
    this.isLoadingInbox = true;
    while (this.isInboxOutdated) {
      this.isInboxOutdated = false;
      const pause = (/** @type {number} */ ms) => this.#pause(ms);
      await runInBackground("Loading the inbox", () => this.#loadInboxPages(), { pause });
    }
    this.isLoadingInbox = false;
  }

  /**
   * Waits, until the network is back at most.
   *
   * @param {number} ms
   * @returns {Promise<void>}
   */
  #pause(ms) {
    return new Promise((resolve) => {
      this.endPause = resolve;
      this.timers.setTimeout(resolve, ms);
    });
  }

  async #loadInboxPages() {
    let cursor = null;
    do {
      const asked = this.lossCount;
      const page = await this.rest.get(["conversations"], { limit: INBOX_PAGE, cursor });
      page.results = page.results.filter((/** @type {Chat.WireConversation} */ { id }) => !this.#wasLeftSince(asked, id));
      const overtaken = page.results.filter((/** @type {Chat.WireConversation} */ each) => this.#isOvertaken(each));
      this.putPage(page);
      for (const { id } of overtaken) this.refresh(id);
      cursor = page.next;
    } while (cursor);
    this.session.catchUp.run();
    this.confirmDelivery();
  }

  /**
   * The members of a conversation, also kept in the store. Rejects with ApiError.
   *
   * @param {string} id
   * @returns {Promise<Chat.Participant[]>}
   */
  async loadMembers(id) {
    const { results, next } = await this.membersPage(id, {});
    this.nextMembers.set(id, next);
    this.store.members.set(id, results);
    this.store.notify("members", id);
    if (id === this.session.timelines.openId) this.session.watchPresence();
    return results;
  }

  /**
   * A page of members: of those whose name has `q` in it, or those after a cursor. Rejects with
   * ApiError.
   *
   * @param {string} id
   * @param {{q?: string, cursor?: string | null}} which
   * @returns {Promise<Chat.WirePage<Chat.Participant>>}
   */
  async membersPage(id, which) {
    const page = await this.rest.get(["conversations", id, "participants"], { limit: MAX_MEMBERS, ...which });
    this.store.addPeople(page.results);
    return page;
  }

  /**
   * Loads the members again where they were loaded before.
   *
   * @param {string} id
   */
  refreshMembers(id) {
    if (!this.store.members.has(id)) return;
    const isWanted = () => this.store.members.has(id);
    runInBackground("Loading members", () => this.loadMembers(id), { timers: this.timers, isWanted });
  }

  // -- into and out of the store

  /** @param {Chat.WirePage<Chat.WireConversation> | null | undefined} page */
  putPage(page) {
    if (!page) return;
    this.store.addPeople(page.people);
    for (const conversation of page.results) this.put(conversation);
  }

  /**
   * Stores a conversation from an answer of the API.
   *
   * @param {Chat.WireConversation} given
   */
  put(given) {
    const { session, store } = this;
    session.revs.seed(given.id, given.rev);
    const isNew = !store.conversations.has(given.id);
    const conversation = store.putConversation(conversationFromWire(given));
    session.events.apply(session.revs.released(given.id));
    if (isNew && given.peer && session.connection.state === "online") session.watchPresence();
    return conversation;
  }

  /**
   * Forgets a conversation that the person has left or may no longer see.
   *
   * @param {string} id
   */
  drop(id) {
    this.session.revs.forget(id);
    this.watched.delete(id);
    this.stale.delete(id);
    this.store.dropConversation(id);
  }

  // -- live events

  /**
   * The server stopped sending this conversation's events: the person left it, or reads it from
   * outside. After a failure the next hello reports it again.
   *
   * @param {string} id
   */
  async handleLoss(id) {
    this.losses.set(id, ++this.lossCount);
    if (this.watched.has(id) || !this.store.conversations.has(id)) return;
    const conversation = await this.refresh(id);
    if (conversation && !conversation.role) await this.listen(id);
  }

  /**
   * Asks for the typing events of a conversation and, in a public one read from outside, for all.
   *
   * @param {string} id
   */
  async listen(id) {
    const { session } = this;
    if (session.connection.state !== "online") return; // the next hello listens again
    const conversation = this.store.conversations.get(id);
    if (conversation?.leftAt && conversation.kind !== "public") return; // no events after leaving
    if (!conversation?.role) this.watched.add(id);
    try {
      const { rev } = await session.connection.request("conversation.open", { conversationId: id });
      session.events.apply(session.revs.head(id, rev));
      session.catchUp.run();
    } catch (error) {
      if (isGone(error)) this.drop(id);
      else logger.failure("Opening a conversation for live events", error);
    }
  }

  /** Tells the server how far messages have reached this device. */
  confirmDelivery() {
    for (const each of this.store.conversations.values()) {
      if (each.role && each.lastDeliveredSeq < each.headSeq && each.lastReadSeq < each.headSeq) {
        this.session.pointers.delivered(each.id, each.headSeq);
      }
    }
  }
}

/**
 * @param {unknown} error
 * @returns {boolean} whether the conversation is not there for this person
 */
function isGone(error) {
  const { status, code } = /** @type {Chat.ApiError} */ (error);
  return status === 404 || status === 403 || code === "conversation_not_found";
}
