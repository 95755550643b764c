// The store: people, conversations, and the loaded part of each conversation's log. Answers and
// events change it in whatever order they come; an older rev never overwrites a newer one. What
// shows something subscribes to it.

import { statusAfter } from "./message-status.js";
import { countsAsUnread, mentionsUser, unreadAfter } from "./unread.js";

export const MAX_ROWS = 300;

const EMPTY = Object.freeze([]);

export class Store {
  constructor(me) {
    this.me = me;
    this.people = new Map();
    this.conversations = new Map();
    this.timelines = new Map();
    this.members = new Map(); // conversation id → participants, where they were asked for
    this.listeners = new Set();
    this.addPeople([me]);
  }

  /** `listener(topic, id)`; topics: inbox, timeline, people, members. Gives what unsubscribes. */
  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  notify(topic, id) {
    for (const listener of this.listeners) listener(topic, id);
  }

  // -- people

  addPeople(people = EMPTY) {
    let isNew = false;
    for (const person of people) {
      const id = person.id ?? person.userId;
      const known = this.people.get(id);
      if (known && known.name === person.name) continue;
      this.people.set(id, { ...known, ...person, id });
      isNew = true;
    }
    if (isNew) this.notify("people");
  }

  nameOf(userId) {
    return this.people.get(userId)?.name ?? "";
  }

  // -- conversations

  putConversation(given) {
    const known = this.conversations.get(given.id);
    const isStale = known && given.rev < known.rev;
    const merged = isStale ? { ...given, ...pick(known, LOG_FIELDS) } : { ...known, ...given };
    this.conversations.set(given.id, merged);
    if (given.peer?.id) this.addPeople([given.peer]);
    this.notify("inbox", given.id);
    return merged;
  }

  change(id, changes) {
    const known = this.conversations.get(id);
    if (!known) return;
    this.conversations.set(id, { ...known, ...changes });
    this.notify("inbox", id);
  }

  dropConversation(id) {
    this.conversations.delete(id);
    this.timelines.delete(id);
    this.members.delete(id);
    this.notify("inbox", id);
    this.notify("timeline", id);
  }

  /** One's inbox in its order: pinned ones on top, then by the last message. */
  inbox() {
    return [...this.conversations.values()]
      .filter((each) => each.role && !each.leftAt)
      .sort(inInboxOrder);
  }

  // -- timelines

  timeline(id) {
    return this.timelines.get(id) ?? null;
  }

  messages(id) {
    return this.timelines.get(id)?.messages ?? EMPTY;
  }

  message(id, seq) {
    return this.messages(id).find((message) => message.seq === seq) ?? null;
  }

