// The store: people, conversations, and the loaded part of each log. Answers and events may arrive in
// any order: an older rev never overwrites a newer one. The elements subscribe to it.

import { withAnswer } from "./conversation-state.js";
import { changesByNew, inInboxOrder } from "./inbox-order.js";
import { edges, merge } from "./message-list.js";
import { QuotedMessages } from "./quoted-messages.js";
import { statusAfter } from "./message-status.js";
import { ownPoll } from "./own-votes.js";
import { recount, staysInThread, unreadAfter } from "./unread.js";

export const MAX_ROWS = 300;

/** @type {never[]} */
const EMPTY = [];
Object.freeze(EMPTY);

export class Store {
  /** @param {Chat.Me} me */
  constructor(me) {
    this.me = me;
    /** @type {Map<string, Chat.Person>} */
    this.people = new Map();
    /** @type {Map<string, string | null>} pictures of people; null: none, absent: unknown */
    this.avatars = new Map();
    /** @type {Set<string>} blocked people, once loaded */
    this.blocked = new Set();
    /** @type {Map<string, Chat.Conversation>} */
    this.conversations = new Map();
    /** @type {Map<string, Chat.Timeline>} */
    this.timelines = new Map();
    /** @type {Map<string, Chat.Participant[]>} by conversation, once loaded */
    this.members = new Map();
    this.quoted = new QuotedMessages();
    /** @type {Set<string>} hidden messages, as `conversation seq` */
    this.hidden = new Set();
    /** @type {Set<Chat.StoreListener>} */
    this.listeners = new Set();
    this.addPeople([me]);
  }

  /**
   * Calls `listener(topic, id)` after each change. Returns a function that unsubscribes.
   *
   * @param {Chat.StoreListener} listener
   */
  subscribe(listener) {
    this.listeners.add(listener);
    return () => { this.listeners.delete(listener); };
  }

  /**
   * @param {Chat.Topic} topic
   * @param {string} [id] of the conversation
   */
  notify(topic, id) {
    for (const listener of this.listeners) listener(topic, id);
  }

  // -- people

  /** @param {Iterable<Chat.Named>} [people] */
  addPeople(people = EMPTY) {
    let isNew = false;
    for (const person of people) {
      const id = person.id ?? person.userId ?? "";
      const known = this.people.get(id);
      if (person.avatarUrl !== undefined && this.avatars.get(id) !== person.avatarUrl) {
        this.avatars.set(id, person.avatarUrl);
        isNew = true;
      }
      if (known && known.name === person.name && known.isBot === (person.isBot ?? known.isBot)) continue;
      this.people.set(id, { ...known, ...person, id });
      isNew = true;
    }
    if (isNew) this.notify("people");
  }

  /** @param {string} userId */
  nameOf(userId) {
    return this.people.get(userId)?.name ?? "";
  }

  // -- conversations

  /** @param {Chat.Conversation} given */
  putConversation(given) {
    const merged = withAnswer(this.conversations.get(given.id), given);
    this.conversations.set(given.id, merged);
    if (given.peer?.id) this.addPeople([given.peer]);
    this.notify("inbox", given.id);
    return merged;
  }

  /**
   * @param {string} id
   * @param {Partial<Chat.Conversation>} changes
   */
  change(id, changes) {
    const known = this.conversations.get(id);
    if (!known) return;
    this.conversations.set(id, { ...known, ...changes });
    this.notify("inbox", id);
  }

  /** @param {string} id */
  dropConversation(id) {
    this.conversations.delete(id);
    this.timelines.delete(id);
    this.members.delete(id);
    this.quoted.drop(id);
    this.notify("inbox", id);
    this.notify("timeline", id);
  }

  /** The inbox in order: pinned conversations first, then by last message. */
  inbox() {
    return [...this.conversations.values()]
      .filter((each) => each.role && !each.leftAt)
      .sort(inInboxOrder);
  }

  // -- timelines

  /**
   * @param {string} id
   * @returns {Chat.Timeline | null}
   */
  timeline(id) {
    return this.timelines.get(id) ?? null;
  }

  /**
   * @param {string} id
   * @returns {Chat.OwnMessage[]}
   */
  messages(id) {
    return this.timelines.get(id)?.messages ?? EMPTY;
  }

