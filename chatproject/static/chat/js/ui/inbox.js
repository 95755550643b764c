// The inbox: the list of conversations, and the search, whose results take the list's place.

import { html, nothing, repeat } from "../../vendor/lit.js";
import { logger } from "../core/logger.js";
import { isEmptyQuery } from "../core/search-filters.js";
import { SearchRequests } from "../core/search-requests.js";
import { plural, t } from "../core/i18n.js";
import { badge } from "../core/unread.js";
import { emit, context } from "./context.js";
import { ChatElement } from "./element.js";
import { avatar, titleOf } from "./avatars.js";
import { icon } from "./icons.js";
import { conversationRow } from "./inbox-rows.js";
import { loadPart, openPart } from "./lazy-parts.js";
import { LongPress } from "./long-press.js";
import "./search-box.js";

const ROWS = ".inbox-row, .search-hit, .search-more";

class Inbox extends ChatElement {
  /** @type {Chat.Topic[]} */
  static topics = ["inbox", "people", "timeline", "connection", "typing", "presence", "clock", "threads", "drafts"];
  static properties = { openId: {}, isSearching: {}, hasArchive: { state: true }, canShowResults: { state: true } };

  constructor() {
    super();
    this.openId = null;
    this.isSearching = false;
    this.hasArchive = false;
    this.canShowResults = false; // when the part that shows results is there
    /** @type {((conversations: Chat.Conversation[], list: (some: Chat.Conversation[]) => unknown) => unknown) | null} */
    this.sections = null; // when the part that shows folders is there
    this.press = new LongPress((event) => this.#rowMenu(event));
    this.requests = new SearchRequests({
      rest: context.session.rest,
      onPeople: (people) => context.store.addPeople(people),
      onChange: () => this.requestUpdate(),
    });
  }

  firstUpdated() {
    loadPart("sections").then(async ({ inboxSections, loadFolders }) => {
      await loadFolders();
      this.sections = inboxSections;
      this.requestUpdate();
    }).catch((error) => logger.failure("Loading the folders", error));
  }

  /**
   * Of timelines only the drafts and failures matter here.
   *
   * @param {Chat.Topic} topic
   */
  concerns(topic) {
    return topic !== "timeline" || context.session.outbox.size > 0;
  }

  #box() {
    return this.inner("chat-search-box");
  }

  /**
   * Goes to the searchbox, to search in one conversation where an id is given. What was searched
   * there before stays.
   *
   * @param {string | null} id
   */
  async searchIn(id) {
    const box = this.#box();
    const here = box.filters.find((each) => each.name === "in" && !each.isNegated);
    const conversation = id && context.store.conversations.get(id);
    if (conversation && here?.value !== id) {
      await box.set({ text: "", filters: [{ name: "in", value: id, isNegated: false, label: titleOf(conversation) }] });
    }
    await this.updateComplete;
    box.focus();
  }