  /** A page takes the place of what was loaded. */
  replaceTimeline(id, page) {
    this.addPeople(page.people);
    const messages = page.results.map((message) => this.#own(message));
    this.#setTimeline(id, { messages, ...edges(page) });
  }

  /** A page of older or newer messages is put to what is loaded. */
  extendTimeline(id, page, direction) {
    this.addPeople(page.people);
    const timeline = this.timelines.get(id);
    if (!timeline) return;
    const messages = merge(timeline.messages, page.results.map((message) => this.#own(message)));
    const { hasOlder, hasNewer } = edges(page);
    if (direction === "older") this.#setTimeline(id, { ...timeline, messages, hasOlder });
    else this.#setTimeline(id, { ...timeline, messages, hasNewer });
  }

  /** Keeps the number of rows bounded by letting go of those at the far end. */
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

  forgetTimeline(id) {
    this.timelines.delete(id);
    this.notify("timeline", id);
  }

  hideMessage(id, seq) {
    const timeline = this.timelines.get(id);
    if (!timeline) return;
    const messages = timeline.messages.filter((message) => message.seq !== seq);
    this.#setTimeline(id, { ...timeline, messages });
  }

  /** A message as it is now, from wherever. True when it is one that we had not heard of. */
  putMessage(given) {
    const conversation = this.conversations.get(given.conversationId);
    const isNew = Boolean(conversation) && given.seq > conversation.headSeq;
    this.#intoTimeline(given);
    if (conversation) this.#intoHead(conversation, given, isNew);
    return isNew;
  }

  /** Somebody has received or read everything up to a seq. */
  advanceReceipt(id, kind, upToSeq) {
    const timeline = this.timelines.get(id);
    if (!timeline) return;
    const messages = timeline.messages.map((message) => {
      const status = statusAfter(message, this.me.id, kind, upToSeq);
      return status === message.status ? message : { ...message, status };
    });
    this.#setTimeline(id, { ...timeline, messages });
  }

  /** One's own pointer has moved, here or on another device. */
  movePointer(id, lastReadSeq) {
    const conversation = this.conversations.get(id);
    if (!conversation || lastReadSeq <= conversation.lastReadSeq) return;
    const left = unreadAfter(conversation, this.messages(id), lastReadSeq, this.me.id);
    this.change(id, { lastReadSeq, ...left, mentioned: left.unreadMentions > 0, unreadMark: false });
  }

  #own(message) {
    const known = this.message(message.conversationId, message.seq);
    if (known && known.rev > message.rev) return known;
    const mine = message.senderId === this.me.id;
    const status = message.status ?? known?.status ?? (mine ? "sent" : null);
    return { ...message, mine, status, myReactions: this.#myReactions(message) };
  }

  #myReactions(message) {
    if (message.myReactions) return message.myReactions;
    const mine = message.reactions.filter((each) => each.userIds.includes(this.me.id));
    return mine.map((each) => each.emoji);
  }

  #intoTimeline(given) {
    const timeline = this.timelines.get(given.conversationId);
    if (!timeline) return;
    const { messages } = timeline;
    const first = messages[0]?.seq ?? 0;
    const last = messages.at(-1)?.seq ?? 0;
    const isInside = given.seq >= first && given.seq <= last;
    const isNext = given.seq > last && !timeline.hasNewer;
    if (!isInside && !isNext && !(given.seq < first && !timeline.hasOlder)) return;
    this.#setTimeline(given.conversationId, {
      ...timeline, messages: merge(messages, [this.#own(given)]),
    });
  }

  #intoHead(conversation, given, isNew) {
    const changes = { rev: Math.max(conversation.rev, given.rev) };
    if (isNew) Object.assign(changes, this.#newHead(conversation, given));
    const isLast = conversation.lastMessage?.seq === given.seq;
    if (isLast && given.rev >= conversation.lastMessage.rev) changes.lastMessage = given;
    this.change(conversation.id, changes);
  }

  #newHead(conversation, given) {
    const changes = { headSeq: given.seq };
    if (given.kind !== "system") {
      Object.assign(changes, { lastMessage: given, lastMessageAt: given.createdAt });
    }
    if (countsAsUnread(given, this.me.id) && given.seq > conversation.lastReadSeq) {
      const called = mentionsUser(given, this.me.id) ? 1 : 0;
      changes.unread = conversation.unread + 1;
      changes.unreadMentions = conversation.unreadMentions + called;
      changes.mentioned = changes.unreadMentions > 0;
    } else if (given.senderId === this.me.id && conversation.lastReadSeq >= given.seq - 1) {
      changes.lastReadSeq = given.seq;
    }
    return changes;
  }

  #setTimeline(id, timeline) {
    this.timelines.set(id, timeline);
    this.notify("timeline", id);
  }
}

// What is told by the log's own events; the rest is one's own view, for which any answer is newer.
const LOG_FIELDS = [
  "title", "topic", "kind", "history", "memberCount", "isLocked", "headSeq", "rev", "memberRev",
  "lastMessageAt", "lastMessage", "unread", "unreadMentions", "mentioned", "lastReadSeq",
];

function pick(object, names) {
  return Object.fromEntries(names.map((name) => [name, object[name]]));
}

function edges(page) {
  return { hasOlder: page.previous !== null, hasNewer: page.next !== null };
}

/** Both in the order of seq; of the same message the one of the higher rev. */
function merge(messages, given) {
  const bySeq = new Map(messages.map((message) => [message.seq, message]));
  let isAppended = true;
  let last = messages.at(-1)?.seq ?? 0;
  for (const message of given) {
    const known = bySeq.get(message.seq);
    if (known && known.rev > message.rev) continue;
    if (!known && message.seq < last) isAppended = false;
    last = Math.max(last, message.seq);
    bySeq.set(message.seq, message);
  }
  const merged = [...bySeq.values()];
  return isAppended ? merged : merged.sort((one, other) => one.seq - other.seq);
}

export function inInboxOrder(one, other) {
  if (Boolean(one.pinnedAt) !== Boolean(other.pinnedAt)) return one.pinnedAt ? -1 : 1;
  if (one.pinnedAt && one.pinnedAt !== other.pinnedAt) return one.pinnedAt < other.pinnedAt ? 1 : -1;
  const a = one.lastMessageAt ?? one.createdAt;
  const b = other.lastMessageAt ?? other.createdAt;
  if (a !== b) return a < b ? 1 : -1;
  return one.id < other.id ? -1 : 1;
}
