// The timeline: the log of an open conversation. It finds where to begin, loads pages at both ends
// as one scrolls, and jumps to messages. Scrolling, reading, keys and rows have modules of their own.

import { html, nothing, repeat } from "../../vendor/lit.js";
import { rowsOf } from "../core/grouping.js";
import { plural, t } from "../core/i18n.js";
import { logger } from "../core/logger.js";
import { isPassing } from "../core/retry.js";
import { badge, firstUnreadSeq, staysInThread } from "../core/unread.js";
import { context, emit, showFailure } from "./context.js";
import { ChatElement } from "./element.js";
import { icon } from "./icons.js";
import { handleLogKey } from "./log-keys.js";
import { LogScroller } from "./log-scroller.js";
import { pendingMessages } from "./pending-messages.js";
import { ReadTracker } from "./read-tracker.js";
import { skeleton } from "./skeleton.js";
import { loadingEdge, timelineBeginning, timelineRow } from "./timeline-rows.js";

const LOAD_AHEAD = 1200; // pixels
const RETRY_MS = 2000;
const FLASH_MS = 2400;

class Timeline extends ChatElement {
  /** @type {Chat.Topic[]} */
  static topics = ["timeline", "people", "inbox", "clock"];
  static properties = {
    conversationId: {}, seq: {}, isSlow: {}, isPinned: { state: true }, activeKey: { state: true }, flashSeq: { state: true },
  };

  constructor() {
    super();
    this.conversationId = "";
    /** @type {number | null} the message that the page's address names */
    this.seq = null;
    this.isSlow = false;
    this.isPinned = true;
    /** @type {string | null | undefined} the row that the Tab key reaches */
    this.activeKey = null;
    /** @type {number | null} */
    this.flashSeq = null;
    /** @type {number | null} the message below the line of new messages */
    this.lineSeq = null;
    this.hasArrived = false;
    this.isLoading = false;
    this.scroller = new LogScroller(this, {
      mayFollow: () => !this.#timeline()?.hasNewer, onPlaced: () => this.#handleScroll(),
    });
    this.reading = new ReadTracker(this.scroller, () => (this.hasArrived ? this.conversationId : null));
  }

  connectedCallback() {
    super.connectedCallback();
    this.reading.connect();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.reading.disconnect();
    this.scroller.disconnect();
  }

  /**
   * @param {Chat.Topic} topic
   * @param {string} id
   */
  concerns(topic, id) {
    return topic === "people" || topic === "clock" || id === this.conversationId;
  }

