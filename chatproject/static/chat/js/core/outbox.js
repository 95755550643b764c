// The outbox: messages on their way. Each is kept in the storage until the server has it, goes out
// in its conversation's order, one at a time, and may be sent any number of times: the server knows
// it by its `clientId`. So it arrives exactly once, whatever is closed, reloaded or lost in between.

import { logger } from "./logger.js";
import { isPassing, pauseAfter } from "./retry.js";

export class Outbox {
  /**
   * @param {object} options
   * @param {Chat.RecordStorage} options.storage
   * @param {(entry: Chat.OutboxEntry) => Promise<Chat.Message>} options.send gives the stored message
   * @param {(conversationId: string) => void} options.onChange
   * @param {(message: Chat.Message) => void} options.onSent
   * @param {Chat.Timers} [options.timers]
   * @param {() => number} [options.now]
   * @param {() => string} [options.newId]
   */
  constructor({ storage, send, onChange, onSent, timers = globalThis, now = Date.now, newId }) {
    this.storage = storage;
    this.send = send;
    this.onChange = onChange;
    this.onSent = onSent;
    this.timers = timers;
    this.now = now;
    this.newId = newId ?? (() => crypto.randomUUID());
    /** @type {Map<string, Chat.OutboxEntry>} by clientId, in order */
    this.entries = new Map();
    /** @type {Set<string>} conversations with a message on its way */
    this.busy = new Set();
    this.last = 0;
  }

  /** Takes up what an earlier page has left. */
  async load() {
    const kept = (await this.storage.all()).sort((one, other) => one.order - other.order);
    const added = [...this.entries.values()];
    this.entries.clear();
    for (const entry of [...kept, ...added]) this.entries.set(entry.clientId, entry);
    this.last = Math.max(this.last, ...kept.map((entry) => entry.order));
    this.#pumpAll();
  }

  /**
   * The rows of a conversation that the server has not confirmed, in their order.
   *
   * @param {string} conversationId
   */
  of(conversationId) {
    return [...this.entries.values()].filter((entry) => entry.conversationId === conversationId);
  }

  get size() {
    return this.entries.size;
  }

  /**
   * Shown at once, sent when it is safe in the storage. Gives the entry.
   *
   * @param {{conversationId: string} & Chat.NewMessage} message
   */
  add({ conversationId, content, replyToSeq, threadSeq, alsoToConversation, attachments, heldMs = 0 }) {
    this.last = Math.max(this.last + 1, this.now());
    const clientId = this.newId();
    /** @type {Chat.OutboxEntry} */
    const entry = {
      key: clientId, clientId, conversationId, content, replyToSeq: replyToSeq ?? null, attachments: attachments ?? [],
      threadSeq: threadSeq ?? null, alsoToConversation: alsoToConversation ?? false,
      heldUntil: heldMs ? this.now() + heldMs : 0,
      order: this.last, createdAt: new Date(this.now()).toISOString(), state: "queued", error: null,
    };
    this.entries.set(clientId, entry);
    this.#changed(conversationId);
    this.#keep(entry).then(() => {
      entry.isKept = true;
      this.#pump(conversationId);
    });
    return entry;
  }

  /**
   * Sends a message that was refused again, with `changes` that may have it accepted.
   *
   * @param {string} clientId
   * @param {{replyToSeq?: null}} [changes]
   */
  retry(clientId, changes = {}) {
    const entry = this.entries.get(clientId);
    if (entry?.state !== "failed") return;
    this.#keep(this.#set(entry, { ...changes, state: "queued", error: null }));
    this.#pump(entry.conversationId);
  }

  /**
   * Takes back a message that is still held; gives whether it was.
   *
   * @param {string} clientId
   */
  takeBack(clientId) {
    const entry = this.entries.get(clientId);
    if (!entry?.heldUntil || entry.heldUntil <= this.now() || this.busy.has(entry.conversationId)) return false;
    this.remove(clientId);
    return true;
  }

  /**
   * The message is known to be stored, or is not to be sent any more.
   *
   * @param {string} clientId
   */
  remove(clientId) {
    const entry = this.entries.get(clientId);
    if (!entry) return;
    this.entries.delete(clientId);
    this.storage.delete(clientId).catch((error) => logger.unsupported("The storage of the outbox", error));
    this.#changed(entry.conversationId);
  }

  #pumpAll() {
    for (const id of new Set([...this.entries.values()].map((each) => each.conversationId))) {
      for (const entry of this.of(id)) entry.isKept = true;
      this.#changed(id);
      this.#pump(id);
    }
  }

  /** @param {string} conversationId */
  async #pump(conversationId, attempt = 0) {
    const entry = this.of(conversationId).find((each) => each.state === "queued");
    if (!entry?.isKept || this.busy.has(conversationId)) return;
    const held = (entry.heldUntil ?? 0) - this.now();
    if (held > 0) {
      this.timers.setTimeout(() => this.#pump(conversationId), held);
      return;
    }
    this.busy.add(conversationId);
    /** @type {number | null} */
    let pause = null;
    try {
      const message = await this.send(entry);
      if (this.entries.has(entry.clientId)) this.onSent(message);
      this.remove(entry.clientId);
    } catch (error) {
      if (isPassing(error)) pause = pauseAfter(error, attempt);
      else this.#fail(entry, error);
    }
    this.busy.delete(conversationId);
    if (pause === null) this.#pump(conversationId);
    else this.timers.setTimeout(() => this.#pump(conversationId, attempt + 1), pause);
  }

  /**
   * @param {Chat.OutboxEntry} entry
   * @param {any} error
   */
  #fail(entry, error) {
    logger.failure("Sending a message", error);
    if (!this.entries.has(entry.clientId)) return;
    const refusal = { code: error.code, detail: error.detail, errors: error.errors };
    this.#keep(this.#set(entry, { state: "failed", error: refusal }));
  }

  /**
   * Entries are replaced, never changed, so that elements notice the change.
   *
   * @param {Chat.OutboxEntry} entry
   * @param {Partial<Chat.OutboxEntry>} changes
   */
  #set(entry, changes) {
    const changed = { ...entry, ...changes };
    this.entries.set(entry.clientId, changed);
    this.#changed(entry.conversationId);
    return changed;
  }

  /** @param {Chat.OutboxEntry} entry */
  async #keep(entry) {
    try {
      await this.storage.put(entry);
    } catch (error) {
      logger.unsupported("The storage of the outbox", error); // it goes out all the same
    }
  }

  /** @param {string} conversationId */
  #changed(conversationId) {
    this.onChange(conversationId);
  }
}
