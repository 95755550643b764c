// The log of an open conversation. The browser's scroll anchoring keeps what one reads in place
// while pages come and go at both ends; at the bottom the log follows what comes.

import { html, nothing, repeat } from "../../vendor/lit.js";
import { rowsOf } from "../core/grouping.js";
import { systemSentence } from "../core/system.js";
import { currentLanguage, plural, t } from "../core/texts.js";
import { clock, dayName } from "../core/times.js";
import { badge, firstUnreadSeq } from "../core/unread.js";
import { context } from "./context.js";
import { ChatElement } from "./element.js";
import { conversationAvatar, nameOf, titleOf } from "./faces.js";
import { icon } from "./icons.js";
import "./message.js";

const NEAR_BOTTOM = 60; // pixels
const LOAD_AHEAD = 1200;
const READ_MS = 150;
const FLASH_MS = 2400;
const HAS_ANCHORING = CSS.supports("overflow-anchor", "auto");

class Timeline extends ChatElement {
  static topics = ["timeline", "people", "inbox"];
  static properties = {
    conversationId: {}, seq: {}, isSlow: {}, isPinned: { state: true }, activeKey: { state: true }, flashSeq: { state: true },
  };

  constructor() {
    super();
    this.conversationId = this.seq = null;
    this.isSlow = false;
    this.isPinned = true;
    this.activeKey = null;
    this.flashSeq = null;
    this.lineSeq = null;
    this.hasArrived = false;
    this.resizes = new ResizeObserver(() => this.#resized());
    this.onVisible = () => this.#readSoon();
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.onVisible);
    addEventListener("focus", this.onVisible);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.onVisible);
    removeEventListener("focus", this.onVisible);
    this.resizes.disconnect();
  }

  concerns(topic, id) {
    return topic === "people" || id === this.conversationId;
  }

  // -- finding one's place

  /** The messages are there: go to `seq`, else to the first new one, else to the end. */
  async arrive(seq) {
    const id = this.conversationId;
    const conversation = context.store.conversations.get(id);
    if (!conversation || !context.store.timeline(id)) return;
    if (!this.hasArrived) this.#drawLine();
    this.hasArrived = true;
    this.isPinned = false;
    this.requestUpdate();
    await this.updateComplete;
    if (this.conversationId !== id) return;
    if (seq !== null) this.#show(seq, { flash: true });
    else if (this.lineSeq !== null) this.#showLine();
    else this.#toEnd();
    requestAnimationFrame(() => this.#scrolled());
  }

  #drawLine() {
    const { conversationId: id } = this;
    const it = context.store.conversations.get(id);
    const isBehind = Boolean(it?.role && it.unread);
    this.lineSeq = isBehind ? firstUnreadSeq(context.store.messages(id), it.lastReadSeq, context.store.me.id) : null;
  }

  #showLine() {
    this.#place(() => {
      const log = this.#log();
      const line = this.querySelector(".row-new");
      if (!log || !line) return;
      const above = Math.min(120, log.clientHeight / 4);
      log.scrollTop += line.getBoundingClientRect().top - log.getBoundingClientRect().top - above;
    });
  }

  /** Rows that were never shown have a guessed height: once they are laid out, again. */
  #place(scroll, frames = 3) {
    scroll();
    const turn = (this.placing = {});
    const again = (left) => requestAnimationFrame(() => {
      if (turn !== this.placing || this.isPinned) return;
      scroll();
      if (left > 1) again(left - 1);
    });
    again(frames);
  }

  #show(seq, { flash = false } = {}) {
    const row = this.querySelector(`[data-seq="${seq}"]`) ?? this.#nearest(seq);
    if (!row) return;
    this.#place(() => row.scrollIntoView({ block: "center" }));
    this.#setActive(row.dataset.key);
    if (!flash) return;
    this.flashSeq = Number(row.dataset.seq);
    clearTimeout(this.flashTimer);
    this.flashTimer = setTimeout(() => { this.flashSeq = null; }, FLASH_MS);
  }

  #nearest(seq) {
    const rows = [...this.querySelectorAll("[data-seq]")];
    return rows.find((row) => Number(row.dataset.seq) >= seq) ?? rows.at(-1);
  }

  /** To a message that may have to be loaded first. */
  async jumpTo(seq) {
    const id = this.conversationId;
    if (!context.store.message(id, seq)) {
      const found = await this.attempt(() => context.session.loadAround(id, seq));
      if (found === undefined) return;
      await this.updateComplete;
    }
    this.#show(seq, { flash: true });
  }

  /** To the first message of a day, or what comes next. `moment` in RFC 3339. */
  async jumpToMoment(moment) {
    const seq = await this.attempt(() => context.session.loadAround(this.conversationId, moment));
    await this.updateComplete;
    if (seq) this.#show(seq, { flash: true });
  }

  async toLatest() {
    if (context.store.timeline(this.conversationId)?.hasNewer) {
      const loaded = await this.attempt(async () => {
        await context.session.loadLatest(this.conversationId);
        return true;
      });
      if (!loaded) return;
    }
    this.lineSeq = null;
    this.requestUpdate();
    await this.updateComplete;
    this.#toEnd();
    this.#readSoon();
  }

  #toEnd() {
    const log = this.#log();
    if (!log) return;
    this.isPinned = true;
    log.scrollTop = log.scrollHeight;
  }

  #log() {
    return this.querySelector(".log");
  }

  // -- scrolling

  willUpdate(changed) {
    if (changed.has("conversationId")) {
      this.hasArrived = false;
      this.isPinned = true;
      this.lineSeq = this.activeKey = this.flashSeq = null;
    }
    // Who comes back to the page finds where to go on.
    if (this.hasArrived && this.lineSeq === null && document.visibilityState === "hidden") this.#drawLine();
    const log = this.#log();
    // At the very top the browser anchors nothing: one pixel below it does.
    if (log && !this.isPinned && log.scrollTop === 0) log.scrollTop = 1;
    this.anchor = this.isLoading && !HAS_ANCHORING ? this.#firstSeen() : null;
  }

  /** The row at the top of what is seen, and where it stands. */
  #firstSeen() {
    const { top } = this.#log().getBoundingClientRect();
    const row = [...this.querySelectorAll("[data-seq]")].find((each) => each.getBoundingClientRect().bottom > top);
    return row && { row, top: row.getBoundingClientRect().top };
  }

  /** What the browser's own anchoring does, where it has none. */
  #holdAnchor() {
    if (!this.anchor?.row.isConnected) return;
    this.#log().scrollTop += this.anchor.row.getBoundingClientRect().top - this.anchor.top;
    this.anchor = null;
  }

  updated() {
    const rows = this.querySelector(".rows");
    if (rows && rows !== this.observed) {
      this.resizes.disconnect();
      this.observed = rows;
      this.resizes.observe(rows, { box: "border-box" });
      this.resizes.observe(this.#log(), { box: "border-box" });
    }
    // What could not be loaded at first, such as without a network, may have come now.
    if (!this.hasArrived && context.store.timeline(this.conversationId)) this.arrive(this.seq);
    if (this.isPinned) this.#follow();
    this.#readSoon();
  }

  #resized() {
    if (this.isPinned) this.#follow();
  }

  #follow() {
    const log = this.#log();
    if (!log || context.store.timeline(this.conversationId)?.hasNewer) return;
    log.scrollTop = log.scrollHeight;
  }

  #scrolled() {
    const log = this.#log();
    if (!log || !this.hasArrived) return;
    const below = log.scrollHeight - log.scrollTop - log.clientHeight;
    const timeline = context.store.timeline(this.conversationId);
    this.isPinned = below < NEAR_BOTTOM && !timeline?.hasNewer;
    if (log.scrollTop < LOAD_AHEAD) this.#load("older");
    else if (below < LOAD_AHEAD) this.#load("newer");
    this.#readSoon();
  }

  /** The person scrolls: nothing moves the log on its own any more. */
  #taken() {
    this.placing = null;
  }

  async #load(direction) {
    const id = this.conversationId;
    const { session, store } = context;
    const timeline = store.timeline(id);
    const has = direction === "older" ? timeline?.hasOlder : timeline?.hasNewer;
    if (!has || this.isLoading) return;
    this.isLoading = true;
    try {
      await (direction === "older" ? session.loadOlder(id) : session.loadNewer(id));
      store.trim(id, direction === "older" ? "newer" : "older");
      await this.updateComplete;
      this.#holdAnchor();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 2000)); // scrolling on tries again
    }
    this.isLoading = false;
    requestAnimationFrame(() => this.#scrolled());
  }

  // -- reading

  #readSoon() {
    if (!this.hasArrived) return;
    this.readTimer ??= setTimeout(() => {
      this.readTimer = undefined;
      this.#read();
    }, READ_MS);
  }

  #read() {
    if (document.visibilityState !== "visible" || !document.hasFocus() || !this.isConnected) return;
    const seq = this.#lastSeenSeq();
    if (seq) context.session.markRead(this.conversationId, seq);
    if (this.isPinned) context.store.trim(this.conversationId, "older");
  }

  /** The last row whose text has come into view. */
  #lastSeenSeq() {
    if (this.isPinned) return context.store.messages(this.conversationId).at(-1)?.seq ?? null;
    const log = this.#log();
    if (!log) return null;
    const bottom = log.getBoundingClientRect().bottom - 24;
    const rows = this.querySelectorAll("[data-seq]");
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle].getBoundingClientRect().top < bottom) low = middle + 1;
      else high = middle;
    }
    return low ? Number(rows[low - 1].dataset.seq) : null;
  }

  // -- keys: the log is one stop of the Tab key, arrows go through it

  #key(event) {
    const row = event.target.closest(".row-message");
    if (!row || event.target.closest("button, a, pre, input")) return;
    const rows = [...this.querySelectorAll(".row-message")];
    const at = rows.indexOf(row);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (next !== undefined && !event.altKey) {
      event.preventDefault();
      if (event.key === "ArrowUp" && at === 0) this.#load("older");
      this.#focusRow(rows[Math.max(0, Math.min(next, rows.length - 1))]);
    } else if (!event.ctrlKey && !event.metaKey && !event.altKey) {
      row.querySelector("chat-message")?.command(event);
    }
  }

  #focusRow(row) {
    this.#setActive(row.dataset.key);
    const message = row.querySelector("chat-message");
    message.tabIndex = 0;
    message.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  #focused(event) {
    const row = event.target.closest?.(".row-message");
    if (row) this.#setActive(row.dataset.key);
  }

  #setActive(key) {
    this.activeKey = key;
  }

  /** Opens the last of one's own messages for editing. */
  editLast() {
    const own = context.store.messages(this.conversationId)
      .findLast((each) => each.mine && !each.deletedAt && each.kind !== "system" && each.content);
    if (own) this.dispatchEvent(new CustomEvent("edit", { detail: own }));
  }

  // -- drawing

  render() {
    const timeline = context.store.timeline(this.conversationId);
    const pending = this.#pending();
    return html`
      <div class="log" role="log" aria-label=${t("Messages")} aria-live="off" tabindex=${timeline?.messages.length ? nothing : "0"}
        @scroll=${this.#scrolled} @wheel=${this.#taken} @touchmove=${this.#taken} @keydown=${this.#key} @focusin=${this.#focused}>
        ${timeline || pending.length ? this.#inside(timeline, pending) : this.isSlow ? loading() : nothing}
      </div>
      ${this.#jump(timeline)}`;
  }

  #pending() {
    const { me } = context.store;
    return context.session.outbox.of(this.conversationId).map((entry) => this.#asMessage(entry, me));
  }

  /** An entry of the outbox in the shape of a message; the same object while the entry is. */
  #asMessage(entry, me) {
    this.shapes ??= new WeakMap();
    if (!this.shapes.has(entry)) {
      this.shapes.set(entry, {
        ...entry, id: entry.clientId, seq: null, senderId: me.id, mine: true, kind: "text", reactions: [],
        myReactions: [], status: entry.state, attachments: entry.attachments, isPending: true,
      });
    }
    return this.shapes.get(entry);
  }

  #inside(timeline, pending) {
    const messages = timeline?.messages ?? [];
    const rows = rowsOf(messages, timeline?.hasNewer ? [] : pending, { firstNewSeq: this.lineSeq });
    const lastKey = rows.findLast((row) => row.kind === "message")?.key;
    const active = rows.some((row) => row.key === this.activeKey) ? this.activeKey : lastKey;
    return html`
      ${timeline?.hasOlder ? html`<p class="log-edge" role="presentation"><span class="spinner"></span></p>`
        : timeline ? this.#beginning() : nothing}
      <ol class="rows">${repeat(rows, (row) => row.key, (row) => this.#row(row, active))}</ol>
      ${timeline?.hasNewer ? html`<p class="log-edge" role="presentation"><span class="spinner"></span></p>` : nothing}`;
  }

  #row(row, active) {
    switch (row.kind) {
      case "day":
        return html`<li class="row-day"><span>${dayName(row.at)}</span></li>`;
      case "new":
        return html`<li class="row-new"><span>${t("New messages")}</span></li>`;
      case "system":
        return html`<li class="row-system ${row.message.seq === this.flashSeq ? "is-flashing" : ""}" data-seq=${row.message.seq} data-key=${row.key}>
          <span dir="auto">${systemSentence(row.message, nameOf, currentLanguage())}</span>
          <time datetime=${row.message.createdAt}>${clock(row.message.createdAt)}</time></li>`;
      default:
        return this.#messageRow(row, active);
    }
  }

  #messageRow({ key, message, isFirst, isLast }, active) {
    const isFlashing = message.seq !== null && message.seq === this.flashSeq;
    const style = `row-message ${message.mine ? "is-own" : ""} ${isFirst ? "is-first" : ""} ${isLast ? "is-last" : ""} ${isFlashing ? "is-flashing" : ""}`;
    return html`<li class=${style} data-key=${key} data-seq=${message.seq ?? nothing}>
      <chat-message role="article" tabindex=${key === active ? "0" : "-1"} .message=${message} .isFirst=${isFirst}
        .isDirect=${this.#isDirect()} .repliedTo=${this.#repliedTo(message)}
        @jump=${(event) => this.jumpTo(event.detail)}></chat-message></li>`;
  }

  #isDirect() {
    return context.store.conversations.get(this.conversationId)?.kind === "direct";
  }

  /** The message that is replied to, where it is loaded. */
  #repliedTo(message) {
    return message.replyToSeq ? context.store.message(this.conversationId, message.replyToSeq) : null;
  }

  #beginning() {
    const conversation = context.store.conversations.get(this.conversationId);
    if (!conversation) return nothing;
    const isEmpty = !context.store.messages(this.conversationId).length;
    return html`<div class="log-begin">
      ${conversationAvatar(conversation, { size: "l" })}
      <h2 dir="auto">${titleOf(conversation)}</h2>
      <p dir="auto">${conversation.topic || (isEmpty ? t("Nothing written yet. Say hello.") : t("This is where it begins."))}</p>
    </div>`;
  }

  #jump(timeline) {
    if (!timeline || (this.isPinned && !timeline.hasNewer) || !this.hasArrived) return nothing;
    const unread = context.store.conversations.get(this.conversationId)?.unread ?? 0;
    const label = unread
      ? plural("Go to the latest, {count} new message", "Go to the latest, {count} new messages", unread)
      : t("Go to the latest");
    return html`<button class="jump" type="button" aria-label=${label} title=${label} @click=${() => this.toLatest()}>
      ${icon("down")}${unread ? html`<span class="badge">${badge(unread)}</span>` : nothing}</button>`;
  }
}

function loading() {
  return html`<div class="skeleton" aria-hidden="true">${["a", "b", "c", "d", "e"].map(
    (each) => html`<div class="skeleton-row skeleton-${each}"><span></span><i></i></div>`,
  )}</div>`;
}


customElements.define("chat-timeline", Timeline);
