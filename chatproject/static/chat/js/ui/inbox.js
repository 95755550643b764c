// The inbox: the list of conversations, and the field that finds conversations and people.

import { html, nothing, repeat } from "../../vendor/lit.js";
import { plainLine } from "../core/markdown.js";
import { pathOf } from "../core/paths.js";
import { find } from "../core/search.js";
import { systemSentence } from "../core/system-messages.js";
import { currentLanguage, plural, t } from "../core/i18n.js";
import { listTime, shortTime } from "../core/times.js";
import { badge, isMuted } from "../core/unread.js";
import { emit, context } from "./context.js";
import { ChatElement } from "./element.js";
import { avatar, conversationAvatar, nameOf, titleOf } from "./avatars.js";
import { icon } from "./icons.js";
import { openDirect } from "./open-direct.js";
import { openProfileMenu } from "./profile-menu.js";
import { PeopleSearch } from "./people-search.js";

class Inbox extends ChatElement {
  /** @type {Chat.Topic[]} */
  static topics = ["inbox", "people", "timeline", "connection", "typing", "presence"];
  static properties = { openId: {}, query: { state: true }, hasArchive: { state: true } };

  constructor() {
    super();
    this.openId = null;
    this.query = "";
    this.hasArchive = false;
    this.search = new PeopleSearch(() => this.requestUpdate());
  }

  /**
   * Of timelines only the drafts and failures matter here.
   *
   * @param {Chat.Topic} topic
   */
  concerns(topic) {
    return topic !== "timeline" || context.session.outbox.size > 0;
  }

  render() {
    const all = context.store.inbox();
    const isFinding = Boolean(this.query.trim());
    return html`<nav class="pane-inbox" aria-label=${t("Conversations")}>
      <header class="bar">
        <button class="profile-button" type="button" aria-haspopup="menu" aria-expanded="false"
          aria-label=${t("You: {name}", { name: context.store.me.name })}
          @click=${(event) => openProfileMenu(event.currentTarget)}>
          ${avatar(context.store.me.id, context.store.me.name, { size: "s" })}</button>
        <h1>${t("Chats")}</h1>
        <button class="icon-button" type="button" aria-label=${t("New conversation")} title=${t("New conversation")}
          @click=${() => emit("dialog", { name: "new" })}>${icon("plus")}</button>
      </header>
      <div class="inbox-search">
        ${icon("search")}
        <input type="search" aria-label=${t("Search")} placeholder=${t("Search")} autocomplete="off" maxlength="100"
          .value=${this.query} @input=${this.#typed} @keydown=${this.#key}>
        ${isFinding ? nothing : html`<kbd aria-hidden="true">Ctrl K</kbd>`}
      </div>
      <div class="inbox-scroll">${isFinding ? this.#found(all) : this.#all(all)}</div>
    </nav>`;
  }

