// The dialog “Unread”: everything unread in one flow, conversation after conversation, by keyboard.

import { html, nothing } from "../../vendor/lit.js";
import { plural, t } from "../core/i18n.js";
import { plainLine } from "../core/markdown.js";
import { pathOf } from "../core/paths.js";
import { systemSentence } from "../core/system-messages.js";
import { currentLanguage } from "../core/i18n.js";
import { shortTime } from "../core/times.js";
import { context, emit, toast } from "./context.js";
import { ChatElement } from "./element.js";
import { nameOf, titleOf } from "./avatars.js";

const SHOWN = 20; // messages of one conversation

class Unread extends ChatElement {
  static properties = { parts: { state: true }, left: { state: true } };

  constructor() {
    super();
    /** @type {{conversation: Chat.Conversation, messages: Chat.Message[]}[] | null} */
    this.parts = null;
    this.left = 0; // conversations that are still being loaded
  }

  connectedCallback() {
    super.connectedCallback();
    this.#load();
  }

  async #load() {
    const unread = context.store.inbox().filter((each) => each.role && !each.archivedAt && (each.unread || each.unreadMark));
    this.parts = [];
    this.left = unread.length;
    for (const conversation of unread) {
      const page = await this.attempt(() => context.session.rest.get(
        ["conversations", conversation.id, "messages"], { after: conversation.lastReadSeq, limit: SHOWN }));
      this.left -= 1;
      if (!page || !this.isConnected) return;
      context.store.addPeople(page.people);
      this.parts = [...this.parts, { conversation, messages: page.results }];
    }
  }

  /** @param {Chat.Conversation} conversation */
  async #markRead({ id, headSeq }) {
    const at = this.parts?.findIndex((each) => each.conversation.id === id) ?? 0;
    await this.attempt(() => context.session.rest.post(["conversations", id, "read"], { seq: Math.max(headSeq, 1) }));
    this.parts = this.parts?.filter((each) => each.conversation.id !== id) ?? null;
    await this.updateComplete;
    this.#focus(at);
  }

  async #markAllRead() {
    const done = await this.attempt(() => context.session.rest.post(["conversations", "read-all"]));
    if (!done) return;
    emit("dialog-done");
    toast(t("Everything is read."));
  }

  /** @param {number} at */
  #focus(at) {
    const all = this.innerAll("article");
    all[Math.max(0, Math.min(at, all.length - 1))]?.focus();
  }

  /** @param {any} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const all = this.innerAll("article");
    const at = all.indexOf(event.target.closest("article"));
    const by = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    const part = this.parts?.[at];
    if (by) this.#focus(at + by);
    else if (event.key === "r" && part) this.#markRead(part.conversation);
    else if (event.key === "Enter" && part && event.target.matches("article")) this.#open(part.conversation);
    else return;
    event.preventDefault();
  }

  /** @param {Chat.Conversation} conversation */
  #open({ id }) {
    emit("dialog-done");
    emit("go", { id });
  }

  render() {
    const { parts, left } = this;
    if (!parts?.length) return html`<p class="hint" role="status">${left ? t("Loading…") : t("Nothing is unread.")}</p>`;
    return html`<div class="own-actions"><button class="button-quiet" type="button" autofocus @click=${this.#markAllRead}>${t("Mark all read")}</button></div>
      <div class="unread-flow" @keydown=${this.#key}>${parts.map((each) => this.#part(each))}</div>
      <p class="hint">${t("J and K move down and up, R marks as read, Enter opens.")}</p>`;
  }

  /** @param {{conversation: Chat.Conversation, messages: Chat.Message[]}} part */
  #part({ conversation, messages }) {
    const more = conversation.unread - messages.length;
    return html`<article class="own-item" tabindex="0" aria-label=${titleOf(conversation)}>
      <p class="own-head"><strong dir="auto">${titleOf(conversation)}</strong>
        <small>${plural("{count} unread message", "{count} unread messages", conversation.unread)}</small></p>
      ${messages.map((each) => html`<p class="unread-line" dir="auto"><strong>${nameOf(each.senderId)}</strong>
        <time datetime=${each.createdAt}>${shortTime(each.createdAt)}</time><br>${this.#text(each)}</p>`)}
      ${more > 0 ? html`<p class="hint">${plural("and {count} more", "and {count} more", more)}</p>` : nothing}
      <div class="own-actions"><a class="button-quiet" href=${pathOf(conversation.id)} @click=${() => emit("dialog-done")}>${t("Go to the conversation")}</a>
        <button class="button-quiet" type="button" @click=${() => this.#markRead(conversation)}>${t("Mark read")}</button></div>
    </article>`;
  }

  /** @param {Chat.Message} message */
  #text(message) {
    if (message.kind === "system") return systemSentence(message, nameOf, currentLanguage());
    if (message.deletedAt) return html`<em>${t("Message deleted")}</em>`;
    return plainLine(message.content, nameOf) || message.attachments[0]?.name || t("A file");
  }
}

customElements.define("chat-unread", Unread);