  /**
   * @param {string} id
   * @param {number} seq
   */
  message(id, seq) {
    return this.messages(id).find((message) => message.seq === seq) ?? null;
  }

  /**
   * Keeps a quoted message that is not loaded, unless a newer rev of it is known.
   *
   * @param {Chat.Message} message
   */
  keepQuoted(message) {
    if (this.quoted.put(message)) this.notify("timeline", message.conversationId);
  }

  /**
   * Whether a message is known to be deleted, or hidden by the person.
   *
   * @param {string} id
   * @param {number} seq
   */
  isGone(id, seq) {
    return this.hidden.has(`${id} ${seq}`) || Boolean(this.known(id, seq)?.deletedAt);
  }

  /**
   * A message from the timeline, the last message, or the quoted ones; null if hidden or unknown.
   *
   * @param {string} id
   * @param {number} seq
   * @returns {Chat.Message | null}
   */
  known(id, seq) {
    if (this.hidden.has(`${id} ${seq}`)) return null;
    const last = this.conversations.get(id)?.lastMessage;
    return this.message(id, seq) ?? (last?.seq === seq ? last : this.quoted.get(id, seq));
  }

  /**
   * Replaces the loaded messages by a page.
   *
   * @param {string} id
   * @param {Chat.LoadedPage} page
   */
  replaceTimeline(id, page) {
    this.addPeople(page.people);
    const messages = page.results.map((message) => this.own(message));
    this.#setTimeline(id, { messages, ...edges(page) });
  }

  /**
   * Adds a page of older or newer messages.
   *
   * @param {string} id
   * @param {Chat.LoadedPage} page
   * @param {"older" | "newer"} direction
   */
  extendTimeline(id, page, direction) {
    this.addPeople(page.people);
    const timeline = this.timelines.get(id);
    if (!timeline) return;
    const messages = merge(timeline.messages, page.results.map((message) => this.own(message)));
    const { hasOlder, hasNewer } = edges(page);
    if (direction === "older") this.#setTimeline(id, { ...timeline, messages, hasOlder });
    else this.#setTimeline(id, { ...timeline, messages, hasNewer });
  }

  /**
   * Bounds the number of rows by dropping those at the far end.
   *
   * @param {string} id
   * @param {"older" | "newer"} end
   */
  trim(id, end, most = MAX_ROWS) {
    const timeline = this.timelines.get(id);
    if (!timeline || timeline.messages.length <= most) return;
    const { messages } = timeline;
    if (end === "older") {
      this.#setTimeline(id, { ...timeline, messages: messages.slice(-most), hasOlder: true });
    } else {
      this.#setTimeline(id, { ...timeline, messages: messages.slice(0, most), hasNewer: true });
    }
  }

  /** @param {string} id */
  forgetTimeline(id) {
    this.timelines.delete(id);
    this.quoted.drop(id);
    this.notify("timeline", id);
  }

  /**
   * @param {string} id
   * @param {number} seq
   */
  hideMessage(id, seq) {
    const conversation = this.conversations.get(id);
    const hidden = this.known(id, seq);
    if (conversation && hidden) this.change(id, recount(conversation, hidden, null, this.me.id));
    this.hidden.add(`${id} ${seq}`);
    if (this.quoted.delete(id, seq)) this.notify("timeline", id);
    const timeline = this.timelines.get(id);
    if (!timeline) return;
    const messages = timeline.messages.filter((message) => message.seq !== seq);
    this.#setTimeline(id, { ...timeline, messages });
  }

  /**
   * Stores a message from an answer or event. Returns whether it is new.
   *
   * @param {Chat.Message} given
   */
  putMessage(given) {
    const conversation = this.conversations.get(given.conversationId);
    const before = this.known(given.conversationId, given.seq);
    this.#intoTimeline(given);
    if (this.quoted.get(given.conversationId, given.seq)) this.keepQuoted(given);
    if (!conversation) return false;
    const isNew = given.seq > conversation.headSeq;
    this.#intoHead(conversation, given, isNew ? changesByNew(conversation, given, this.me.id) : recount(conversation, before, given, this.me.id));
    return isNew;
  }

