// The outbox: messages on their way. Each is kept in the storage until the server has it, goes out
// in its conversation's order, one at a time, and may be sent any number of times: the server knows
// it by its `clientId`. So it arrives exactly once, whatever is closed, reloaded or lost in between.

import { logger } from "./logger.js";
import { pauseAfter } from "./retry.js";

export class Outbox {
  /** `send(entry)` gives the stored message; `onChange(conversationId)`, `onSent(entry, message)`. */
  constructor({ storage, send, onChange, onSent, timers = globalThis, now = Date.now, newId }) {
    this.storage = storage;
    this.send = send;
    this.onChange = onChange;
    this.onSent = onSent;
    this.timers = timers;
    this.now = now;
    this.newId = newId ?? (() => crypto.randomUUID());
    this.entries = new Map(); // clientId → entry, in order
    this.busy = new Set(); // conversations with one on its way
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

  /** The rows of a conversation that the server has not confirmed, in their order. */
  of(conversationId) {
    return [...this.entries.values()].filter((entry) => entry.conversationId === conversationId);
  }

  get size() {
    return this.entries.size;
  }

  /** Shown at once, sent when it is safe in the storage. Gives the entry. */
  add({ conversationId, content, replyToSeq = null, attachments = [] }) {
    this.last = Math.max(this.last + 1, this.now());
    const clientId = this.newId();
    const entry = {
      key: clientId, clientId, conversationId, content, replyToSeq, attachments,
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

  retry(clientId) {
    const entry = this.entries.get(clientId);
    if (entry?.state !== "failed") return;
    this.#set(entry, { state: "queued", error: null });
    this.#keep(this.entries.get(clientId));
    this.#pump(entry.conversationId);
  }

  /** The message is known to be stored, or is not to be sent any more. */
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

  async #pump(conversationId, attempt = 0) {
    const entry = this.of(conversationId).find((each) => each.state === "queued");
    if (!entry?.isKept || this.busy.has(conversationId)) return;
    this.busy.add(conversationId);
    let pause = null;
    try {
      const message = await this.send(entry);
      if (this.entries.has(entry.clientId)) this.onSent(entry, message);
      this.remove(entry.clientId);
    } catch (error) {
      if (error.isPassing) pause = pauseAfter(error, attempt);
      else this.#fail(entry, error);
    }
    this.busy.delete(conversationId);
    if (pause === null) this.#pump(conversationId);
    else this.timers.setTimeout(() => this.#pump(conversationId, attempt + 1), pause);
  }

  #fail(entry, error) {
    if (!this.entries.has(entry.clientId)) return;
    const refusal = { code: error.code, detail: error.detail, errors: error.errors };
    this.#keep(this.#set(entry, { state: "failed", error: refusal }));
  }

  /** Entries are replaced, never changed, so that who shows one sees that it is another. */
  #set(entry, changes) {
    const changed = { ...entry, ...changes };
    this.entries.set(entry.clientId, changed);
    this.#changed(entry.conversationId);
    return changed;
  }

  async #keep(entry) {
    try {
      await this.storage.put(entry);
    } catch (error) {
      logger.unsupported("The storage of the outbox", error); // it goes out all the same
    }
  }

  #changed(conversationId) {
    this.onChange(conversationId);
  }
}
