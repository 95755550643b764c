// Drafts: unsent texts by conversation; they survive a reload.

import { logger } from "./logger.js";

const MAX_KEPT = 200;

export class Drafts {
  /**
   * `storage` is like `localStorage`; drafts of different people have keys of their own.
   *
   * @param {Chat.KeyStorage} storage
   * @param {string} userId
   */
  constructor(storage, userId) {
    this.storage = storage;
    this.key = `chat.drafts.${userId}`;
    /** @type {Map<string, Chat.Draft>} */
    this.drafts = new Map(Object.entries(this.#read()));
    /** Called with the key of a draft that was changed here. @type {(key: string) => void} */
    this.onChange = () => {};
  }

  /**
   * @param {string} conversationId
   * @returns {Chat.Draft | null}
   */
  get(conversationId) {
    return this.drafts.get(conversationId) ?? null;
  }

  /**
   * @param {string} conversationId
   * @param {Chat.Draft} draft
   */
  set(conversationId, { content, replyToSeq = null }) {
    const before = this.get(conversationId);
    this.take(conversationId, { content, replyToSeq });
    const { content: text, replyToSeq: reply } = this.get(conversationId) ?? { content: "", replyToSeq: null };
    if (text !== (before?.content ?? "") || reply !== (before?.replyToSeq ?? null)) this.onChange(conversationId);
  }

  /**
   * What another device has written.
   *
   * @param {string} conversationId
   * @param {Chat.Draft} draft
   */
  take(conversationId, { content, replyToSeq = null }) {
    this.drafts.delete(conversationId);
    if (content.trim() || replyToSeq) this.drafts.set(conversationId, { content, replyToSeq });
    for (const oldest of [...this.drafts.keys()].slice(0, -MAX_KEPT)) this.drafts.delete(oldest);
    this.#write();
  }

  /** @param {string} conversationId */
  clear(conversationId) {
    this.set(conversationId, { content: "" });
  }

  #read() {
    try {
      return JSON.parse(this.storage.getItem(this.key) ?? "{}");
    } catch (error) {
      logger.unsupported("The storage of drafts", error);
      return {};
    }
  }

  #write() {
    try {
      this.storage.setItem(this.key, JSON.stringify(Object.fromEntries(this.drafts)));
    } catch (error) {
      logger.unsupported("The storage of drafts", error); // the draft lives as long as the page
    }
  }
}
