// Timelines: loads pages of messages for the open conversation, and keeps those of recent ones.

import { runInBackground } from "./retry.js";
import { once } from "./once.js";

const PAGE = 60;
const MAX_KEPT = 12; // timelines

/** @typedef {{before?: number, after?: number, around?: number | string}} Place */

/**
 * Whether the first unread message may be missing from the last page, or be too high on it; by seqs,
 * since what does not count as unread takes places on a page, too.
 *
 * @param {Chat.Conversation} conversation
 */
function isFarBehind({ unread, headSeq, lastReadSeq }) {
  return unread > 0 && headSeq - lastReadSeq > PAGE / 2;
}

export class Timelines {
  /**
   * @param {Chat.Session} session
   * @param {{timers?: Chat.Timers}} [options]
   */
  constructor(session, { timers = globalThis } = {}) {
    this.session = session;
    this.store = session.store;
    this.rest = session.rest;
    this.timers = timers;
    /** @type {string | null} the conversation on the screen */
    this.openId = null;
    /** @type {string[]} conversations whose timelines are kept, the last opened first */
    this.recent = [];
    /** @type {string | null} the conversation that came with the page */
    this.firstId = null;
    this.once = once();
  }

  /**
   * Shows a conversation at the message `seq`, else where its unread messages begin. Rejects with
   * ApiError.
   *
   * @param {string} id
   * @param {{seq?: number | null}} [place]
   */
  async open(id, { seq = null } = {}) {
    this.#setOpen(id);
    this.#keepRecent(id);
    const conversation = this.store.conversations.get(id) ?? (await this.session.conversations.fetch(id));
    this.session.conversations.listen(id);
    const isFirst = this.firstId === id;
    this.firstId = null;
    if (isFirst || this.isLoadedFor(id, seq)) return;
    await this.load(id, { around: seq ?? (isFarBehind(conversation) ? conversation.lastReadSeq : undefined) });
  }

  close() {
    this.#setOpen(null);
  }

