// A message: sender, content, time, status, reactions, and its toolbar.

import { html, nothing } from "../../vendor/lit.js";
import { errorMessage } from "../core/errors.js";
import { logger } from "../core/logger.js";
import { plainLine } from "../core/markdown.js";
import { plural, t } from "../core/i18n.js";
import { threadPath } from "../core/paths.js";
import { clock, fullTime, listTime } from "../core/times.js";
import { badge } from "../core/unread.js";
import { context, emit, pickEmoji } from "./context.js";
import { ChatElement } from "./element.js";
import { authorOf, botBadge, nameOf, personAvatar } from "./avatars.js";
import { icon, tick } from "./icons.js";
import { attachmentName, attachmentsOf } from "./attachments.js";
import { openThread, react } from "./message-actions.js";
import { withOwnEmoji } from "./own-emoji.js";
import { markdownView } from "./markdown-view.js";

const FOLD_LENGTH = 2000; // characters
const FOLD_LINES = 24;

class Message extends ChatElement {
  /** @type {Chat.Topic[]} */
  static topics = ["people", "clock"];
  static properties = {
    message: {}, isFirst: {}, isDirect: {}, isInThread: {}, repliedTo: {}, repeatsReply: {}, hasTools: { state: true }, isUnfolded: { state: true },
  };

  constructor() {
    super();
    this.message = null;
    this.isFirst = this.isDirect = this.isInThread = this.repeatsReply = this.hasTools = this.isUnfolded = false;
    this.repliedTo = null;
    this.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") this.hasTools = true; });
    this.addEventListener("pointerleave", () => { this.hasTools = this.contains(document.activeElement); });
    this.addEventListener("focusin", () => { this.hasTools = true; });
    this.addEventListener("focusout", (event) => {
      if (!this.contains(/** @type {Node | null} */ (event.relatedTarget)) && !this.matches(":hover")) this.hasTools = false;
    });
    this.addEventListener("contextmenu", (event) => this.#contextMenu(event));
  }

  willUpdate() {
    const { message } = this;
    this.setAttribute("aria-label", t("{name}, {time}: {text}", {
      name: authorOf(message), time: clock(message.createdAt), text: spokenText(message) }));
    if (message.replyToSeq && !this.repliedTo) this.#fetchRepliedTo();
    if (message.poll && !customElements.get("chat-poll")) emit("open-part", ["polls", "define"]);
    if (message.linkPreviews?.length) emit("open-part", ["linkPreviews", "define"]);
    if (message.meta?.buttons && !customElements.get("chat-message-buttons")) emit("open-part", ["buttons", "define"]);
  }

  async #fetchRepliedTo() {
    const { conversationId, replyToSeq } = this.message;
    if (context.store.hidden.has(`${conversationId} ${replyToSeq}`)) return;
    try {
      await context.session.timelines.loadQuoted(conversationId, replyToSeq);
    } catch (error) {
      logger.failure("Loading a message that is replied to", error); // the quotation stays a link
    }
  }

  /**
   * A key that was pressed while the message has the focus.
   *
   * @param {any} event
   */
  handleKey(event) {
    if (this.message.isPending || this.message.deletedAt) return;
    const tools = { r: () => this.#emit("reply"), e: () => this.message.mine && this.#emit("edit"), t: () => this.isInThread || openThread(this.message), "+": () => this.#pick() };
    if (event.key === "Enter" || event.key === "ContextMenu") {
      event.preventDefault();
      this.#menu({ anchor: this.querySelector(".bubble") });
    } else if (tools[event.key]) {
      event.preventDefault();
      tools[event.key]();
    }
  }

  /** @param {string} type */
  #emit(type) {
    this.dispatchEvent(new CustomEvent(type, { detail: this.message, bubbles: true }));
  }

  /** @param {any} where */
  #menu(where) {
    const options = { ...where, isInThread: this.isInThread, reply: () => this.#emit("reply"), edit: () => this.#emit("edit") };
    emit("open-part", ["menus", "openMessageMenu", this.message, options]);
  }