  #timeline() {
    return context.store.timeline(this.conversationId);
  }

  #conversation() {
    return context.store.conversations.get(this.conversationId);
  }

  // -- where to begin, and jumps

  /**
   * The messages are loaded: goes to `seq`, else to the first new one, else to the end.
   *
   * @param {number | null} seq
   */
  async arrive(seq) {
    const id = this.conversationId;
    if (!this.#conversation() || !this.#timeline()) return;
    if (!this.hasArrived) this.#placeLine();
    this.hasArrived = true;
    this.#setPinned(false);
    this.requestUpdate();
    await this.updateComplete;
    if (this.conversationId !== id) return;
    if (seq !== null) this.#show(seq);
    else if (this.lineSeq !== null) this.scroller.toLine();
    else this.#toEnd();
    requestAnimationFrame(() => this.#handleScroll());
  }

  /** Puts the line of new messages before the first unread one. */
  #placeLine() {
    const conversation = this.#conversation();
    const isBehind = Boolean(conversation?.role && conversation.unread);
    const messages = context.store.messages(this.conversationId);
    this.lineSeq = conversation && isBehind
      ? firstUnreadSeq(messages, conversation.lastReadSeq, context.store.me.id) : null;
  }

  /** @param {number} seq shown in the middle of the log, flashing */
  #show(seq) {
    const row = this.scroller.rowAt(seq);
    if (!row) return;
    this.scroller.toRow(row);
    this.activeKey = row.dataset.key;
    this.flashSeq = Number(row.dataset.seq);
    clearTimeout(this.flashTimer);
    this.flashTimer = setTimeout(() => { this.flashSeq = null; }, FLASH_MS);
  }

  /**
   * Shows a message, which may have to be loaded first.
   *
   * @param {number} seq
   */
  async jumpTo(seq) {
    const id = this.conversationId;
    if (!context.session.timelines.isLoadedFor(id, seq)) {
      const found = await this.attempt(() => context.session.timelines.loadAround(id, seq));
      if (found === undefined) return;
      await this.updateComplete;
    }
    this.#show(seq);
  }

  /**
   * Shows the first message of a day, or the next one after it.
   *
   * @param {string} moment in RFC 3339
   */
  async jumpToMoment(moment) {
    const seq = await this.attempt(() => context.session.timelines.loadAround(this.conversationId, moment));
    await this.updateComplete;
    if (seq) this.#show(seq);
  }

  async toLatest() {
    if (this.#timeline()?.hasNewer) {
      const isLoaded = await this.attempt(async () => {
        await context.session.timelines.load(this.conversationId);
        return true;
      });
      if (!isLoaded) return;
    }
    this.lineSeq = null;
    this.requestUpdate();
    await this.updateComplete;
    this.#toEnd();
    this.#trackReading();
  }

  #toEnd() {
    this.scroller.toEnd();
    this.isPinned = this.scroller.isPinned;
  }

  /** @param {boolean} isPinned */
  #setPinned(isPinned) {
    this.scroller.pin(isPinned);
    this.isPinned = isPinned;
  }

  #trackReading() {
    if (this.hasArrived) this.reading.trackSoon();
  }

  /** Opens the last own message for editing. */
  editLast() {
    const own = context.store.messages(this.conversationId)
      .findLast((each) => each.mine && !each.deletedAt && each.kind !== "system" && each.content);
    if (own) this.dispatchEvent(new CustomEvent("edit", { detail: own }));
  }

  // -- scrolling and loading

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("conversationId")) {
      this.hasArrived = false;
      this.#setPinned(true);
      this.lineSeq = this.activeKey = this.flashSeq = null;
    }
    // Who comes back to the page finds what is new below the line.
    if (this.hasArrived && this.lineSeq === null && document.visibilityState === "hidden") this.#placeLine();
    this.scroller.beforeUpdate(this.isLoading);
  }

  updated() {
    this.scroller.observe();
    // What could not be loaded at first, such as without a network, may have come now.
    if (!this.hasArrived && this.#timeline()) this.arrive(this.seq);
    this.scroller.follow();
    this.#trackReading();
  }

  #handleScroll() {
    // Where it is sent to, guessed heights may put the end near for a moment: see LogScroller.
    if (!this.scroller.log || !this.hasArrived || this.scroller.placing) return;
    if (this.scroller.hasResized()) return; // it is followed next: the person did not scroll
    this.#setPinned(this.scroller.isNearEnd() && !this.#timeline()?.hasNewer);
    const { above, below } = this.scroller.distances();
    if (above < LOAD_AHEAD) this.#load("older");
    else if (below < LOAD_AHEAD) this.#load("newer");
    if (!this.isPinned) emit("open-part", ["floatingDay", "showDay", this, this.conversationId]);
    this.#trackReading();
  }

  /** @param {"older" | "newer"} direction */
  async #load(direction) {
    const id = this.conversationId;
    const { session, store } = context;
    const timeline = store.timeline(id);
    const hasMore = direction === "older" ? timeline?.hasOlder : timeline?.hasNewer;
    if (!hasMore || this.isLoading) return;
    this.isLoading = true;
    try {
      await (direction === "older" ? session.timelines.loadOlder(id) : session.timelines.loadNewer(id));
      store.trim(id, direction === "older" ? "newer" : "older");
      await this.updateComplete;
      this.scroller.holdAnchor();
    } catch (error) {
      logger.failure("Loading more messages", error);
      if (!isPassing(error)) {
        this.isLoading = false; // scrolling on tries again
        showFailure(error);
        return;
      }
      await new Promise((resolve) => { setTimeout(resolve, RETRY_MS); });
    }
    this.isLoading = false;
    requestAnimationFrame(() => this.#handleScroll()); // loads again where the end is still near
  }

  // -- rendering

  render() {
    const timeline = this.#timeline();
    const pending = pendingMessages(this.conversationId).filter((each) => !staysInThread(each));
    const cancelPlacing = () => this.scroller.cancelPlacing();
    return html`
      <div class="log" role="log" aria-label=${t("Messages")} aria-live="off" tabindex=${timeline?.messages.length ? nothing : "0"}
        @scroll=${this.#handleScroll} @wheel=${cancelPlacing} @touchmove=${cancelPlacing} @pointerdown=${cancelPlacing} @keydown=${this.#handleKey} @focusin=${this.#handleFocus}>
        ${timeline || pending.length ? this.#renderRows(timeline, pending) : this.isSlow ? skeleton() : nothing}
      </div>
      ${this.#renderJump(timeline)}`;
  }

  /** @param {KeyboardEvent} event */
  #handleKey(event) {
    this.scroller.cancelPlacing();
    const activate = (/** @type {string} */ key) => { this.activeKey = key; };
    handleLogKey(event, { host: this, activate, loadOlder: () => this.#load("older") });
  }

  /** @param {FocusEvent} event */
  #handleFocus(event) {
    const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest(".row-message"));
    if (row) this.activeKey = row.dataset.key;
  }

  /**
   * @param {Chat.Timeline | null} timeline
   * @param {Chat.PendingMessage[]} pending
   */
  #renderRows(timeline, pending) {
    const rows = rowsOf(timeline?.messages ?? [], timeline?.hasNewer ? [] : pending, {
      firstNewSeq: this.lineSeq, hasOlder: timeline?.hasOlder,
    });
    const lastKey = rows.findLast((row) => row.kind === "message")?.key;
    const activeKey = rows.some((row) => row.key === this.activeKey) ? this.activeKey : lastKey;
    const options = { activeKey, flashSeq: this.flashSeq, jumpTo: (/** @type {number} */ seq) => { this.jumpTo(seq); } };
    const conversation = this.#conversation();
    return html`
      ${timeline?.hasOlder ? loadingEdge() : timeline && conversation ? timelineBeginning(conversation) : nothing}
      <ol class="rows">${repeat(rows, (row) => row.key, (row) => timelineRow(row, options))}</ol>
      ${timeline?.hasNewer ? loadingEdge() : nothing}`;
  }

  /** @param {Chat.Timeline | null} timeline */
  #renderJump(timeline) {
    if (!timeline || (this.isPinned && !timeline.hasNewer) || !this.hasArrived) return nothing;
    const unread = this.#conversation()?.unread ?? 0;
    const label = unread
      ? plural("Go to the latest, {count} new message", "Go to the latest, {count} new messages", unread)
      : t("Go to the latest");
    return html`<button class="jump" type="button" aria-label=${label} title=${label} @click=${() => this.toLatest()}>
      ${icon("down")}${unread ? html`<span class="badge">${badge(unread)}</span>` : nothing}</button>`;
  }
}

customElements.define("chat-timeline", Timeline);
