// Events of the socket: brings those of a log into the order of their revs and applies each one.

import { runInBackground } from "./retry.js";
import { staysInThread } from "./unread.js";
import { conversationFromWire } from "./wire.js";

export class Events {
  /**
   * @param {Chat.Session} session
   * @param {{timers?: Chat.Timers}} [options]
   */
  constructor(session, { timers = globalThis } = {}) {
    this.session = session;
    this.store = session.store;
    this.timers = timers;
    /** @type {Set<(frame: Chat.Frame) => void>} */
    this.listeners = new Set();
  }

  /**
   * Calls `listener(frame)` after each event was applied. Gives what unsubscribes.
   *
   * @param {(frame: Chat.Frame) => void} listener
   */
  subscribe(listener) {
    this.listeners.add(listener);
    return () => { this.listeners.delete(listener); };
  }

  /**
   * An event as it came over the socket, in whatever order.
   *
   * @param {Chat.Frame} frame
   */
  receive(frame) {
    const isInLog = frame.conversationId && frame.rev !== undefined && frame.type !== "conversation.joined";
    if (isInLog) {
      this.apply(this.session.revs.take(frame));
      this.session.catchUp.run();
    } else {
      this.#applyOutsideLog(frame);
      this.#publish(frame);
    }
  }

  /**
   * Events of a log whose turn it is.
   *
   * @param {Chat.Frame[]} frames
   */
  apply(frames) {
    for (const frame of frames) {
      this.#applyInLog(frame);
      this.#publish(frame);
    }
  }

