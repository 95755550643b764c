// The pane of a thread: its root, the replies, and a composer of its own. Beside the conversation,
// on a phone a page of its own.

import { html, nothing, repeat } from "../../vendor/lit.js";
import { rowsOf } from "../core/grouping.js";
import { plural, t } from "../core/i18n.js";
import { pathOf } from "../core/paths.js";
import { titleOf } from "./avatars.js";
import { context, emit, showFailure } from "./context.js";
import { ChatElement } from "./element.js";
import { icon } from "./icons.js";
import { handleLogKey } from "./log-keys.js";
import { LogScroller } from "./log-scroller.js";
import { pendingMessages } from "./pending-messages.js";
import { skeleton } from "./skeleton.js";
import { loadingEdge, timelineRow } from "./timeline-rows.js";

const LOAD_AHEAD = 600;
const READ_MS = 150;
const FLASH_MS = 2400;

class ThreadPane extends ChatElement {
  /** @type {Chat.Topic[]} */
  static topics = ["threads", "timeline", "inbox", "people", "clock"];
  static properties = {
    conversationId: {}, root: {}, seq: {}, reply: { state: true }, editing: { state: true },
    activeKey: { state: true }, flashSeq: { state: true }, isMissing: { state: true },
  };

  constructor() {
    super();
    this.conversationId = "";
    /** @type {number} the seq of the root */
    this.root = 0;
    /** @type {number | null} the reply that the page's address names */
    this.seq = null;
    /** @type {Chat.Message | null} */
    this.reply = null;
    /** @type {Chat.Message | null} */
    this.editing = null;
    /** @type {string | null | undefined} */
    this.activeKey = null;
    /** @type {number | null} */
    this.flashSeq = null;
    /** @type {number | null} the reply below the line of new ones */
    this.lineSeq = null;
    this.isMissing = false;
    this.hasArrived = false;
    this.scroller = new LogScroller(this, {
      mayFollow: () => this.hasArrived && !this.threads.open?.hasNewer,
      onPlaced: () => this.trackSoon(),
    });
    this.trackSoon = this.trackSoon.bind(this);
    this.addEventListener("keydown", (event) => this.#escape(event));
  }

  get threads() {
    return /** @type {import("../core/threads.js").Threads} */ (context.session.threads);
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.trackSoon);
    addEventListener("focus", this.trackSoon);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.trackSoon);
    removeEventListener("focus", this.trackSoon);
    clearTimeout(this.timer);
    this.scroller.disconnect();
    this.threads.close();
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!changed.has("conversationId") && !changed.has("root") && !changed.has("seq")) return;
    if (changed.has("conversationId") || changed.has("root")) {
      this.reply = this.editing = null;
      this.lineSeq = null;
    }
    this.hasArrived = this.isMissing = false;
    this.#load();
  }

  async #load() {
    const { conversationId, root, seq } = this;
    try {
      await this.threads.openThread(conversationId, root, seq);
    } catch (error) {
      this.isMissing = /** @type {Chat.ApiError} */ (error).status === 404;
      if (!this.isMissing) showFailure(error);
      return;
    }
    if (conversationId !== this.conversationId || root !== this.root) return;
    this.#placeLine();
    this.requestUpdate();
    await this.updateComplete;
    this.hasArrived = true;
    if (seq !== null) this.#show(seq);
    else if (this.lineSeq !== null) this.scroller.toRow(this.inner(".row-new"));
    else this.scroller.toEnd();
    this.trackSoon();
  }

  /** Puts the line of new replies before the first unread one. */
  #placeLine() {
    const { open } = this.threads;
    if (!open?.own.unread) return;
    const me = context.store.me.id;
    this.lineSeq = open.messages.find((each) => each.seq > open.own.lastReadSeq && each.senderId !== me)?.seq ?? null;
  }

  // -- scrolling and reading

  #log() {
    return this.inner(".log");
  }

  /** @param {number} seq shown in the middle, flashing */
  #show(seq) {
    const row = this.inner(`[data-seq="${seq}"]`);
    if (!row) return;
    this.scroller.pin(false);
    this.scroller.toRow(row);
    this.flashSeq = seq;
    clearTimeout(this.flashTimer);
    this.flashTimer = setTimeout(() => { this.flashSeq = null; }, FLASH_MS);
  }

  updated() {
    this.scroller.observe();
    this.scroller.follow();
    this.trackSoon();
  }

  #handleScroll() {
    const log = this.#log();
    if (!this.hasArrived || this.scroller.placing || this.scroller.hasResized()) return;
    const { below } = this.scroller.distances();
    this.scroller.pin(this.scroller.isNearEnd() && !this.threads.open?.hasNewer);
    if (log.scrollTop < LOAD_AHEAD) this.#extend("older");
    else if (below < LOAD_AHEAD) this.#extend("newer");
    this.trackSoon();
  }

  /** @param {"older" | "newer"} direction */
  async #extend(direction) {
    const log = this.#log();
    const before = log.scrollHeight - log.scrollTop;
    await this.attempt(() => this.threads.extend(direction));
    await this.updateComplete;
    if (direction === "older") log.scrollTop = log.scrollHeight - before;
  }

  trackSoon() {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.#track();
    }, READ_MS);
  }

  /** The replies that have come into view while the person looks at the page are read. */
  #track() {
    const log = this.#log();
    if (!log || !this.hasArrived || document.visibilityState !== "visible" || !document.hasFocus()) return;
    const bottom = log.getBoundingClientRect().bottom;
    const seen = this.innerAll(".row-message[data-seq]").findLast((row) => row.getBoundingClientRect().top < bottom);
    if (seen) this.threads.markRead(Number(seen.dataset.seq));
  }

  // -- keys and actions

  /** @param {KeyboardEvent} event */
  #escape(event) {
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], :popover-open")) return;
    event.preventDefault();
    emit("go", { id: this.conversationId });
  }

  /** @param {KeyboardEvent} event */
  #handleKey(event) {
    const activate = (/** @type {string} */ key) => { this.activeKey = key; };
    handleLogKey(event, { host: this, activate, loadOlder: () => this.#extend("older") });
  }

  /** @param {FocusEvent} event */
  #handleFocus(event) {
    const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest(".row-message"));
    if (row) this.activeKey = row.dataset.key;
  }

  /**
   * @param {"reply" | "editing"} what
   * @param {Chat.Message} message
   */
  async #about(what, message) {
    this.reply = this.editing = null;
    this[what] = message;
    await this.updateComplete;
    this.inner("chat-composer")?.focus();
  }

  #editLast() {
    const own = this.threads.open?.messages.findLast((each) => each.mine && !each.deletedAt && each.content);
    if (own) this.#about("editing", own);
  }

  // -- rendering

  render() {
    const conversation = context.store.conversations.get(this.conversationId);
    const { open } = this.threads;
    const isHere = open?.id === this.conversationId && open.seq === this.root;
    const cancelPlacing = () => this.scroller.cancelPlacing();
    return html`<aside class="pane-details pane-thread" aria-label=${t("Thread")}>
      <header class="bar">
        <h2 class="bar-names"><span class="bar-name"><span>${t("Thread")}</span></span>
          <span class="bar-line" dir="auto">${conversation ? titleOf(conversation) : ""}</span></h2>
        ${isHere && open.isLoaded && conversation?.role ? this.#followButton(open.own.following) : nothing}
        <a class="icon-button" href=${pathOf(this.conversationId)} aria-label=${t("Close the thread")} title=${t("Close the thread")}>${icon("close")}</a>
      </header>
      <div class="log" role="log" aria-label=${t("Thread")} aria-live="off" tabindex=${isHere && open.isLoaded ? nothing : "0"}
        @scroll=${this.#handleScroll} @wheel=${cancelPlacing} @touchmove=${cancelPlacing} @pointerdown=${cancelPlacing} @keydown=${this.#handleKey} @focusin=${this.#handleFocus}
        @reply=${(/** @type {CustomEvent} */ event) => this.#about("reply", event.detail)}
        @edit=${(/** @type {CustomEvent} */ event) => this.#about("editing", event.detail)}>
        ${this.isMissing ? html`<p class="foot-note">${t("This thread does not exist, or you may not see it.")}</p>`
          : isHere && (open.isLoaded || open.root) ? this.#rows(open) : skeleton()}
      </div>
      ${this.#foot(conversation)}
    </aside>`;
  }

  /** @param {boolean} isOn */
  #followButton(isOn) {
    const label = isOn ? t("Stop following this thread") : t("Follow this thread");
    return html`<button class="icon-button" type="button" aria-pressed=${String(isOn)} aria-label=${t("Follow this thread")} title=${label}
      @click=${() => this.attempt(() => this.threads.follow(!isOn))}>${icon(isOn ? "bell" : "mute")}</button>`;
  }

  /** @param {import("../core/threads.js").OpenThread} open */
  #rows({ root, messages, hasOlder, hasNewer, isLoaded }) {
    const pending = pendingMessages(this.conversationId).filter((each) => each.threadSeq === this.root);
    const rows = rowsOf(messages, hasNewer ? [] : pending, { firstNewSeq: this.lineSeq });
    const keys = [root?.clientId ?? root?.id, ...rows.map((row) => row.key)];
    const activeKey = keys.includes(this.activeKey ?? "") ? this.activeKey : rows.findLast((row) => row.kind === "message")?.key ?? keys[0];
    const options = {
      activeKey, flashSeq: this.flashSeq, isInThread: true,
      jumpTo: (/** @type {number} */ seq) => { this.seq = seq; },
    };
    const count = root?.thread?.replyCount ?? messages.length;
    return html`
      <ol class="rows">${root ? timelineRow({ kind: "message", key: root.clientId ?? root.id, message: root, isFirst: true, isLast: true }, options)
        : isLoaded ? html`<li class="row-system"><span>${t("You do not see the message that began this thread.")}</span></li>` : nothing}
        <li class="thread-count"><span>${count ? plural("{count} reply", "{count} replies", count) : t("No replies yet")}</span></li></ol>
      ${hasOlder || !isLoaded ? loadingEdge() : nothing}
      <ol class="rows">${repeat(rows, (row) => row.key, (row) => timelineRow(row, options))}</ol>
      ${hasNewer ? loadingEdge() : nothing}`;
  }

  /** @param {Chat.Conversation | undefined} conversation */
  #foot(conversation) {
    const isMember = conversation?.role && !conversation.leftAt && !conversation.isLocked;
    const mayPost = isMember && (conversation.kind !== "broadcast" || conversation.role !== "member");
    if (!mayPost || this.isMissing) return nothing;
    const done = () => { this.reply = this.editing = null; };
    return html`<chat-composer .conversationId=${this.conversationId} .threadSeq=${this.root} .reply=${this.reply} .editing=${this.editing}
      @done=${done} @cancel-context=${done} @edit-last=${this.#editLast}
      @restore-reply=${(/** @type {CustomEvent} */ event) => { this.reply = event.detail; }}
      @sent=${() => this.scroller.toEnd()}></chat-composer>`;
  }
}

customElements.define("chat-thread", ThreadPane);