  /** @param {any} event */
  #contextMenu(event) {
    if (event.target.closest("a, input") || String(getSelection())) return;
    if (this.message.isPending || this.message.deletedAt) return;
    event.preventDefault();
    this.#menu({ point: { x: event.clientX, y: event.clientY } });
  }

  #pick() {
    pickEmoji(this.querySelector(".bubble"), (emoji) => react(this.message, emoji, true));
  }

  render() {
    const { message } = this;
    const hasName = this.isFirst && !message.mine && !this.isDirect;
    return html`
      ${message.mine || this.isDirect ? nothing
        : html`<div class="message-avatar">${this.isFirst ? this.#avatar() : nothing}</div>`}
      <div class="message-main">
        ${hasName ? this.#name() : nothing}
        <div class="bubble ${message.deletedAt ? "bubble-deleted" : ""} ${message.status === "failed" ? "bubble-failed" : ""}">
          ${message.deletedAt ? html`<p class="deleted">${t("Message deleted")}</p>` : this.#content()}
          ${this.#foot()}
        </div>
        ${message.reactions.length ? this.#reactions() : nothing}
        ${this.isInThread ? nothing : this.#thread()}
        ${message.status === "failed" ? this.#failure() : nothing}
        ${this.hasTools && !message.isPending && !message.deletedAt ? this.#tools() : nothing}
      </div>`;
  }

  /** The sender's picture, which leads to their card; the menu has that for the keyboard. */
  #avatar() {
    const { senderId, conversationId } = this.message;
    const shown = personAvatar(senderId, { size: "s", within: conversationId });
    return senderId ? html`<span class="avatar-link" data-person=${senderId}>${shown}</span>` : shown;
  }

  #name() {
    const { message } = this;
    return html`<p class="message-name" dir="auto"><span class="name-link" data-person=${message.senderId ?? nothing}>${authorOf(message)}</span>${
      botBadge(context.store.people.get(message.senderId)?.isBot)}</p>`;
  }

  #content() {
    const { message } = this;
    return html`
      ${message.meta?.forwarded ? html`<button class="message-origin" type="button" @click=${() => emit("open-part", ["menus", "goToOrigin", message])}>${t("Forwarded")}</button>` : nothing}
      ${message.replyToSeq ? this.#quoted() : nothing}
      ${message.attachments.length ? attachmentsOf(message) : nothing}
      ${message.content ? this.#text() : nothing}
      ${message.poll ? html`<chat-poll .message=${message}></chat-poll>` : nothing}
      ${message.linkPreviews?.length ? html`<chat-link-previews .message=${message}></chat-link-previews>` : nothing}
      ${message.meta?.buttons ? html`<chat-message-buttons .message=${message}></chat-message-buttons>` : nothing}`;
  }

  /** The text; a long one is folded until somebody opens it, or moves the focus into it. */
  #text() {
    const { content } = this.message;
    if (!isLong(content)) return markdownView(content);
    const isFolded = !this.isUnfolded;
    return html`<div class=${isFolded ? "fold" : nothing} @focusin=${() => { this.isUnfolded = true; }}>${markdownView(content)}</div>
      <button class="button-quiet fold-button" type="button" aria-expanded=${String(!isFolded)} @click=${() => { this.isUnfolded = isFolded; }}>${isFolded ? t("Show more") : t("Show less")}</button>`;
  }

  #quoted() {
    const { replyToSeq } = this.message;
    const original = this.repliedTo;
    const text = !original ? "…" : original.deletedAt ? t("Message deleted")
      : plainLine(original.content, nameOf) || t("A file");
    return html`<button class="quoted ${this.repeatsReply ? "quoted-again" : ""}" type="button"
      @click=${() => this.dispatchEvent(new CustomEvent("jump", { detail: replyToSeq, bubbles: true }))}>
      <span class="visually-hidden">${t("Go to the message:")}</span>
      <span class="quoted-name" dir="auto">${original ? nameOf(original.senderId) : ""}</span>
      <span class="quoted-text" dir="auto">${text}</span></button>`;
  }

  #foot() {
    const { message } = this;
    return html`<p class="message-foot">
      ${message.pinnedAt ? html`<span role="img" aria-label=${t("Pinned")} title=${t("Pinned")}>${icon("pin")}</span>` : nothing}
      ${message.editedAt && !message.deletedAt ? html`<button class="message-origin" type="button" title=${fullTime(message.editedAt)} @click=${() => emit("dialog", { name: "revisions", message })}>${t("edited")}</button>` : nothing}
      <time datetime=${message.createdAt} title=${fullTime(message.createdAt)}>${clock(message.createdAt)}</time>
      ${message.mine && !message.deletedAt && message.status !== "failed" && !this.#isNote() ? tick(message.status, statusName(message.status)) : nothing}
    </p>`;
  }

  /** Notes to oneself reach nobody else; only what is still being sent is told. */
  #isNote() {
    const conversation = context.store.conversations.get(this.message.conversationId);
    const isAlone = conversation?.kind === "direct" && (!conversation.peer || conversation.peer.id === context.store.me.id);
    return isAlone && !this.message.isPending;
  }

  #reactions() {
    const { message } = this;
    return html`<ul class="reactions">${message.reactions.map((each) => {
      const isMine = message.myReactions.includes(each.emoji);
      const names = each.userIds.slice(0, 10).map(nameOf).join(", ");
      return html`<li><button type="button" class="reaction" aria-pressed=${String(isMine)} title=${names}
        aria-label=${plural("{emoji}, {count} person: {names}", "{emoji}, {count} people: {names}", each.count, { emoji: each.emoji, names })}
        @click=${() => react(message, each.emoji, !isMine)}><span aria-hidden="true">${withOwnEmoji(each.emoji)}</span> <span aria-hidden="true">${each.count}</span></button></li>`;
    })}<li><button type="button" class="reaction reaction-add" aria-label=${t("Add a reaction")} title=${t("Add a reaction")}
        @click=${(event) => pickEmoji(event.currentTarget, (emoji) => react(message, emoji, true))}>${icon("react")}</button></li></ul>`;
  }

  /** The way into the thread, of its root and of a reply that is in the conversation too. */
  #thread() {
    const { conversationId, seq, threadSeq, thread } = this.message;
    if (threadSeq) return html`<a class="thread-line" href=${threadPath(conversationId, threadSeq, seq)}>${icon("thread")}${t("In a thread")}</a>`;
    if (!thread?.replyCount) return nothing;
    return html`<a class="thread-line" href=${threadPath(conversationId, seq)}>
      ${thread.participantIds.slice(0, 3).map((id) => personAvatar(id, { size: "xs" }))}
      <strong>${plural("{count} reply", "{count} replies", thread.replyCount)}</strong>
      ${thread.unread ? html`<span class="badge" role="img" aria-label=${plural("{count} unread", "{count} unread", thread.unread)}>${badge(thread.unread)}</span>`
        : html`<time datetime=${thread.lastReplyAt}>${listTime(thread.lastReplyAt)}</time>`}</a>`;
  }

  #failure() {
    const { message } = this;
    return html`<div class="failure" role="alert">${icon("warn")}
      <span>${t("Not sent.")} ${errorMessage(message.error ?? {})}</span>
      ${isReplyGone(message) ? html`<button class="button-quiet" type="button"
          @click=${() => context.session.outbox.retry(message.clientId, { replyToSeq: null })}>${icon("retry")}${t("Send without the reply")}</button>`
        : html`<button class="button-quiet" type="button" @click=${() => context.session.outbox.retry(message.clientId)}>${icon("retry")}${t("Try again")}</button>`}
      <button class="button-quiet button-danger" type="button" @click=${() => context.session.outbox.remove(message.clientId)}>${icon("trash")}${t("Delete")}</button>
    </div>`;
  }

  #tools() {
    const { message } = this;
    return html`<div class="tools" role="group" aria-label=${t("Message actions")}>
      <button class="icon-button" type="button" aria-label=${t("React")} title=${t("React")} tabindex="-1"
        @click=${(event) => pickEmoji(event.currentTarget, (emoji) => react(message, emoji, true))}>${icon("react")}</button>
      <button class="icon-button" type="button" aria-label=${t("Reply")} title=${t("Reply")} tabindex="-1"
        @click=${() => this.#emit("reply")}>${icon("reply")}</button>
      <button class="icon-button" type="button" aria-label=${t("More actions")} title=${t("More actions")} tabindex="-1"
        aria-haspopup="menu" aria-expanded="false" @click=${(event) => this.#menu({ anchor: event.currentTarget })}>${icon("more")}</button>
    </div>`;
  }
}

/**
 * Whether a message was not sent because what it replies to is gone: trying again would fail again.
 *
 * @param {Chat.PendingMessage} message
 */
function isReplyGone(message) {
  return message.error?.code === "reply_target_not_found";
}

/** @param {string} content */
function isLong(content) {
  return content.length > FOLD_LENGTH || content.split("\n", FOLD_LINES + 1).length > FOLD_LINES;
}

/**
 * What a message says, for who hears it.
 *
 * @param {Chat.OwnMessage} message
 */
function spokenText(message) {
  if (message.deletedAt) return t("Message deleted");
  return [plainLine(message.content ?? "", nameOf), ...message.attachments.map(attachmentName)].filter(Boolean).join(", ");
}

/** @param {string | null | undefined} status */
function statusName(status) {
  const names = { sent: t("Sent"), delivered: t("Delivered"), read: t("Read") };
  return names[/** @type {keyof typeof names} */ (status)] ?? t("Sending");
}

customElements.define("chat-message", Message);