  /**
   * Updates the thread of a message.
   *
   * @param {string} id
   * @param {number} seq
   * @param {Partial<Chat.Thread>} changes
   */
  setThread(id, seq, changes) {
    const timeline = this.timelines.get(id);
    if (!timeline || !this.message(id, seq)) return;
    const messages = timeline.messages.map((each) => (
      each.seq === seq ? { ...each, thread: /** @type {Chat.Thread} */ ({ ...each.thread, ...changes }) } : each));
    this.#setTimeline(id, { ...timeline, messages });
  }

  /**
   * Notes that somebody has received or read everything up to a seq.
   *
   * @param {string} id
   * @param {string} kind
   * @param {number} upToSeq
   */
  advanceReceipt(id, kind, upToSeq) {
    const timeline = this.timelines.get(id);
    if (!timeline) return;
    const messages = timeline.messages.map((message) => {
      const status = statusAfter(message, this.me.id, kind, upToSeq);
      return status === message.status ? message : { ...message, status };
    });
    this.#setTimeline(id, { ...timeline, messages });
  }

  /**
   * Moves the person's read pointer, as here or on another device.
   *
   * @param {string} id
   * @param {number} lastReadSeq
   */
  movePointer(id, lastReadSeq) {
    const conversation = this.conversations.get(id);
    if (!conversation || lastReadSeq <= conversation.lastReadSeq) return;
    const left = unreadAfter(conversation, this.messages(id), lastReadSeq, this.me.id);
    this.change(id, { lastReadSeq, ...left, mentioned: left.unreadMentions > 0, unreadMark: false });
  }

  /**
   * Adds the viewer's own fields to a message: from its former state, or computed.
   *
   * @param {Chat.Message} message
   * @param {Chat.OwnMessage | null} [known] as it was before
   * @returns {Chat.OwnMessage}
   */
  own(message, known = this.message(message.conversationId, message.seq)) {
    if (known && known.rev > message.rev) return known;
    const mine = message.senderId === this.me.id;
    const status = message.status ?? known?.status ?? (mine ? "sent" : null);
    const thread = message.thread && { ...known?.thread, ...message.thread };
    const poll = ownPoll(message.poll, known?.poll, this.me.id);
    return { ...message, thread, poll, mine, status, myReactions: this.#myReactions(message) };
  }

  /**
   * Sets the person's vote in a poll, given here or on another device.
   *
   * @param {string} id
   * @param {number} seq
   * @param {number[]} myChoices
   */
  setVote(id, seq, myChoices) {
    const timeline = this.timelines.get(id);
    if (!timeline) return;
    const messages = timeline.messages.map((message) => (
      message.seq === seq && message.poll ? { ...message, poll: { ...message.poll, myChoices } } : message));
    this.#setTimeline(id, { ...timeline, messages });
  }

  /** @param {Chat.Message} message */
  #myReactions(message) {
    if (message.myReactions) return message.myReactions;
    const mine = message.reactions.filter((each) => each.userIds.includes(this.me.id));
    return mine.map((each) => each.emoji);
  }

  /** @param {Chat.Message} given */
  #intoTimeline(given) {
    const timeline = this.timelines.get(given.conversationId);
    if (!timeline || staysInThread(given)) return;
    const { messages } = timeline;
    const first = messages[0]?.seq ?? 0;
    const last = messages.at(-1)?.seq ?? 0;
    const isInside = given.seq >= first && given.seq <= last;
    const isNext = given.seq > last && !timeline.hasNewer;
    if (!isInside && !isNext && !(given.seq < first && !timeline.hasOlder)) return;
    this.#setTimeline(given.conversationId, {
      ...timeline, messages: merge(messages, [this.own(given)]),
    });
  }

  /**
   * @param {Chat.Conversation} conversation
   * @param {Chat.Message} given
   * @param {Partial<Chat.Conversation>} ownChanges
   */
  #intoHead(conversation, given, ownChanges) {
    /** @type {Partial<Chat.Conversation>} */
    const changes = { rev: Math.max(conversation.rev, given.rev), ...ownChanges };
    const { lastMessage } = conversation;
    if (lastMessage?.seq === given.seq && given.rev >= lastMessage.rev) changes.lastMessage = given;
    this.change(conversation.id, changes);
  }

  /**
   * @param {string} id
   * @param {Chat.Timeline} timeline
   */
  #setTimeline(id, timeline) {
    this.timelines.set(id, timeline);
    this.notify("timeline", id);
  }
}
