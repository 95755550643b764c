// Threads: the open one, page by page, and the followed ones, unread first. A lazy part of the page
// creates it and gives it to the session, which hands it every message.

import { once } from "./once.js";
import { merge, edges } from "./message-list.js";
import { runInBackground } from "./retry.js";
import { calledBy } from "./mentions.js";

const PAGE = 60;
const LIST_PAGE = 50;
const RELOAD_MS = 800;
const SPREAD_MS = 1_500;

/**
 * @typedef {object} OpenThread
 * @property {string} id of the conversation
 * @property {number} seq of the root
 * @property {Chat.OwnMessage | null} root null where one does not see it, or before it is loaded
 * @property {Chat.OwnMessage[]} messages
 * @property {boolean} hasOlder
 * @property {boolean} hasNewer
 * @property {boolean} isLoaded
 * @property {OwnState} own
 */
/** @typedef {{following: boolean, unread: number, lastReadSeq: number}} OwnState */
/** @typedef {{conversationId: string, seq: number, thread: Chat.Thread & OwnState, root: Chat.OwnMessage | null}} Followed */

/** @type {OwnState} */
const NO_STATE = { following: false, unread: 0, lastReadSeq: 0 };

export class Threads {
  /**
   * @param {Chat.Session} session
   * @param {{timers?: Chat.Timers}} [options]
   */
  constructor(session, { timers = globalThis } = {}) {
    this.session = session;
    this.store = session.store;
    this.rest = session.rest;
    this.timers = timers;
    /** @type {OpenThread | null} */
    this.open = null;
    /** @type {Followed[]} as they were loaded */
    this.list = [];
    /** How many of all that are followed have something unread. */
    this.unread = 0;
    /** @type {string | null} */
    this.next = null;
    this.isListLoaded = false;
    /** @type {Set<string>} threads of which the list has told whether they are followed */
    this.settled = new Set();
    /** @type {unknown} */
    this.timer = undefined;
    this.once = once();
    let wasOnline = session.connection.state === "online";
    session.events.subscribe((frame) => this.#handle(frame));
    session.store.subscribe((topic) => {
      if (topic !== "connection") return;
      const isOnline = session.connection.state === "online";
      // What was read elsewhere meanwhile is in no log. People who come back together ask at different times.
      if (isOnline && !wasOnline && this.isListLoaded) this.reloadSoon(Math.random() * SPREAD_MS);
      wasOnline = isOnline;
    });
  }

  #changed() {
    this.store.notify("threads");
  }

  // -- the open thread

  /**
   * Opens a thread at a reply, else at the last ones. Rejects with ApiError.
   *
   * @param {string} id of the conversation
   * @param {number} seq of the root
   * @param {number | null} [at]
   */
  async openThread(id, seq, at = null) {
    const isSame = this.open?.id === id && this.open.seq === seq;
    if (isSame && this.open?.isLoaded && (at === null || this.open.messages.some((each) => each.seq === at))) return;
    this.open = { id, seq, root: this.store.message(id, seq), messages: [], hasOlder: false, hasNewer: false, isLoaded: false, own: NO_STATE };
    this.#changed();
    const page = await this.#page(id, seq, at === null ? {} : { around: at });
    if (this.open?.id !== id || this.open.seq !== seq) return;
    this.store.addPeople(page.people);
    // What came while the page was on its way is not in it.
    const messages = merge(page.results.map((/** @type {Chat.Message} */ each) => this.store.own(each)), this.open.messages);
    const root = page.root && this.store.own(page.root);
    this.open = { ...this.open, ...edges(page), root, messages, isLoaded: true, own: page.thread };
    for (const message of messages) if (message.clientId) this.session.outbox.remove(message.clientId);
    this.#changed();
  }

  close() {
    this.open = null;
  }

  /** @param {"older" | "newer"} direction */
  async extend(direction) {
    const { open } = this;
    if (!open || !(direction === "older" ? open.hasOlder : open.hasNewer)) return;
    const edge = direction === "older" ? open.messages[0] : open.messages.at(-1);
    if (!edge) return;
    await this.once(`${direction} ${open.id} ${open.seq}`, async () => {
      const page = await this.#page(open.id, open.seq, direction === "older" ? { before: edge.seq } : { after: edge.seq });
      if (this.open?.id !== open.id || this.open.seq !== open.seq) return;
      this.store.addPeople(page.people);
      const given = page.results.map((/** @type {Chat.Message} */ each) => this.store.own(each));
      const { hasOlder, hasNewer } = edges(page);
      const edgeChanges = direction === "older" ? { hasOlder } : { hasNewer };
      this.open = { ...this.open, ...edgeChanges, messages: merge(this.open.messages, given) };
      this.#changed();
    });
  }

