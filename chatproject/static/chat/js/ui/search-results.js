// The results of the search: people and conversations on top, then files and messages, each of which
// opens its place in the timeline.

import { html, nothing, repeat } from "../../vendor/lit.js";
import { pieces } from "../core/highlights.js";
import { hasFilter, isSameQuery } from "../core/search-filters.js";
import { find } from "../core/search.js";
import { plural, t } from "../core/i18n.js";
import { pathOf } from "../core/paths.js";
import { avatar, titleOf } from "./avatars.js";
import { context } from "./context.js";
import { ChatElement } from "./element.js";
import { icon } from "./icons.js";
import { conversationRow, personRow } from "./inbox-rows.js";
import { openDirect } from "./open-direct.js";
import { emptyResult, failedResult } from "./search-empty.js";
import { fileHit, marked, messageHit } from "./search-hits.js";

// Here, since the first view does without.
const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .search-heading { display: flex; align-items: baseline; justify-content: space-between; }
  .search-heading .button-quiet { font-size: var(--text-s); }
  .search-hits > li { content-visibility: auto; contain-intrinsic-size: auto 5.5rem; }
  .search-hit { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 2px var(--space-3); padding: var(--space-2) var(--space-3); border-radius: var(--radius-m); color: inherit; text-decoration: none; font-size: var(--text-s); line-height: 1.45; }
  .search-hit:hover { background: var(--hover); }
  .search-hit:focus-visible { outline-offset: -2px; border-radius: var(--radius-m); }
  .search-hit > :is(.avatar, .file-mark) { grid-row: span 3; inline-size: 2.125rem; block-size: 2.125rem; margin-block-start: 2px; }
  .search-hit > :not(.avatar, .file-mark) { grid-column: 2; min-inline-size: 0; }
  .search-hit-head { display: flex; align-items: baseline; gap: var(--space-2); }
  .search-hit-head > strong { flex: 0 1 auto; overflow: hidden; font-weight: var(--medium); text-overflow: ellipsis; white-space: nowrap; }
  .search-hit-where { flex: 1 8 auto; min-inline-size: 3rem; overflow: hidden; color: var(--muted); text-overflow: ellipsis; white-space: nowrap; }
  .search-hit-head time { flex: none; margin-inline-start: auto; color: var(--muted); font-size: var(--text-xs); }
  .search-hit-context { overflow: hidden; color: var(--muted); text-overflow: ellipsis; white-space: nowrap; }
  .search-hit-text { display: -webkit-box; overflow: hidden; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow-wrap: anywhere; }
  .search-more { inline-size: 100%; justify-content: center; min-block-size: var(--target); }
  .search-status { padding: var(--space-4); }
  .search-empty { display: grid; justify-items: start; gap: var(--space-2); padding: var(--space-4) var(--space-3); color: var(--muted); font-size: var(--text-m); overflow-wrap: anywhere; }
  .search-empty strong { color: var(--text); }
  .search-drops .button-quiet { text-align: start; }
}`);
document.adoptedStyleSheets.push(styles);

const FEW = 4; // conversations and people that are shown at first

class SearchResults extends ChatElement {
  /** @type {Chat.Topic[]} */
  static topics = ["people", "inbox", "clock"];
  static properties = { requests: {}, state: {}, openId: {}, showsAll: { state: true } };

  constructor() {
    super();
    this.requests = /** @type {import("../core/search-requests.js").SearchRequests} */ (/** @type {any} */ (null)); // the inbox gives it
    this.state = {};
    this.openId = null;
    this.showsAll = false;
  }

  /** @param {boolean} isPlace in a conversation; else a conversation or a person was opened */
  #chosen(isPlace) {
    this.dispatchEvent(new CustomEvent("chosen", { detail: { isPlace } }));
  }

  /** @param {Chat.SearchQuery} query */
  #change(query) {
    this.dispatchEvent(new CustomEvent("change-query", { detail: query }));
  }

  /** Own conversations are found at once, by their names; those that are merely alike by the server. */
  #conversations() {
    const { query, parts } = this.requests;
    if (!query.text || query.filters.length || hasFilter(query.text)) return [];
    const own = find(context.store.inbox(), query.text, titleOf);
    const known = new Set(own.map((each) => each.id));
    /** @type {{conversation: Chat.FoundConversation, highlights: number[][]}[]} */
    const found = parts.conversations.results.filter((each) => !known.has(each.conversation.id));
    return [
      ...own.map((each) => ({ id: each.id, row: this.#ownRow(each) })),
      ...found.map((each) => ({ id: each.conversation.id, row: this.#foundRow(each) })),
    ];
  }

  /** @param {Chat.Conversation} conversation */
  #ownRow(conversation) {
    return conversationRow(conversation, { isOpen: conversation.id === this.openId, chosen: () => this.#chosen(false) });
  }

  /** @param {{conversation: Chat.FoundConversation, highlights: number[][]}} found */
  #foundRow({ conversation: { id, title }, highlights }) {
    const own = context.store.conversations.get(id);
    if (own) return this.#ownRow(own);
    return html`<a class="inbox-row" href=${pathOf(id)} @click=${() => this.#chosen(false)}>
      ${avatar(id, title)}
      <span class="inbox-top"><span class="inbox-name" dir="auto">${marked(pieces(title, highlights))}</span></span>
      <span class="inbox-bottom"><span class="inbox-line">${t("Public conversation")}</span></span></a>`;
  }

  /** @returns {{person: Chat.Person, highlights: number[][]}[]} */
  #people() {
    const known = new Set(context.store.inbox().map((each) => each.peer?.id));
    return this.requests.parts.people.results.filter((/** @type {{person: Chat.Person}} */ { person }) =>
      person.isActive && person.id !== context.store.me.id && !known.has(person.id));
  }

  render() {
    const { requests } = this;
    const { parts } = requests;
    const conversations = this.#conversations();
    const people = this.#people();
    const hasHits = parts.messages.results.length > 0;
    const isEmpty = !hasHits && !conversations.length && !people.length && !parts.files.results.length;
    const { error } = parts.messages;
    return html`
      ${this.#names(t("Conversations"), conversations.map((each) => each.row))}
      ${this.#names(t("People"), people.map((each) => personRow(each.person, {
        name: marked(pieces(each.person.name, each.highlights)), chosen: () => this.#openDirect(each.person.id) })))}
      ${conversations.length > FEW || people.length > FEW ? this.#more(this.showsAll ? t("Show fewer names") : t("Show more names"), () => { this.showsAll = !this.showsAll; }) : nothing}
      ${hasHits ? this.#messages(parts.messages) : nothing}
      ${parts.files.results.length ? this.#files(parts.files) : nothing}
      ${error && !requests.isBusy ? failedResult(error, requests, (query) => this.#change(query)) : nothing}
      ${isEmpty && !error && !requests.isBusy ? emptyResult(requests, (query) => this.#change(query)) : nothing}
      ${this.#status(isEmpty)}`;
  }

  /** What is going on, seen where nothing else is, and said in any case. @param {boolean} isEmpty */
  #status(isEmpty) {
    const { isBusy, parts: { messages } } = this.requests;
    const count = messages.results.length;
    const text = isBusy ? t("Searching…")
      : messages.next ? plural("More than {count} message", "More than {count} messages", count)
        : count ? plural("{count} message", "{count} messages", count) : "";
    return html`<p class=${isEmpty && isBusy ? "hint search-status" : "visually-hidden"} role="status">${text}</p>`;
  }

  /**
   * @param {string} heading
   * @param {unknown[]} rows
   */
  #names(heading, rows) {
    if (!rows.length) return nothing;
    return html`<h2 class="inbox-heading">${heading}</h2>
      <ul class="inbox-list">${(this.showsAll ? rows : rows.slice(0, FEW)).map((row) => html`<li>${row}</li>`)}</ul>`;
  }

  /** @param {Chat.SearchPart} part */
  #messages(part) {
    const { requests } = this;
    const isOneConversation = requests.shown.filters.some((each) => each.name === "in" && !each.isNegated);
    const isByTime = requests.sort === "newest";
    return html`<div class="search-heading"><h2 class="inbox-heading">${t("Messages")}</h2>
        ${requests.shown.text ? html`<button class="button-quiet" type="button" @click=${() => requests.setSort(isByTime ? "relevance" : "newest")}>
          ${isByTime ? t("Newest first") : t("Best first")}<span class="visually-hidden">, ${t("change the order")}</span></button>` : nothing}</div>
      <ul class="search-hits">${repeat(part.results, (/** @type {Chat.MessageHit} */ each) => each.message.id, (each) => html`<li>${
        messageHit(each, { isOneConversation, chosen: () => this.#chosen(true) })}</li>`)}</ul>
      ${part.next ? this.#more(t("Show more messages"), () => requests.more("messages")) : nothing}`;
  }

  /** @param {Chat.SearchPart} part */
  #files(part) {
    return html`<h2 class="inbox-heading">${t("Files")}</h2>
      <ul class="search-hits">${part.results.map((/** @type {Chat.FileHit} */ each) => html`<li>${fileHit(each, () => this.#chosen(true))}</li>`)}</ul>
      ${part.next ? this.#more(t("Show more files"), () => this.requests.more("files")) : nothing}`;
  }

  /**
   * @param {string} label
   * @param {() => void} action
   */
  #more(label, action) {
    return html`<button class="search-more button-quiet" type="button" aria-disabled=${String(this.requests.isBusy)} @click=${action}>${icon("down")}${label}</button>`;
  }

  /** @param {string} userId */
  async #openDirect(userId) {
    if (await openDirect(userId)) this.#chosen(false);
  }

  willUpdate() {
    const { query } = this.requests;
    if (this.asked && !isSameQuery(this.asked, query)) this.showsAll = false;
    this.asked = query;
  }
}

customElements.define("chat-search-results", SearchResults);
