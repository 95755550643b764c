// Keeping the composer's draft: written soon after each change, at once when the conversation is
// left, and never while a message is edited.

import { context } from "./context.js";

const KEEP_MS = 300;

export class DraftKeeper {
  constructor() {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** @param {() => void} keep called once, soon */
  keepSoon(keep) {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      keep();
    }, KEEP_MS);
  }

  /**
   * @param {string} conversationId
   * @param {{content: string, replyToSeq: number | null}} draft
   */
  keep(conversationId, draft) {
    this.cancel();
    context.drafts.set(conversationId, draft);
  }

  /** @param {string} conversationId */
  clear(conversationId) {
    this.cancel();
    context.drafts.clear(conversationId);
  }

  /** Forgets what was to be kept soon. */
  cancel() {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