  /**
   * @param {string} id
   * @param {number} seq
   * @param {Record<string, number>} place
   */
  #page(id, seq, place) {
    return this.rest.get(["conversations", id, "messages", seq, "thread"], { limit: PAGE, ...place });
  }

  /**
   * Whether the person follows a thread, as far as it is known.
   *
   * @param {string} id
   * @param {number} seq
   */
  isFollowed(id, seq) {
    return this.#stateOf(id, seq)?.following ?? false;
  }

  /**
   * @param {string} id
   * @param {number} seq
   * @returns {OwnState | null}
   */
  #stateOf(id, seq) {
    if (this.open?.id === id && this.open.seq === seq && this.open.isLoaded) return this.open.own;
    return this.list.find((each) => each.conversationId === id && each.seq === seq)?.thread ?? null;
  }

  /**
   * Follows the open thread, or stops to. Rejects with ApiError.
   *
   * @param {boolean} isOn
   */
  async follow(isOn) {
    const { open } = this;
    if (!open) return;
    const path = ["conversations", open.id, "messages", open.seq, "thread", "following"];
    this.#take(open.id, open.seq, isOn ? await this.rest.put(path) : await this.rest.delete(path));
  }

  /**
   * The replies of the open thread up to `seq` are on the screen; the server is told in the
   * background.
   *
   * @param {number} seq
   */
  markRead(seq) {
    const { open } = this;
    if (!open?.own.following || seq <= open.own.lastReadSeq) return;
    const left = open.messages.filter((each) => each.seq > seq && isUnread(each, open.own, this.store.me.id)).length;
    this.#take(open.id, open.seq, { ...open.own, lastReadSeq: seq, unread: open.hasNewer ? open.own.unread : left });
    this.session.connection.request("thread.read", { conversationId: open.id, threadSeq: open.seq, seq }).then(
      ({ thread }) => this.#take(open.id, open.seq, thread),
      () => this.reloadSoon(), // the next connection tells how it is
    );
  }

  // -- what comes

  /**
   * A message from wherever: the root or a reply of the open thread, or one that counts.
   *
   * @param {Chat.Message} message
   * @param {{isNew: boolean}} options
   */
  putMessage(message, { isNew }) {
    const { open } = this;
    const { conversationId: id, threadSeq } = message;
    if (open?.id === id && open.seq === message.seq) this.open = { ...open, root: this.store.own(message, open.root ?? undefined) };
    if (open?.id === id && open.seq === threadSeq) this.#intoOpen(open, message);
    if (threadSeq) this.#count(message, threadSeq, isNew);
    if (open?.id === id) this.#changed();
  }

  /**
   * @param {OpenThread} open
   * @param {Chat.Message} given
   */
  #intoOpen(open, given) {
    const last = open.messages.at(-1)?.seq ?? 0;
    const isInside = given.seq <= last && given.seq >= (open.messages[0]?.seq ?? 0);
    if (!isInside && (given.seq <= last || open.hasNewer)) return;
    this.open = { ...open, messages: merge(open.messages, [this.#ownReply(open, given)]) };
  }

  /**
   * @param {OpenThread} open
   * @param {Chat.Message} given
   */
  #ownReply(open, given) {
    return this.store.own(given, open.messages.find((each) => each.seq === given.seq));
  }

  /**
   * @param {Chat.Message} message
   * @param {number} root
   * @param {boolean} isNew
   */
  #count(message, root, isNew) {
    const id = message.conversationId;
    const state = this.#stateOf(id, root);
    const isMine = message.senderId === this.store.me.id;
    if (!isNew) {
      if (state?.unread) this.reloadSoon(); // an unread reply was changed or deleted: the server counts
    } else if (isMine) {
      if (!state?.following) this.reloadSoon();
    } else if (state?.following) {
      this.#take(id, root, { ...state, unread: state.unread + 1 });
    } else if (!state && !this.settled.has(`${id} ${root}`)) {
      this.settled.add(`${id} ${root}`);
      this.reloadSoon(RELOAD_MS + Math.random() * SPREAD_MS);
    } else if (calledBy(message).people.has(this.store.me.id)) {
      this.reloadSoon();
    }
  }

  /**
   * One's own vote, given on another device.
   *
   * @param {Chat.Frame} frame
   */
  #setVote({ conversationId, seq, choices: myChoices }) {
    const { open } = this;
    if (!open || open.id !== conversationId) return;
    const voted = (/** @type {any} */ each) => (each?.seq === seq && each.poll ? { ...each, poll: { ...each.poll, myChoices } } : each);
    this.open = { ...open, root: voted(open.root), messages: open.messages.map(voted) };
    this.#changed();
  }

  /** @param {Chat.Frame} frame */
  #handle(frame) {
    if (frame.type === "poll.voted") this.#setVote(frame);
    if (frame.type === "state.changed" && frame.thread) this.#take(frame.conversationId, frame.thread.seq, frame.thread);
    if (frame.type === "state.changed" && frame.hiddenSeq) this.#hide(frame.conversationId, frame.hiddenSeq);
    if (frame.type !== "thread.updated") return;
    const { open } = this;
    if (open?.root && open.id === frame.conversationId && open.seq === frame.threadSeq) {
      this.open = { ...open, root: { ...open.root, thread: { ...open.root.thread, ...frame.thread } } };
      this.#changed();
    }
  }

  /**
   * @param {string} id
   * @param {number} seq
   */
  #hide(id, seq) {
    const { open } = this;
    if (open?.id !== id) return;
    const messages = open.messages.filter((each) => each.seq !== seq);
    this.open = { ...open, messages, root: open.seq === seq ? null : open.root };
    this.#changed();
    this.reloadSoon();
  }

  /**
   * The person's own state of a thread is this now.
   *
   * @param {string} id
   * @param {number} seq
   * @param {OwnState} state
   */
  #take(id, seq, { following, unread, lastReadSeq }) {
    const state = { following, unread, lastReadSeq };
    const before = this.#stateOf(id, seq);
    const { open } = this;
    if (open?.id === id && open.seq === seq) this.open = { ...open, own: state };
    const isListed = this.list.some((each) => each.conversationId === id && each.seq === seq);
    this.list = this.list.map((each) => (
      each.conversationId === id && each.seq === seq ? { ...each, thread: { ...each.thread, ...state } } : each));
    this.unread += Number(following && unread > 0) - Number(Boolean(before?.following && before.unread));
    this.unread = Math.max(0, this.unread);
    this.store.setThread(id, seq, state);
    if (following !== before?.following || (following && !isListed && unread)) this.reloadSoon();
    this.#changed();
  }

  // -- those that are followed

  /** @param {number} [pause] in milliseconds */
  reloadSoon(pause = RELOAD_MS) {
    this.timer ??= this.timers.setTimeout(() => {
      this.timer = undefined;
      runInBackground("Loading threads", () => this.loadList(), { timers: this.timers });
    }, pause);
  }

  /** Loads the first page of the list. Rejects with ApiError. */
  loadList() {
    return this.once("list", async () => {
      const page = await this.rest.get(["threads"], { limit: LIST_PAGE });
      this.#putList(page, []);
    });
  }

  /** The next page. Rejects with ApiError. */
  async more() {
    if (!this.next) return;
    await this.once("more", async () => {
      this.#putList(await this.rest.get(["threads"], { limit: LIST_PAGE, cursor: this.next }), this.list);
    });
  }

  /**
   * @param {any} page
   * @param {Followed[]} before
   */
  #putList(page, before) {
    const isListed = (/** @type {Followed} */ each) => before.some((one) => one.conversationId === each.conversationId && one.seq === each.seq);
    this.store.addPeople(page.people);
    this.list = [...before, ...page.results.filter((/** @type {Followed} */ each) => !isListed(each))];
    this.unread = page.unreadThreads;
    this.next = page.next;
    this.isListLoaded = true;
    for (const { conversationId, seq, thread } of this.list) this.store.setThread(conversationId, seq, thread);
    this.#changed();
  }
}

/**
 * @param {Chat.OwnMessage} reply
 * @param {OwnState} own
 * @param {string} userId
 */
function isUnread(reply, own, userId) {
  return reply.seq > own.lastReadSeq && reply.senderId !== userId && !reply.deletedAt;
}
