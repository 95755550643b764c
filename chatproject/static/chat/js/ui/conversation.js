// The open conversation: its header, the timeline, and the composer or why there is none.

import { html, nothing } from "../../vendor/lit.js";
import { plural, t } from "../core/i18n.js";
import { lastSeenText } from "../core/times.js";
import { isMuted } from "../core/unread.js";
import { emit, context } from "./context.js";
import { ChatElement } from "./element.js";
import { conversationAvatar, isOnline, isPeerClosed, kindName, titleOf } from "./avatars.js";
import { icon } from "./icons.js";
import { openPart } from "./lazy-parts.js";
import { skeleton } from "./skeleton.js";
import "./composer.js";
import "./timeline.js";

const SKELETON_MS = 300;

class Conversation extends ChatElement {
  /** @type {Chat.Topic[]} */
  static topics = ["inbox", "people", "typing", "presence"];
  static properties = {
    conversationId: {}, seq: {}, isSlow: { state: true }, isOver: { state: true }, reply: { state: true }, editing: { state: true },
  };

  constructor() {
    super();
    this.conversationId = null;
    this.seq = null;
    this.isSlow = this.isOver = false;
    this.#takeDrops();
    this.reply = null;
    this.editing = null;
  }

  #takeDrops() {
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files") && this.#composer();
    this.addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.isOver = true;
      clearTimeout(this.overTimer);
      this.overTimer = setTimeout(() => { this.isOver = false; }, 300); // `dragover` repeats while it lasts
    });
    this.addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.isOver = false;
      this.#composer().files.add(event.dataTransfer?.files ?? []);
    });
  }

  /**
   * @param {Chat.Topic} topic
   * @param {string} id
   */
  concerns(topic, id) {
    return topic !== "inbox" || id === this.conversationId;
  }

  /** @param {Map<string, any>} changed */
  willUpdate(changed) {
    if (!changed.has("conversationId")) return;
    this.reply = this.editing = null;
    this.isSlow = false;
    clearTimeout(this.slowTimer);
    this.slowTimer = setTimeout(() => { this.isSlow = true; }, SKELETON_MS);
  }

  /** The conversation is loaded: the timeline finds its place. */
  arrive() {
    this.requestUpdate();
    this.updateComplete.then(() => this.#timeline()?.arrive(this.seq));
  }

  toBottom() {
    this.#timeline()?.toLatest();
    this.#composer()?.focus();
  }

  #timeline() {
    return this.inner("chat-timeline");
  }

  #composer() {
    return this.inner("chat-composer");
  }

  render() {
    const conversation = context.store.conversations.get(this.conversationId);
    if (!conversation) return this.isSlow ? skeleton() : nothing;
    return html`
      ${this.isOver ? html`<div class="drop-target" aria-hidden="true"><p>${icon("clip")}${t("Drop files to attach them")}</p></div>` : nothing}
      ${this.#bar(conversation)}
      <chat-timeline .conversationId=${this.conversationId} .seq=${this.seq} .isSlow=${this.isSlow}
        @reply=${(event) => this.#reply(event.detail)} @edit=${(event) => this.#edit(event.detail)}></chat-timeline>
      ${this.#foot(conversation)}`;
  }

  /** @param {Chat.Conversation} conversation */
  #bar(conversation) {
    return html`<header class="bar">
      <a class="icon-button only-narrow" href="/" aria-label=${t("Back to conversations")}>${icon("back")}</a>
      <h1 class="bar-heading"><button class="bar-title" type="button" @click=${() => emit("details", {})}>
        <span class="visually-hidden">${t("Details of")}</span>
        ${conversationAvatar(conversation, { size: "s" })}
        <span class="bar-names"><span class="bar-name"><span dir="auto">${titleOf(conversation)}</span>
          ${isMuted(conversation) ? html`<span role="img" aria-label=${t("Muted")}>${icon("mute")}</span>` : nothing}</span>
          <span class="bar-line" dir="auto">${subtitle(conversation)}</span></span>
      </button></h1>
      <button class="icon-button" type="button" aria-label=${t("Search in this conversation")} title=${t("Search in this conversation")}
        aria-keyshortcuts="Control+F" @click=${() => emit("search", { id: conversation.id })}>${icon("search")}</button>
      <button class="icon-button only-wide" type="button" aria-label=${t("Go to a date")} title=${t("Go to a date")}
        @click=${() => emit("dialog", { name: "date", id: conversation.id })}>${icon("calendar")}</button>
      <button class="icon-button" type="button" aria-label=${t("More")} title=${t("More")} aria-haspopup="menu" aria-expanded="false"
        @click=${(event) => openPart("menus", "openConversationMenu", conversation.id, event.currentTarget)}>${icon("more")}</button>
    </header>`;
  }

  /** @param {Chat.Conversation} conversation */
  #foot(conversation) {
    if (conversation.leftAt) return foot(t("You are no longer in this conversation."));
    if (!conversation.role) return this.#joinFoot(conversation);
    if (isPeerClosed(conversation)) return foot(t("This account is closed. Nobody reads what is written here."));
    if (conversation.peer && context.store.blocked.has(conversation.peer.id)) return this.#blockedFoot(conversation.peer.id);
    if (conversation.isLocked) return foot(t("This conversation is locked. Nobody can write in it."));
    if (conversation.kind === "broadcast" && conversation.role === "member") {
      return foot(t("Only admins write here."));
    }
    return html`<chat-composer .conversationId=${this.conversationId} .reply=${this.reply} .editing=${this.editing}
      @done=${() => { this.reply = this.editing = null; }}
      @cancel-context=${() => { this.reply = this.editing = null; }}
      @restore-reply=${(event) => { this.reply = event.detail; }}
      @edit-last=${() => this.#timeline()?.editLast()}
      @sent=${() => this.#timeline()?.toLatest()}></chat-composer>`;
  }

  /** @param {string} userId */
  #blockedFoot(userId) {
    return html`<div class="foot-note"><span>${t("You have blocked this person, so neither of you can write here.")}</span>
      <button class="button" type="button" @click=${() => this.attempt(() => context.session.commands.unblock(userId))}>${t("Unblock")}</button></div>`;
  }

  /** @param {Chat.Conversation} conversation */
  #joinFoot(conversation) {
    return html`<div class="foot-note"><span>${t("You’re previewing this conversation.")}</span>
      <button class="button" type="button" @click=${() => this.attempt(() => context.session.commands.join(conversation.id))}>${t("Join")}</button></div>`;
  }

  /** @param {Chat.Message} message */
  async #reply(message) {
    this.editing = null;
    this.reply = message;
    await this.updateComplete;
    this.#composer()?.focus();
  }

  /** @param {Chat.Message} message */
  async #edit(message) {
    this.reply = null;
    this.editing = message;
    await this.updateComplete;
    this.#composer()?.focus();
  }
}

