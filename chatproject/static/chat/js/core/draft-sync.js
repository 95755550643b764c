// Syncs drafts between a person's devices: local drafts are saved soon, those of other devices are
// taken over, and the last write wins.

import { lengthOf } from "./composer-text.js";
import { logger } from "./logger.js";
import { runInBackground } from "./retry.js";

const SAVE_MS = 1_000;
const THREAD = "/t/"; // stands in the key of a thread's draft between the conversation and the root

export class DraftSync {
  /**
   * `maxLength` is what a message may have in code points: longer drafts are kept here alone.
   *
   * @param {Chat.Session} session
   * @param {import("./drafts.js").Drafts} drafts
   * @param {Chat.KeyStorage} storage
   * @param {{maxLength?: number, timers?: Chat.Timers}} [options]
   */
  constructor(session, drafts, storage, { maxLength = Infinity, timers = globalThis } = {}) {
    this.session = session;
    this.drafts = drafts;
    this.storage = storage;
    this.maxLength = maxLength;
    this.timers = timers;
    this.storageKey = `${drafts.key}.unsaved`;
    /** Drafts that were written here and not saved yet, in an earlier page maybe. @type {Set<string>} */
    this.unsaved = new Set(this.#read());
    /** Of those, what the server has refused as it is. @type {Set<string>} */
    this.refused = new Set();
    /** @type {Set<string>} those that are being saved */
    this.saving = new Set();
    /** @type {unknown} */
    this.timer = undefined;
  }

  start() {
    this.drafts.onChange = (key) => this.#handleChange(key);
    this.session.events.subscribe((frame) => {
      if (frame.type === "draft.changed") this.#take(keyOf(frame.conversationId, frame.threadSeq), frame.draft);
    });
    let wasOnline = this.session.connection.state === "online";
    this.session.store.subscribe((topic) => {
      const isOnline = this.session.connection.state === "online";
      if (topic === "connection" && isOnline && !wasOnline) this.load();
      wasOnline = isOnline;
    });
    this.load();
  }

  /** Saves what is not saved yet, then takes all that there is. Never rejects. */
  load() {
    return runInBackground("Loading drafts", async () => {
      await this.#saveAll();
      const { results } = await this.session.rest.get(["drafts"]);
      const there = new Map(results.map((/** @type {any} */ each) => [keyOf(each.conversationId, each.threadSeq), each]));
      for (const key of new Set([...this.drafts.drafts.keys(), ...there.keys()])) this.#take(key, there.get(key) ?? null);
    }, { timers: this.timers });
  }

  /** @param {string} key */
  #handleChange(key) {
    this.unsaved.add(key);
    this.refused.delete(key);
    this.#write();
    const save = () => runInBackground("Saving a draft", () => this.#saveAll(), { timers: this.timers });
    if (!this.drafts.get(key)) save(); // it was sent: no other device should go on with it
    else {
      this.timer ??= this.timers.setTimeout(() => {
        this.timer = undefined;
        save();
      }, SAVE_MS);
    }
  }

  async #saveAll() {
    for (const key of [...this.unsaved]) {
      if (!this.saving.has(key) && !this.refused.has(key) && !this.#isTooLong(key)) await this.#save(key);
    }
  }

  /** @param {string} key */
  #isTooLong(key) {
    return lengthOf(this.drafts.get(key)?.content ?? "") > this.maxLength;
  }

  /** @param {string} key */
  async #save(key) {
    const [id, root] = key.split(THREAD);
    const threadSeq = root ? Number(root) : null;
    const path = ["conversations", id, "draft"];
    const draft = this.drafts.get(key);
    this.unsaved.delete(key);
    this.saving.add(key);
    try {
      const rest = this.session.rest;
      await (draft ? rest.put(path, { ...draft, threadSeq }) : rest.delete(path, threadSeq ? { threadSeq } : {}));
    } catch (error) {
      const { status } = /** @type {Chat.ApiError} */ (error);
      const isChanged = this.unsaved.has(key);
      const isRefused = status >= 400 && status < 500 && status !== 429;
      // What nobody else has is never replaced by what the server has.
      if (draft || !isRefused) this.unsaved.add(key);
      if (isChanged || !isRefused) throw error;
      this.refused.add(key);
      logger.failure("Saving a draft", error);
    } finally {
      this.saving.delete(key);
      this.#write();
    }
  }

  /**
   * What is saved now. What was written here since will be saved, and then holds.
   *
   * @param {string} key
   * @param {Chat.Draft | null} draft
   */
  #take(key, draft) {
    if (this.unsaved.has(key) || this.saving.has(key)) return;
    const known = this.drafts.get(key);
    if ((known?.content ?? "") === (draft?.content ?? "") && (known?.replyToSeq ?? null) === (draft?.replyToSeq ?? null)) return;
    this.drafts.take(key, draft ?? { content: "" });
    this.session.store.notify("drafts", key);
  }

  /** @returns {string[]} */
  #read() {
    try {
      // Those of a page that did not save them are not saved either.
      return JSON.parse(this.storage.getItem(this.storageKey) ?? JSON.stringify([...this.drafts.drafts.keys()]));
    } catch (error) {
      logger.unsupported("The storage of drafts", error);
      return [];
    }
  }

  #write() {
    try {
      this.storage.setItem(this.storageKey, JSON.stringify([...this.unsaved]));
    } catch (error) {
      logger.unsupported("The storage of drafts", error);
    }
  }
}

/**
 * @param {string} id
 * @param {number | null} threadSeq
 */
function keyOf(id, threadSeq) {
  return threadSeq ? `${id}${THREAD}${threadSeq}` : id;
}