  /** @param {string | null} id */
  #setOpen(id) {
    const before = this.openId;
    this.openId = id;
    if (!before || before === id || !this.store.conversations.get(before)?.role) return;
    this.session.connection.send("conversation.close", { conversationId: before });
  }

  /** Opens the conversation on the screen again when its messages are missing. */
  reopen() {
    const id = this.openId;
    if (!id || this.store.timeline(id)) return;
    this.open(id).catch((error) => this.session.onFailure(error));
  }

  // -- pages

  /**
   * Whether the message `seq`, or the latest one without, can be shown as it is.
   *
   * @param {string} id
   * @param {number | null} seq
   */
  isLoadedFor(id, seq) {
    const timeline = this.store.timeline(id);
    if (!timeline) return false;
    if (seq === null) return !timeline.hasNewer;
    // The oldest message has no row until the one before it is loaded: see rowsOf().
    const shown = timeline.hasOlder ? timeline.messages.slice(1) : timeline.messages;
    return shown.some((message) => message.seq === seq);
  }

  /** @param {string} id */
  async loadOlder(id) {
    const first = this.store.messages(id)[0];
    if (!first || !this.store.timeline(id)?.hasOlder) return;
    await this.once(`older ${id}`, () => this.#extend(id, "older", { before: first.seq }));
  }

  /** @param {string} id */
  async loadNewer(id) {
    const last = this.store.messages(id).at(-1);
    if (!last || !this.store.timeline(id)?.hasNewer) return;
    await this.once(`newer ${id}`, () => this.#extend(id, "newer", { after: last.seq }));
  }

  /**
   * Loads around a seq, or a moment in RFC 3339. Gives the seq that stands there, null when there
   * is none.
   *
   * @param {string} id
   * @param {number | string} around
   */
  async loadAround(id, around) {
    await this.load(id, { around });
    if (typeof around === "number") return around;
    const messages = this.store.messages(id);
    return (messages.find((message) => message.createdAt >= around) ?? messages.at(-1))?.seq ?? null;
  }

  /**
   * Replaces what is loaded by the page at `place`, the latest one without.
   *
   * @param {string} id
   * @param {Place} [place]
   */
  load(id, place = {}) {
    return this.once(`page ${id} ${JSON.stringify(place)}`, async () => {
      this.putPage(id, await this.#fetchPage(id, place));
    });
  }

  /**
   * Loads again what became invalid: the gap is too long, or messages were hidden or shown.
   *
   * @param {string} id
   */
  async reload(id) {
    this.store.forgetTimeline(id);
    await this.session.conversations.refresh(id);
    const isWanted = () => id === this.openId && !this.store.timeline(id);
    await runInBackground("Loading messages", () => this.load(id), { timers: this.timers, isWanted });
  }

  /**
   * @param {string} id
   * @param {"older" | "newer"} direction
   * @param {Place} place
   */
  async #extend(id, direction, place) {
    const page = await this.#fetchPage(id, place);
    // Another page may have taken the place of the one that this was to continue: there would be a gap.
    const messages = this.store.messages(id);
    const isNext = direction === "older" ? messages[0]?.seq === place.before : messages.at(-1)?.seq === place.after;
    if (!isNext) return;
    this.store.extendTimeline(id, page, direction);
    this.#setKnownRev(id, page.rev);
  }

  /**
   * @param {string} id
   * @param {Place} place
   * @returns {Promise<Chat.MessagePage>}
   */
  #fetchPage(id, place) {
    return this.rest.get(["conversations", id, "messages"], { limit: PAGE, ...place });
  }

  /**
   * @param {string} id
   * @param {Chat.MessagePage} page
   */
  putPage(id, page) {
    this.store.replaceTimeline(id, page);
    for (const message of page.results) {
      if (message.clientId) this.session.outbox.remove(message.clientId);
    }
    this.#setKnownRev(id, page.rev);
  }

  /**
   * @param {string} id
   * @param {number} rev
   */
  #setKnownRev(id, rev) {
    this.session.revs.rewind(id, rev);
    this.session.catchUp.run();
  }

  /**
   * Of the others the last page is kept, unless they would open somewhere else.
   *
   * @param {string} id
   */
  #keepRecent(id) {
    this.recent = [id, ...this.recent.filter((each) => each !== id)];
    for (const each of this.recent.slice(1)) {
      const conversation = this.store.conversations.get(each);
      const isElsewhere = this.store.timeline(each)?.hasNewer || (conversation && isFarBehind(conversation));
      if (isElsewhere) this.store.forgetTimeline(each);
      else this.store.trim(each, "older", PAGE);
    }
    for (const old of this.recent.splice(MAX_KEPT)) this.store.forgetTimeline(old);
  }

  // -- single messages

  /**
   * A message from an answer or an event: goes to the store, out of the outbox, and is confirmed as
   * delivered.
   *
   * @param {Chat.Message} message
   * @param {{isLive?: boolean}} [options] live ones are announced to the person
   */
  putMessage(message, { isLive = false } = {}) {
    const { session } = this;
    const isNew = this.store.putMessage(message);
    session.threads?.putMessage(message, { isNew });
    if (message.clientId) session.outbox.remove(message.clientId);
    session.names.loadFor(message);
    if (!isNew) return;
    if (message.senderId) session.typing.handleStopped(message.conversationId, message.senderId);
    if (message.senderId === this.store.me.id) return;
    session.pointers.delivered(message.conversationId, message.seq);
    if (isLive) session.onMessage(message);
  }

  /**
   * A message outside of what is loaded, such as one that is replied to. Rejects with ApiError.
   *
   * @param {string} id
   * @param {number} seq
   * @returns {Promise<Chat.Message>}
   */
  async fetchMessage(id, seq) {
    const message = await this.rest.get(["conversations", id, "messages", seq]);
    this.store.addPeople(message.people);
    return message;
  }

  /**
   * Loads a message that is quoted, unless it is known or on its way. Rejects with ApiError.
   *
   * @param {string} id
   * @param {number} seq
   */
  async loadQuoted(id, seq) {
    if (this.store.known(id, seq)) return;
    await this.once(`quoted ${id} ${seq}`, async () => this.store.keepQuoted(await this.fetchMessage(id, seq)));
  }
}
