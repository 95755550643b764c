// One person's live chat, without a screen: what joins store, socket, outbox and REST.

import { ApiError } from "./errors.js";
import { Outbox } from "./outbox.js";
import { Pointers } from "./pointers.js";
import { Presence } from "./presence.js";
import { Revs } from "./revs.js";
import { Connection } from "./socket.js";
import { Store } from "./store.js";
import { Typing } from "./typing.js";

const PAGE = 60;
const MAX_SYNCED = 500;
const MAX_NAMES = 100;
const KEPT_TIMELINES = 12;
const STATUS_MS = 700; // in a group, how long receipts are gathered before the ticks are asked for

export class Session {
  /** `socket` are options of Connection; `storage` keeps the outbox. */
  constructor({ me, rest, storage, url, socket = {}, onNotify = () => {}, onEnded = () => {} }) {
    this.store = new Store(me);
    this.rest = rest;
    this.revs = new Revs();
    this.listeners = new Set();
    this.onNotify = onNotify;
    this.openId = null;
    this.recent = []; // ids of conversations whose timelines are kept, the last opened first
    this.loads = new Map();
    this.statusTimers = new Map();
    this.listening = new Set(); // public ones that are read from outside
    this.connection = new Connection({
      url,
      ...socket,
      onHello: (frame) => this.#hello(frame),
      onEvent: (frame) => this.#take(frame),
      onState: (state, ending) => {
        if (state === "ended" && ending.code !== "stopped") onEnded(ending);
        this.store.tell("connection");
      },
    });
    this.outbox = new Outbox({
      storage,
      send: (entry) => this.#send(entry),
      onSent: (entry, message) => this.#putMessage(message),
      onChange: (id) => this.store.tell("timeline", id),
    });
    const request = (type, fields) => this.connection.request(type, fields);
    this.pointers = new Pointers({ request });
    this.presence = new Presence({ request, onChange: () => this.store.tell("presence") });
    this.typing = new Typing({
      tell: (type, fields) => this.connection.tell(type, fields),
      onChange: (id) => this.store.tell("typing", id),
      nameOf: (id) => this.store.nameOf(id),
    });
  }