  /** @param {any} event */
  #typed(event) {
    this.query = event.target.value;
    this.search.find(this.query);
  }

  /** @param {any} event */
  #key(event) {
    const rows = this.innerAll(".inbox-row");
    if (event.key === "Escape" && this.query) {
      event.preventDefault();
      this.#clear();
    } else if (event.key === "ArrowDown" && rows.length) {
      event.preventDefault();
      rows[0].focus();
    } else if (event.key === "Enter" && this.query.trim() && rows.length) {
      event.preventDefault();
      rows[0].click();
    }
  }

  /** @param {any} event */
  #rowKey(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || event.altKey) return;
    event.preventDefault();
    const rows = this.innerAll(".inbox-row");
    const next = rows.indexOf(event.target.closest(".inbox-row")) + by;
    if (next < 0) this.inner("input").focus();
    else rows[next]?.focus();
  }

  #clear() {
    this.query = "";
    this.search.find("");
  }

  /** @param {Chat.Conversation[]} all */
  #all(all) {
    const kept = all.filter((each) => !each.archivedAt);
    const archived = all.filter((each) => each.archivedAt);
    if (!all.length) return this.#nothingYet();
    return html`${this.#list(kept)}${archived.length ? this.#archive(archived) : nothing}`;
  }

  /** @param {Iterable<Chat.Conversation>} conversations */
  #list(conversations) {
    return html`<ul class="inbox-list" @keydown=${this.#rowKey}>${repeat(
      conversations, (each) => each.id, (each) => html`<li>${this.#row(each)}</li>`,
    )}</ul>`;
  }

  /** @param {Chat.Conversation[]} archived */
  #archive(archived) {
    return html`<button class="inbox-more" type="button" aria-expanded=${String(this.hasArchive)}
        @click=${() => { this.hasArchive = !this.hasArchive; }}>
        ${icon("archive")}${plural("{count} archived", "{count} archived", archived.length)}</button>
      ${this.hasArchive ? this.#list(archived) : nothing}`;
  }

  #nothingYet() {
    return html`<div class="empty empty-small">
      <p>${t("Nothing here yet. Find people by name above, or begin a conversation.")}</p>
      <button class="button" type="button" @click=${() => emit("dialog", { name: "new" })}>${t("New conversation")}</button>
    </div>`;
  }

  /** @param {Chat.Conversation} conversation */
  #row(conversation) {
    const isOpen = conversation.id === this.openId;
    const isUnread = conversation.unread > 0 || conversation.unreadMark;
    return html`<a class="inbox-row ${isUnread ? "is-unread" : ""}" href=${pathOf(conversation.id)}
      aria-current=${isOpen ? "page" : nothing} @click=${() => this.#clear()}>
      ${conversationAvatar(conversation)}
      <span class="inbox-top"><span class="inbox-name" dir="auto">${titleOf(conversation)}</span>${this.#time(conversation)}</span>
      <span class="inbox-bottom"><span class="inbox-line" dir="auto">${lastLine(conversation)}</span>
        <span class="inbox-marks">${marks(conversation)}</span></span>
    </a>`;
  }

  /** @param {Chat.Conversation} conversation */
  #time(conversation) {
    const at = conversation.lastMessageAt ?? conversation.createdAt;
    return html`<time class="inbox-time" datetime=${at} title=${shortTime(at)}>${listTime(at)}</time>`;
  }

  /** @param {Chat.Conversation[]} all */
  #found(all) {
    const conversations = find(all, this.query, titleOf);
    const known = new Set(conversations.map((each) => each.peer?.id));
    const people = this.search.people.filter((each) => !known.has(each.id));
    const publicConversations = this.search.publicConversations.filter((each) => !each.joined);
    const isEmpty = !conversations.length && !people.length && !publicConversations.length;
    return html`
      ${conversations.length ? html`<h2 class="inbox-heading">${t("Conversations")}</h2>${this.#list(conversations)}` : nothing}
      ${people.length ? html`<h2 class="inbox-heading">${t("People")}</h2>${this.#people(people)}` : nothing}
      ${publicConversations.length ? html`<h2 class="inbox-heading">${t("Public conversations")}</h2>${this.#renderPublic(publicConversations)}` : nothing}
      ${isEmpty ? html`<p class="hint" role="status">${this.search.statusText(t("No matches"))}</p>` : nothing}`;
  }

  /** @param {any[]} people */
  #people(people) {
    return html`<ul class="inbox-list" @keydown=${this.#rowKey}>${people.map(
      (person) => html`<li><button class="inbox-row" type="button" @click=${() => this.#openDirect(person.id)}>
        ${avatar(person.id, person.name)}
        <span class="inbox-top"><span class="inbox-name" dir="auto">${person.name}</span></span>
        <span class="inbox-bottom"><span class="inbox-line" dir="auto">${person.about || (person.isBot ? t("Bot") : t("Write a message"))}</span></span>
      </button></li>`,
    )}</ul>`;
  }

  /** @param {Chat.Conversation[]} publicConversations */
  #renderPublic(publicConversations) {
    return html`<ul class="inbox-list" @keydown=${this.#rowKey}>${publicConversations.map(
      (conversation) => html`<li><a class="inbox-row" href=${pathOf(conversation.id)} @click=${() => this.#clear()}>
        ${conversationAvatar(conversation)}
        <span class="inbox-top"><span class="inbox-name" dir="auto">${conversation.title}</span></span>
        <span class="inbox-bottom"><span class="inbox-line" dir="auto">${conversation.topic || plural("{count} person", "{count} people", conversation.memberCount ?? 0)}</span></span>
      </a></li>`,
    )}</ul>`;
  }

  /** @param {string} userId */
  async #openDirect(userId) {
    if (await openDirect(userId)) this.#clear();
  }
}

/** @param {Chat.Conversation} conversation */
function marks(conversation) {
  return html`
    ${isMuted(conversation) ? html`<span class="inbox-mark" role="img" aria-label=${t("Muted")} title=${t("Muted")}>${icon("mute")}</span>` : nothing}
    ${conversation.pinnedAt ? html`<span class="inbox-mark" role="img" aria-label=${t("Pinned")} title=${t("Pinned")}>${icon("pin")}</span>` : nothing}
    ${conversation.unreadMentions ? html`<span class="badge badge-mention" role="img" aria-label=${t("You are mentioned")}>@</span>` : nothing}
    ${conversation.unread ? html`<span class="badge ${isMuted(conversation) ? "badge-quiet" : ""}"
        aria-label=${plural("{count} unread message", "{count} unread messages", conversation.unread)} role="img">${badge(conversation.unread)}</span>`
      : conversation.unreadMark ? html`<span class="badge badge-dot" role="img" aria-label=${t("Marked unread")}></span>` : nothing}`;
}

/** @param {Chat.Conversation} conversation */
function lastLine(conversation) {
  const failed = context.session.outbox.of(conversation.id).some((entry) => entry.state === "failed");
  if (failed) return html`<span class="inbox-failed">${icon("warn")}${t("Not sent")}</span>`;
  const typing = context.typing?.sentence(conversation.id);
  if (typing) return html`<em class="inbox-typing">${typing}</em>`;
  const draft = context.drafts.get(conversation.id);
  if (draft && conversation.id !== context.session.timelines.openId) {
    return html`<span class="inbox-draft">${t("Draft:")}</span> ${plainLine(draft.content, nameOf)}`;
  }
  return previewOf(conversation);
}

/** @param {Chat.Conversation} conversation */
function previewOf(conversation) {
  const message = conversation.lastMessage;
  if (!message) return conversation.topic || t("No messages yet");
  if (message.deletedAt) return html`<em>${t("Message deleted")}</em>`;
  if (message.kind === "system") return systemSentence(message, nameOf, currentLanguage());
  const text = plainLine(message.content, nameOf) || fileLine(message);
  const isMine = message.senderId === context.store.me.id;
  if (conversation.kind === "direct") return isMine ? t("You: {text}", { text }) : text;
  return t("{name}: {text}", { name: isMine ? t("You") : nameOf(message.senderId), text });
}

/** @param {Chat.Message} message */
function fileLine(message) {
  if (message.kind === "image") return t("A picture");
  return message.attachments[0]?.name ?? t("A file");
}

customElements.define("chat-inbox", Inbox);
