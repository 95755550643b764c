// Tracking what was read: moves the read pointer to the last message that has come into view while
// the person looks at the page.

import { context } from "./context.js";

const READ_MS = 150;
const MARGIN = 24; // pixels of a row that count as seen

export class ReadTracker {
  /**
   * @param {Chat.LogScroller} scroller
   * @param {() => string | null} conversationId null as long as there is nothing to read
   */
  constructor(scroller, conversationId) {
    this.scroller = scroller;
    this.conversationId = conversationId;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.trackSoon = this.trackSoon.bind(this);
  }

  connect() {
    document.addEventListener("visibilitychange", this.trackSoon);
    addEventListener("focus", this.trackSoon);
  }

  disconnect() {
    document.removeEventListener("visibilitychange", this.trackSoon);
    removeEventListener("focus", this.trackSoon);
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  trackSoon() {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.#track();
    }, READ_MS);
  }

  #track() {
    const id = this.conversationId();
    if (this.scroller.placing) {
      this.trackSoon();
      return;
    }
    if (!id || document.visibilityState !== "visible" || !document.hasFocus()) return;
    const seq = this.#lastSeenSeq(id);
    if (seq) context.session.commands.markRead(id, seq);
    if (this.scroller.isPinned) context.store.trim(id, "older");
  }

  /**
   * The last row whose text has come into view.
   *
   * @param {string} id
   */
  #lastSeenSeq(id) {
    const { log, rows } = this.scroller;
    if (!log) return null;
    if (this.scroller.isAtEnd()) return context.store.messages(id).at(-1)?.seq ?? null;
    const bottom = log.getBoundingClientRect().bottom - MARGIN;
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle].getBoundingClientRect().top < bottom) low = middle + 1;
      else high = middle;
    }
    return low ? Number(rows[low - 1].dataset.seq) : null;
  }
}