  /** Live events that are not state: `listener(frame)`. */
  onEvent(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** What the page brought along, as the API would have answered it. */
  begin({ inbox, conversation, messages }) {
    this.#takeInbox(inbox);
    this.nextInbox = inbox?.next ?? null;
    if (conversation) this.#takeConversation(conversation);
    if (conversation && messages) {
      this.#takePage(conversation.id, messages);
      this.broughtId = conversation.id; // where its new messages begin, or at the message asked for
    }
    this.outbox.load();
    this.connection.start();
  }

  // -- conversations

  /** Shows a conversation: at the message `seq`, else where its new messages begin. */
  async open(id, { seq = null } = {}) {
    this.#onScreen(id);
    this.#keepRecent(id);
    if (!this.store.conversations.has(id)) await this.fetchConversation(id);
    const conversation = this.store.conversations.get(id);
    this.#listen(id);
    const isBrought = this.broughtId === id;
    this.broughtId = null;
    if (isBrought || this.#isLoadedFor(id, seq)) return;
    const isDeep = seq === null && conversation.unread > PAGE / 2;
    await this.#load(id, { around: seq ?? (isDeep ? conversation.lastReadSeq : undefined) });
  }

  close() {
    this.#onScreen(null);
  }

  #onScreen(id) {
    const before = this.openId;
    this.openId = id;
    const isKept = this.store.conversations.get(before)?.role;
    if (before && before !== id && isKept) this.connection.tell("conversation.close", { conversationId: before });
  }

  async fetchConversation(id) {
    const conversation = await this.rest.get(["conversations", id]);
    this.#takeConversation(conversation);
    return conversation;
  }

  /** A new conversation, or the direct one that is there; gives its id. */
  async beginConversation(fields) {
    const conversation = await this.rest.post(["conversations"], fields);
    this.#takeConversation(conversation);
    return conversation.id;
  }

  async join(id) {
    this.#takeConversation(await this.rest.post(["conversations", id, "join"]));
    this.listening.delete(id);
  }

  async leave(id) {
    await this.rest.post(["conversations", id, "leave"]);
    this.store.dropConversation(id);
    this.revs.forget(id);
  }

  async changeConversation(id, changes) {
    this.#takeConversation(await this.rest.patch(["conversations", id], changes));
  }

  /** mute, pin, archive, unread: on or off, for oneself alone. */
  async setOwn(id, what, isOn, body) {
    const path = ["conversations", id, what];
    const own = isOn ? await this.rest.post(path, body) : await this.rest.delete(path);
    this.store.change(id, own);
  }

  async setNotify(id, notify) {
    this.store.change(id, await this.rest.patch(["conversations", id, "notify"], { notify }));
  }

  async members(id) {
    const found = await this.rest.get(["conversations", id, "participants"], { limit: 1000 });
    this.store.learn(found.results);
    this.store.members.set(id, found.results);
    this.store.tell("members", id);
    if (id === this.openId) this.presence.watch(this.#peers());
    return found.results;
  }

  // -- a timeline

  #isLoadedFor(id, seq) {
    const timeline = this.store.timeline(id);
    if (!timeline) return false;
    if (seq === null) return !timeline.hasNewer;
    return timeline.messages.some((message) => message.seq === seq);
  }

  loadOlder(id) {
    const first = this.store.messages(id)[0];
    if (!first || !this.store.timeline(id).hasOlder) return Promise.resolve();
    return this.#once(`older ${id}`, () => this.#extend(id, "older", { before: first.seq }));
  }

  loadNewer(id) {
    const last = this.store.messages(id).at(-1);
    if (!last || !this.store.timeline(id).hasNewer) return Promise.resolve();
    return this.#once(`newer ${id}`, () => this.#extend(id, "newer", { after: last.seq }));
  }

  loadLatest(id) {
    return this.#load(id, {});
  }

  /** Around a seq, or a moment in RFC 3339. Gives the seq that stands there. */
  async loadAround(id, around) {
    await this.#load(id, { around });
    const messages = this.store.messages(id);
    if (typeof around === "number") return around;
    return (messages.find((message) => message.createdAt >= around) ?? messages.at(-1))?.seq ?? null;
  }

  #load(id, place) {
    return this.#once(`page ${id} ${JSON.stringify(place)}`, async () => {
      const page = await this.#page(id, place);
      this.#takePage(id, page);
    });
  }

  async #extend(id, direction, place) {
    const page = await this.#page(id, place);
    this.store.extendTimeline(id, page, direction);
    this.#knownAsOf(id, page.rev);
  }

  #page(id, place) {
    return this.rest.get(["conversations", id, "messages"], { limit: PAGE, ...place });
  }

  #takePage(id, page) {
    this.store.replaceTimeline(id, page);
    for (const message of page.results) {
      if (message.clientId) this.outbox.settled(message.clientId);
    }
    this.#knownAsOf(id, page.rev);
  }

  #knownAsOf(id, rev) {
    this.revs.rewind(id, rev);
    this.#catchUp();
  }

  async #once(key, action) {
    let running = this.loads.get(key);
    if (!running) {
      running = action().finally(() => this.loads.delete(key));
      this.loads.set(key, running);
    }
    return running;
  }

  #keepRecent(id) {
    this.recent = [id, ...this.recent.filter((each) => each !== id)];
    for (const each of this.recent.slice(1)) {
      const timeline = this.store.timeline(each);
      if (timeline?.hasNewer) this.store.forgetTimeline(each);
      else this.store.trim(each, "older", PAGE);
    }
    for (const old of this.recent.splice(KEPT_TIMELINES)) this.store.forgetTimeline(old);
  }

  // -- messages

  send(conversationId, { content, replyToSeq = null, attachments = [] }) {
    return this.outbox.add({ conversationId, content, replyToSeq, attachments });
  }

  async #send(entry) {
    const { message } = await this.connection.request("message.send", {
      conversationId: entry.conversationId,
      clientId: entry.clientId,
      content: entry.content,
      ...(entry.replyToSeq ? { replyToSeq: entry.replyToSeq } : {}),
      ...(entry.attachments.length ? { attachmentIds: entry.attachments.map((each) => each.id) } : {}),
    });
    return message;
  }

  async edit(id, seq, content) {
    this.#putMessage(await this.rest.patch([...messagePath(id, seq)], { content }));
  }

  async deleteForAll(id, seq) {
    this.#putMessage(await this.rest.delete(messagePath(id, seq)));
  }

  async hide(id, seq) {
    await this.rest.post([...messagePath(id, seq), "hide"]);
    this.store.hideMessage(id, seq);
  }

  async react(id, seq, emoji, isOn) {
    const path = [...messagePath(id, seq), "reactions"];
    const answer = isOn
      ? await this.rest.post(path, { emoji })
      : await this.rest.delete([...path, emoji]);
    this.#putMessage(answer);
  }

  async pin(id, seq, isOn) {
    const path = [...messagePath(id, seq), "pin"];
    this.#putMessage(isOn ? await this.rest.post(path) : await this.rest.delete(path));
  }

  receipts(id, seq) {
    return this.rest.get([...messagePath(id, seq), "receipts"], { limit: 1000 });
  }

  /** A message that may lie outside of what is loaded, such as one that is replied to. */
  async fetchMessage(id, seq) {
    const message = await this.rest.get(messagePath(id, seq));
    this.store.learn(message.people);
    return message;
  }

  markRead(id, seq) {
    const conversation = this.store.conversations.get(id);
    if (!conversation?.role || seq <= conversation.lastReadSeq) return;
    this.store.movePointer(id, seq);
    this.pointers.read(id, seq);
  }

  // -- what comes

  #hello({ heads }) {
    const { joined, left } = this.revs.hello(heads);
    for (const id of left) this.#lost(id);
    if (joined.length) this.#loadInbox();
    for (const id of new Set([...this.listening, ...(this.openId ? [this.openId] : [])])) this.#listen(id);
    this.#catchUp();
    this.#deliverAll();
    this.presence.again(this.#peers());
    if (this.openId && !this.store.timeline(this.openId)) this.open(this.openId).catch(() => {});
  }

  /** The socket does not tell of it: it may be read from outside, or is not ours any more. */
  async #lost(id) {
    if (this.listening.has(id)) return;
    try {
      const conversation = await this.fetchConversation(id);
      if (!conversation.role) this.#listen(id);
    } catch (error) {
      if (error.status === 404 || error.status === 403) this.#gone(id);
    }
  }

  #gone(id) {
    this.revs.forget(id);
    this.listening.delete(id);
    this.store.dropConversation(id);
  }

  /** To who types in it, and to everything in a public one that is read from outside. */
  async #listen(id) {
    if (this.connection.state !== "online") return; // the next hello says it
    if (!this.store.conversations.get(id)?.role) this.listening.add(id);
    try {
      const { rev } = await this.connection.request("conversation.open", { conversationId: id });
      this.#apply(this.revs.head(id, rev));
      this.#catchUp();
    } catch (error) {
      if (error.code === "conversation_not_found") this.#gone(id);
    }
  }

  #take(frame) {
    if (frame.conversationId && frame.rev !== undefined && frame.type !== "conversation.joined") {
      this.#apply(this.revs.take(frame));
      this.#catchUp();
    } else {
      this.#beside(frame);
    }
  }

  #beside(frame) {
    switch (frame.type) {
      case "receipt.advanced":
        this.#receipt(frame);
        break;
      case "state.changed":
        this.#state(frame);
        break;
      case "conversation.joined":
        this.#joined(frame.conversationId);
        break;
      case "conversation.left":
        this.#left(frame.conversationId);
        break;
      case "typing.started":
        this.#learnIds([frame.userId]);
        this.typing.started(frame);
        break;
      case "presence.changed":
        this.presence.changed(frame);
        break;
      default:
    }
    for (const listener of this.listeners) listener(frame);
  }

  #apply(frames) {
    for (const frame of frames) {
      this.#applyOne(frame);
      for (const listener of this.listeners) listener(frame);
    }
  }

  #applyOne(frame) {
    const id = frame.conversationId;
    const known = this.store.conversations.get(id);
    if (known && frame.rev > known.rev) this.store.change(id, { rev: frame.rev });
    switch (frame.type) {
      case "message.created":
      case "message.updated":
      case "message.deleted":
        this.#putMessage(frame.message, { isLive: true });
        break;
      case "conversation.updated":
        this.store.change(id, sharedPart(frame.conversation));
        break;
      case "participant.joined":
      case "participant.updated":
        this.store.learn(frame.participants);
        this.#membersChanged(frame);
        break;
      case "participant.left":
      case "participants.changed":
        this.#membersChanged(frame);
        break;
      default:
    }
  }

  #membersChanged(frame) {
    const id = frame.conversationId;
    const count = this.store.conversations.get(id)?.memberCount ?? 0;
    const change = {
      "participant.joined": count + (frame.participants?.length ?? 0),
      "participant.left": count - (frame.userIds?.length ?? 0),
      "participants.changed": frame.memberCount,
    }[frame.type];
    if (change !== undefined) this.store.change(id, { memberCount: change });
    const own = frame.participants?.find((each) => each.userId === this.store.me.id);
    if (own) this.store.change(id, { role: own.role });
    if (this.store.members.has(id)) this.members(id).catch(() => {});
  }

  #putMessage(message, { isLive = false } = {}) {
    const isNew = this.store.putMessage(message);
    if (message.clientId) this.outbox.settled(message.clientId);
    this.#learnNames(message);
    if (isNew) this.typing.stopped(message.conversationId, message.senderId);
    if (!isNew || message.senderId === this.store.me.id) return;
    this.pointers.delivered(message.conversationId, message.seq);
    if (isLive) this.onNotify(message);
  }

  #learnNames(message) {
    const ids = [message.senderId, message.meta?.userId, ...(message.meta?.userIds ?? [])];
    for (const [, id] of message.content.matchAll(/<@([0-9a-f-]{36})>/gi)) ids.push(id.toLowerCase());
    for (const reaction of message.reactions) ids.push(...reaction.userIds);
    this.#learnIds(ids);
  }

  /** Events name people by id; names that we lack are asked for, many at once. */
  #learnIds(ids) {
    this.nameless ??= new Set();
    for (const id of ids) if (id && !this.store.people.has(id)) this.nameless.add(id);
    if (!this.nameless.size) return;
    this.#once("people", async () => {
      await Promise.resolve();
      while (this.nameless.size) {
        const some = [...this.nameless].slice(0, MAX_NAMES);
        const found = await this.rest.get(["users"], { ids: some.join(",") });
        for (const id of some) this.nameless.delete(id);
        this.store.learn(found.results);
      }
    }).catch(() => {}); // the next event that names them tries again
  }

  /** The people whose dots are shown: those of direct conversations, and who is in the open one. */
  #peers() {
    const peers = this.store.inbox().filter((each) => each.peer).map((each) => each.peer.id);
    return [...peers, ...(this.store.members.get(this.openId) ?? []).map((each) => each.userId)];
  }

  #receipt({ conversationId, userId, kind, upToSeq }) {
    if (userId === this.store.me.id) return;
    const conversation = this.store.conversations.get(conversationId);
    if (!conversation) return;
    if (conversation.kind === "direct") {
      this.store.advanceReceipt(conversationId, kind, upToSeq);
    } else if (conversationId === this.openId) {
      this.#askStatus(conversationId, upToSeq);
    }
  }

  /** In a group a tick says that all have it, which the server knows. */
  #askStatus(id, upToSeq) {
    const open = this.store.messages(id).filter(
      (each) => each.mine && each.kind !== "system" && each.status !== "read" && each.seq <= upToSeq,
    );
    if (!open.length || this.statusTimers.has(id)) return;
    const timer = setTimeout(async () => {
      this.statusTimers.delete(id);
      const place = { after: open[0].seq - 1, limit: Math.min(200, open.at(-1).seq - open[0].seq + 1) };
      const page = await this.#page(id, place).catch(() => null);
      if (page) for (const message of page.results) this.store.putMessage(message);
    }, STATUS_MS);
    this.statusTimers.set(id, timer);
  }

  #state(frame) {
    if (frame.part === "contacts") this.store.tell("contacts");
    if (frame.part === "profile") this.#refreshMe();
    if (!frame.conversationId) return;
    const { conversationId: id, lastReadSeq, hiddenSeq, shownSeq, type, ...own } = frame;
    if (lastReadSeq !== undefined) this.store.movePointer(id, lastReadSeq);
    if (hiddenSeq) this.store.hideMessage(id, hiddenSeq);
    if (shownSeq) this.#reload(id);
    if (own.clearedSeq) this.#reload(id);
    delete own.conversationId;
    this.store.change(id, own);
  }

  async #refreshMe() {
    const me = await this.rest.get(["users", "me"]).catch(() => null);
    if (!me) return;
    this.store.me = me;
    this.store.learn([me]);
    this.store.tell("people");
  }

  async #joined(id) {
    this.listening.delete(id);
    await this.fetchConversation(id).catch(() => {});
  }

  async #left(id) {
    if (!this.store.conversations.has(id)) return;
    await this.#lost(id);
  }

  async #reload(id) {
    this.store.forgetTimeline(id);
    await this.fetchConversation(id).catch(() => {});
    if (id === this.openId) await this.#load(id, {}).catch(() => {});
  }

  // -- catching up

  #catchUp() {
    if (this.connection.state !== "online") return;
    const behind = Object.entries(this.revs.behind()).slice(0, MAX_SYNCED);
    if (!behind.length || this.isCatchingUp) return;
    this.isCatchingUp = true;
    this.#sync(Object.fromEntries(behind))
      .catch(() => new Promise((resolve) => setTimeout(resolve, 1000)))
      .then(() => {
        this.isCatchingUp = false;
        this.#catchUp();
      });
  }

  async #sync(asked) {
    const answer = await this.connection.request("sync", { conversations: asked });
    this.store.learn(answer.people);
    for (const [id, since] of Object.entries(asked)) {
      const news = answer.conversations[id] ?? { results: [], throughRev: since };
      await this.#news(id, since, news);
    }
    if (answer.joined.some((id) => !this.store.conversations.has(id))) this.#loadInbox();
  }

  async #news(id, since, news) {
    if (news.gone) return this.#gone(id);
    const isStuck = news.more && !news.results.length;
    if (!this.revs.answer(id, since, isStuck ? { ...news, more: false } : news)) return undefined;
    if (news.reset || isStuck) return this.#reload(id);
    const before = this.store.conversations.get(id)?.memberRev ?? 0;
    const inOrder = [...news.results].sort((one, other) => one.seq - other.seq);
    for (const message of inOrder) this.#putMessage(message, { isLive: true });
    this.#apply(this.revs.released(id));
    const hasOtherNews = inOrder.some((each) => each.kind === "system") || news.memberRev > before;
    if (news.more || hasOtherNews) await this.fetchConversation(id).catch(() => {});
    return undefined;
  }

  // -- the inbox

  /** What the first page left out, and what was joined meanwhile. */
  #loadInbox() {
    return this.#once("inbox", async () => {
      let cursor = null;
      do {
        const page = await this.rest.get(["conversations"], { limit: 500, cursor });
        this.#takeInbox(page);
        cursor = page.next;
      } while (cursor);
      this.#catchUp();
      this.#deliverAll();
    }).catch((error) => {
      if (!(error instanceof ApiError)) throw error;
    });
  }

  #takeInbox(page) {
    if (!page) return;
    this.store.learn(page.people);
    for (const conversation of page.results) this.#takeConversation(conversation);
  }

  #takeConversation(conversation) {
    this.revs.seed(conversation.id, conversation.rev);
    const isNew = !this.store.conversations.has(conversation.id);
    this.store.putConversation(conversation);
    this.#apply(this.revs.released(conversation.id));
    if (isNew && conversation.peer && this.connection.state === "online") this.presence.watch(this.#peers());
  }

  #deliverAll() {
    for (const each of this.store.conversations.values()) {
      if (each.role && each.lastDeliveredSeq < each.headSeq && each.lastReadSeq < each.headSeq) {
        this.pointers.delivered(each.id, each.headSeq);
      }
    }
  }
}

function messagePath(id, seq) {
  return ["conversations", id, "messages", seq];
}

/** Of a direct conversation the shared name is empty: each side shows the other person's. */
function sharedPart(conversation) {
  const shared = { ...conversation };
  if (shared.kind === "direct") delete shared.name;
  return shared;
}
