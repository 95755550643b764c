// Drafts: what one has begun to write, by conversation; they survive a reload.

import { logger } from "./logger.js";

const MAX_KEPT = 200;

export class Drafts {
  /** `storage` is like `localStorage`; drafts of different people have keys of their own. */
  constructor(storage, userId) {
    this.storage = storage;
    this.key = `chat.drafts.${userId}`;
    this.drafts = new Map(Object.entries(this.#read()));
  }

  /** {content, replyToSeq}, or null. */
  get(conversationId) {
    return this.drafts.get(conversationId) ?? null;
  }

  set(conversationId, { content, replyToSeq = null }) {
    this.drafts.delete(conversationId);
    if (content.trim() || replyToSeq) this.drafts.set(conversationId, { content, replyToSeq });
    while (this.drafts.size > MAX_KEPT) this.drafts.delete(this.drafts.keys().next().value);
    this.#write();
  }

  clear(conversationId) {
    this.set(conversationId, { content: "" });
  }

  #read() {
    try {
      return JSON.parse(this.storage.getItem(this.key)) ?? {};
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