  render() {
    const all = context.store.inbox();
    const isFinding = !isEmptyQuery(this.requests.query);
    return html`<nav class="pane-inbox" aria-label=${t("Conversations")}>
      <header class="bar">
        <button class="profile-button" type="button" aria-haspopup="menu" aria-expanded="false"
          aria-label=${t("You: {name}", { name: context.store.me.name })}
          @click=${(event) => openPart("menus", "openProfileMenu", event.currentTarget)}>
          ${avatar(context.store.me.id, context.store.me.name, { size: "s" })}</button>
        <h1>${t("Chats")}</h1>
        ${this.#threads()}
        <button class="icon-button" type="button" aria-label=${t("New conversation")} title=${t("New conversation")}
          @click=${() => emit("dialog", { name: "new" })}>${icon("plus")}</button>
      </header>
      <chat-search-box .isSearching=${this.isSearching} @query=${this.#query} @enter=${this.#enter} @done=${this.#done}></chat-search-box>
      <div class="inbox-scroll" @keydown=${this.#rowKey} @contextmenu=${this.#rowMenu} @pointerdown=${this.press.down} @pointermove=${this.press.move}
        @pointerup=${this.press.up} @pointercancel=${this.press.cancel} @click=${this.press.clickFirst} @focusin=${this.#focused}>${isFinding && this.canShowResults
        ? html`<chat-search-results .requests=${this.requests} .state=${{}} .openId=${this.openId} @chosen=${this.#chosen}
            @change-query=${(event) => this.#changeQuery(event.detail)}></chat-search-results>`
        : this.#all(all)}</div>
    </nav>`;
  }

  /** The entry to the followed threads, with the number of unread ones. */
  #threads() {
    const unread = context.session.threads?.unread ?? 0;
    const label = unread ? plural("Threads, {count} unread", "Threads, {count} unread", unread) : t("Threads");
    return html`<a class="icon-button threads-button" href="/threads" aria-label=${label} title=${label}>${icon("thread")}${
      unread ? html`<span class="badge">${badge(unread)}</span>` : nothing}</a>`;
  }

  /** @param {CustomEvent} event */
  #query({ detail: { query, pause } }) {
    if (!this.canShowResults) this.#loadResults();
    this.requests.search(query, pause === undefined ? {} : { pause });
  }

  #loadResults() {
    return this.attempt(async () => {
      await loadPart("search");
      this.canShowResults = true;
    });
  }

  /** @param {Chat.SearchQuery} query */
  async #changeQuery(query) {
    await this.#box().set(query);
    this.#box().focus();
  }

  /**
   * From the searchbox into the list: Enter opens a conversation or a person that comes first, and
   * goes to a message or file.
   *
   * @param {CustomEvent} event
   */
  #enter({ detail: key }) {
    const [row] = this.innerAll(ROWS);
    const { query, isBusy } = this.requests;
    if (key === "ArrowDown") {
      row?.focus();
    } else if (!isEmptyQuery(query) && !isBusy) {
      emit("open-part", ["suggestions", "rememberSearch", query]);
      if (row?.matches(".inbox-row")) row.click();
      else row?.focus();
    }
  }

  /** @param {any} event */
  #rowKey(event) {
    if (event.key === "Escape" && !isEmptyQuery(this.requests.query)) {
      event.preventDefault();
      this.#box().focus();
      return;
    }
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || event.altKey) return;
    event.preventDefault();
    const rows = this.innerAll(ROWS);
    const next = rows.indexOf(event.target.closest(ROWS)) + by;
    if (next < 0) this.#box().focus();
    else rows[next]?.focus();
  }

  /**
   * The menu of a row: by right click, by long press, and by the keys that a system has for it.
   *
   * @param {any} event
   */
  #rowMenu(event) {
    const row = event.target.closest(".inbox-row[data-id]");
    if (!row) return;
    event.preventDefault?.();
    this.press.cancel();
    const isPointer = event.clientX || event.clientY;
    const point = isPointer && event.pointerType !== "" ? { x: event.clientX, y: event.clientY } : undefined;
    openPart("menus", "openConversationMenu", row.dataset.id, row, { isRow: true, point });
  }

  /** @param {any} event */
  #focused(event) {
    const row = event.target.closest(ROWS);
    if (row) this.#makeStop(row);
  }

  updated() {
    const rows = this.innerAll(ROWS);
    const focused = rows.find((row) => row === document.activeElement);
    this.#makeStop(focused ?? rows.find((row) => row.ariaCurrent === "page") ?? rows[0], rows);
  }

  /**
   * The list is one stop of the Tab key; arrows go from row to row.
   *
   * @param {HTMLElement | undefined} stop
   */
  #makeStop(stop, rows = this.innerAll(ROWS)) {
    for (const row of rows) row.tabIndex = row === stop ? 0 : -1;
  }

  /** What was opened from the results: a place in a conversation leaves them as they are. */
  #chosen({ detail: { isPlace } }) {
    emit("open-part", ["suggestions", "rememberSearch", this.requests.query]);
    if (!isPlace) this.#box().clear();
  }

  #done() {
    this.#box().clear();
    emit("search-closed");
  }

  /** @param {Chat.Conversation[]} all */
  #all(all) {
    const kept = all.filter((each) => !each.archivedAt);
    const archived = all.filter((each) => each.archivedAt);
    if (!all.length) return this.#nothingYet();
    return html`${this.sections ? this.sections(kept, (/** @type {Chat.Conversation[]} */ each) => this.#list(each)) : this.#list(kept)}${archived.length ? this.#archive(archived) : nothing}`;
  }

  /** @param {Iterable<Chat.Conversation>} conversations */
  #list(conversations) {
    return html`<ul class="inbox-list">${repeat(conversations, (each) => each.id, (each) => html`<li>${
      conversationRow(each, { isOpen: each.id === this.openId, chosen: () => {} })}</li>`)}</ul>`;
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
      <p>${t("Nothing here yet. Find people by name above, or start a conversation.")}</p>
      <button class="button" type="button" @click=${() => emit("dialog", { name: "new" })}>${t("New conversation")}</button>
    </div><chat-newcomer></chat-newcomer>`;
  }
}

customElements.define("chat-inbox", Inbox);
