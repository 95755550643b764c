// The session: one person's live chat, without a DOM. It builds the parts and connects them.

import { CatchUp } from "./catch-up.js";
import { Commands } from "./commands.js";
import { Conversations } from "./conversations.js";
import { Events } from "./events.js";
import { GroupStatusLoader } from "./group-status.js";
import { logger } from "./logger.js";
import { restore } from "./kept-state.js";
import { NameLoader } from "./names.js";
import { Outbox } from "./outbox.js";
import { Pointers } from "./pointers.js";
import { Presence } from "./presence.js";
import { Revs } from "./revs.js";
import { Connection } from "./socket.js";
import { Store } from "./store.js";
import { Timelines } from "./timelines.js";
import { Typing } from "./typing.js";

const SPREAD_MS = 1_500;

export class Session {
  /**
   * @param {object} options
   * @param {Chat.Me} options.me
   * @param {Chat.Rest} options.rest
   * @param {Chat.RecordStorage} options.storage keeps the outbox
   * @param {string} options.url of the WebSocket
   * @param {Partial<Chat.ConnectionOptions>} [options.socket]
   * @param {Chat.Timers} [options.timers]
   * @param {(message: Chat.Message) => void} [options.onMessage] a new message of somebody else
   * @param {(error: unknown) => void} [options.onFailure] shows a failure that no caller can show
   * @param {(ending: {code: string}) => void} [options.onEnded] the server has ended the session
   */
  constructor({
    me, rest, storage, url, socket = {}, timers = globalThis, onMessage = () => {},
    onFailure = (error) => logger.failure("The session", error), onEnded = () => {},
  }) {
    this.timers = timers;
    this.onMessage = onMessage;
    this.onFailure = onFailure;
    this.store = new Store(me);
    this.rest = rest;
    this.revs = new Revs();
    this.connection = new Connection({
      url,
      ...socket,
      onHello: (frame) => this.#handleHello(frame),
      onEvent: (frame) => this.events.receive(frame),
      onState: (state, ending) => {
        if (state === "ended" && ending && ending.code !== "stopped") onEnded(ending);
        this.store.notify("connection");
      },
    });
    this.outbox = new Outbox({
      storage,
      send: (entry) => this.commands.deliver(entry),
      onSent: (message) => this.timelines.putMessage(message),
      onChange: (id) => this.store.notify("timeline", id),
    });
    /** @type {Chat.Request} */
    const request = (type, fields) => this.connection.request(type, fields);
    this.pointers = new Pointers({ request, timers });
    this.presence = new Presence({ request, onChange: () => this.store.notify("presence") });
    this.typing = new Typing({
      send: (type, fields) => this.connection.send(type, fields),
      onChange: (id) => this.store.notify("typing", id),
      nameOf: (id) => this.store.nameOf(id),
    });
    this.names = new NameLoader({ rest, store: this.store, timers });
    this.groupStatus = new GroupStatusLoader({ rest, store: this.store, timers });
    this.conversations = new Conversations(this, { timers });
    this.timelines = new Timelines(this, { timers });
    this.events = new Events(this, { timers });
    this.catchUp = new CatchUp(this, { timers });
    this.commands = new Commands(this);
    /** @type {import("./threads.js").Threads | null} comes with a lazy part of the page */
    this.threads = null;
  }

  /**
   * Puts the first view into the store, or the kept state if that is newer, and connects. The first
   * view has the shapes of the API.
   *
   * @param {Chat.FirstView} view
   * @param {Chat.KeptState | null} [kept]
   */
  start(view, kept = null) {
    if (kept) restore(this, kept);
    else this.#takeOver(view);
    this.outbox.load().catch((error) => this.onFailure(error));
    this.connection.start();
  }

  /** @param {Chat.FirstView} view */
  #takeOver({ inbox, conversation, messages, avatars = {} }) {
    for (const [id, url] of Object.entries(avatars)) this.store.avatars.set(id, url);
    this.conversations.putPage(inbox);
    if (conversation) this.conversations.put(conversation);
    if (conversation && messages) {
      this.timelines.putPage(conversation.id, messages);
      this.timelines.firstId = conversation.id;
    }
  }

  /** @param {Chat.Frame} hello */
  #handleHello({ heads }) {
    const { conversations, timelines } = this;
    for (const id of Object.keys(heads)) conversations.watched.delete(id); // joined while we were away
    const { joined, left } = this.revs.hello(heads);
    for (const id of left) conversations.handleLoss(id);
    if (joined.length) conversations.loadInbox();
    else this.#refreshOwnState();
    const listened = new Set(conversations.watched);
    if (timelines.openId) listened.add(timelines.openId);
    for (const id of listened) conversations.listen(id);
    this.catchUp.run();
    conversations.confirmDelivery();
    this.presence.resume(this.#peopleOnScreen());
    timelines.reopen();
  }

  /**
   * Loads the inbox, which has what was read, hidden or muted on other devices; no log has that.
   * Clients that reconnect together do it at different times.
   */
  #refreshOwnState() {
    this.timers.setTimeout(() => this.conversations.loadInbox(), Math.random() * SPREAD_MS);
  }

  /** Asks for the presence of the people whose dots are shown. */
  watchPresence() {
    this.presence.watch(this.#peopleOnScreen());
  }

  /** The peers of direct conversations, and the members of the open conversation. */
  #peopleOnScreen() {
    const peers = this.store.inbox().flatMap((each) => (each.peer ? [each.peer.id] : []));
    const { openId } = this.timelines;
    const members = openId ? this.store.members.get(openId) ?? [] : [];
    return [...peers, ...members.map((each) => each.userId)];
  }
}