/** @param {Chat.Conversation} conversation */
function subtitle(conversation) {
  const typing = context.typing?.sentence(conversation.id);
  if (typing) return html`<em class="typing-line">${typing}</em>`;
  if (isPeerClosed(conversation)) return t("Closed account");
  if (conversation.kind === "direct") {
    const { status } = conversation.peer ?? {};
    const presence = presenceText(conversation);
    return status ? `${`${status.emoji} ${status.text}`.trim()} · ${presence}` : presence;
  }
  const people = conversation.leftAt ? kindName(conversation) : plural("{count} person", "{count} people", conversation.memberCount ?? 0);
  return conversation.topic ? `${people} · ${conversation.topic}` : people;
}

/**
 * Whether the other person is online, or when last seen; empty for notes to oneself.
 *
 * @param {Chat.Conversation} conversation
 */
function presenceText(conversation) {
  const { peer } = conversation;
  if (!peer || peer.id === context.store.me.id) return t("Only you see these");
  if (isOnline(conversation)) return t("Online");
  if (context.presence?.isAwayPerson(peer.id)) return t("Away");
  const seen = context.presence?.lastSeen.get(peer.id);
  return seen ? lastSeenText(seen) : kindName(conversation);
}

/** @param {string} text */
function foot(text) {
  return html`<p class="foot-note">${text}</p>`;
}

customElements.define("chat-conversation", Conversation);