  /** @param {Chat.Frame} frame */
  #publish(frame) {
    for (const listener of this.listeners) listener(frame);
  }

  /** @param {Chat.Frame} frame */
  #applyInLog(frame) {
    const { session, store } = this;
    const id = frame.conversationId;
    const known = store.conversations.get(id);
    if (known && frame.rev > known.rev) store.change(id, { rev: frame.rev });
    switch (frame.type) {
      case "message.created":
      case "message.updated":
      case "message.deleted":
        if (this.isUncounted(frame.message)) session.conversations.refresh(id);
        session.timelines.putMessage(frame.message, { isLive: true });
        break;
      case "conversation.updated":
        store.change(id, sharedPart(frame.conversation));
        if (known?.kind === "direct") session.conversations.refresh(id); // the other person may have closed their account
        break;
      case "participant.joined":
      case "participant.updated":
        store.addPeople(frame.participants);
        this.#applyMembership(frame);
        break;
      case "participant.left":
      case "participants.changed":
        this.#applyMembership(frame);
        break;
      default:
    }
  }

  /**
   * Whether an unread message has changed that is not loaded: only the server knows what it counted.
   *
   * @param {Chat.Message} message
   */
  isUncounted(message) {
    const { conversationId, seq } = message;
    const conversation = this.store.conversations.get(conversationId);
    if (staysInThread(message) || !conversation?.role || seq > conversation.headSeq || seq <= conversation.lastReadSeq) return false;
    return !this.store.known(conversationId, seq);
  }

  /** @param {Chat.Frame} frame */
  #applyMembership(frame) {
    const { store } = this;
    const id = frame.conversationId;
    const count = store.conversations.get(id)?.memberCount ?? 0;
    /** @type {Record<string, number | undefined>} */
    const counts = {
      "participant.joined": count + (frame.participants?.length ?? 0),
      "participant.left": count - (frame.userIds?.length ?? 0),
      "participants.changed": frame.memberCount,
    };
    const memberCount = counts[frame.type];
    if (memberCount !== undefined) store.change(id, { memberCount });
    const own = frame.participants?.find((/** @type {Chat.Participant} */ each) => each.userId === store.me.id);
    if (own) store.change(id, { role: own.role });
    this.session.conversations.refreshMembers(id);
  }

  /** @param {Chat.Frame} frame */
  #applyOutsideLog(frame) {
    const { session, store } = this;
    switch (frame.type) {
      case "receipt.advanced":
        this.#applyReceipt(frame);
        break;
      case "thread.updated":
        store.setThread(frame.conversationId, frame.threadSeq, frame.thread);
        break;
      case "poll.voted":
        store.setVote(frame.conversationId, frame.seq, frame.choices);
        break;
      case "state.changed":
        this.#applyOwnState(frame);
        break;
      case "conversation.joined":
        session.conversations.watched.delete(frame.conversationId);
        session.conversations.refresh(frame.conversationId);
        break;
      case "conversation.left":
        session.conversations.handleLoss(frame.conversationId);
        break;
      case "typing.started":
        session.names.load([frame.userId]);
        session.typing.handleStarted(frame);
        break;
      case "presence.changed":
        session.presence.handleChange(frame);
        break;
      default:
    }
  }

  /** @param {Chat.Frame} frame */
  #applyReceipt({ conversationId, userId, kind, upToSeq }) {
    const { session, store } = this;
    if (userId === store.me.id) return;
    const conversation = store.conversations.get(conversationId);
    if (conversation?.kind === "direct") store.advanceReceipt(conversationId, kind, upToSeq);
    else if (conversation && conversationId === session.timelines.openId) {
      session.groupStatus.loadSoon(conversationId, upToSeq);
    }
  }

  /**
   * The person's own state changed, here or on another device.
   *
   * @param {Chat.Frame} frame
   */
  #applyOwnState(frame) {
    const { session, store } = this;
    if (frame.part === "contacts") store.notify("contacts");
    if (frame.part === "profile") this.#refreshMe();
    if (!frame.conversationId) return;
    const { conversationId: id, lastReadSeq, hiddenSeq, shownSeq, thread, type, ...own } = frame;
    if (thread) store.setThread(id, thread.seq, thread);
    const { clearedSeq = 0 } = store.conversations.get(id) ?? {};
    const isCleared = (own.clearedSeq ?? clearedSeq) !== clearedSeq;
    const isUnsure = isCleared || this.#isCountUnsure(id, lastReadSeq, hiddenSeq);
    if (lastReadSeq !== undefined) store.movePointer(id, lastReadSeq);
    if (hiddenSeq) store.hideMessage(id, hiddenSeq);
    if (shownSeq) store.hidden.delete(`${id} ${shownSeq}`);
    if (shownSeq || isCleared) session.timelines.reload(id);
    store.change(id, own);
    if (isUnsure) session.conversations.refresh(id);
  }

  /**
   * Whether messages were read or hidden elsewhere that are not loaded: only the server knows what
   * they counted.
   *
   * @param {string} id
   * @param {number | undefined} lastReadSeq
   * @param {number | undefined} hiddenSeq
   */
  #isCountUnsure(id, lastReadSeq, hiddenSeq) {
    const conversation = this.store.conversations.get(id);
    if (!conversation?.role) return false;
    if (hiddenSeq && hiddenSeq > conversation.lastReadSeq && !this.store.known(id, hiddenSeq)) return true;
    if (lastReadSeq === undefined || lastReadSeq >= conversation.headSeq) return false;
    const isPassed = (/** @type {Chat.Message} */ { seq }) => seq > conversation.lastReadSeq && seq <= lastReadSeq;
    return this.store.messages(id).filter(isPassed).length < lastReadSeq - conversation.lastReadSeq;
  }

  #refreshMe() {
    runInBackground("Loading one’s profile", async () => {
      const me = await this.session.rest.get(["users", "me"]);
      this.store.me = me;
      this.store.addPeople([me]);
      this.store.notify("people");
    }, { timers: this.timers });
  }
}

/**
 * Without the title in a direct conversation: each side shows the other person's name.
 *
 * @param {Chat.WireConversation} given
 */
function sharedPart(given) {
  const shared = conversationFromWire(given);
  if (shared.kind === "direct") delete shared.title;
  return shared;
}
