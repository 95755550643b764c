// The searchbox: a field with the chosen filters as chips before it and suggestions below it. It
// tells of each change by the event `query`.

import { html, nothing, live } from "../../vendor/lit.js";
import { isComplete, isEmptyQuery } from "../core/search-filters.js";
import { logger } from "../core/logger.js";
import { t } from "../core/i18n.js";
import { ChatElement } from "./element.js";
import { icon } from "./icons.js";
import { filterLabel } from "./search-labels.js";
import { loadPart } from "./lazy-parts.js";

const MAX_LENGTH = 1000; // the server's limit

/**
 * Until the part with the suggestions is there.
 *
 * @type {any}
 */
const NO_SUGGESTIONS = {
  options: [], completion: null, isEmpty: true, activeId: "", close() {}, update() {}, handleKey: () => false, render: () => nothing,
};

class SearchBox extends ChatElement {
  static properties = { isSearching: {}, text: { state: true }, filters: { state: true }, hasFocus: { state: true } };

  constructor() {
    super();
    this.isSearching = false; // a conversation on a phone waits behind the search
    this.text = "";
    /** @type {Chat.SearchFilter[]} */
    this.filters = [];
    this.hasFocus = false;
    this.suggestions = NO_SUGGESTIONS;
  }

  /** @returns {HTMLInputElement} */
  get field() {
    return this.inner("input");
  }

  /** What is asked for: without a filter that is still being typed. */
  get query() {
    const { completion } = this.suggestions;
    const isOpen = this.hasFocus && completion?.name && !isComplete(completion.name, completion.query);
    const text = isOpen ? this.text.slice(0, completion.start) + this.text.slice(completion.end) : this.text;
    return { text: text.trim(), filters: this.filters };
  }

  /**
   * @param {Chat.SearchQuery} query
   * @param {{pause?: number}} [options]
   */
  async set({ text, filters }, { pause = 0 } = {}) {
    this.text = text;
    this.filters = filters;
    this.suggestions.close();
    this.#tell(pause);
    await this.updateComplete;
  }

  clear() {
    return this.set({ text: "", filters: [] });
  }

  focus() {
    this.field?.focus();
    this.field?.select();
  }

  /** @param {number} [pause] in milliseconds; none: that of typing */
  #tell(pause) {
    this.dispatchEvent(new CustomEvent("query", { detail: { query: this.query, pause } }));
  }

  async #suggest() {
    if (this.suggestions === NO_SUGGESTIONS) await this.#loadSuggestions();
    this.suggestions.update({ text: this.text, filters: this.filters }, this.field.selectionStart ?? this.text.length);
  }

  /** Without a line to the server one searches without them. */
  async #loadSuggestions() {
    const part = await loadPart("suggestions").catch((error) => logger.failure("Loading the suggestions", error));
    if (!part || this.suggestions !== NO_SUGGESTIONS) return;
    this.suggestions = new part.SearchSuggestions(
      this, (/** @type {Chat.SearchSuggestion} */ chosen, /** @type {Chat.FilterCompletion | null} */ completion) => this.#choose(chosen, completion),
    );
  }

  /** @param {Chat.FieldEvent} event */
  #typed(event) {
    this.text = event.target.value;
    this.#suggest();
    this.#tell();
  }

  /**
   * @param {Chat.SearchSuggestion} suggestion
   * @param {Chat.FilterCompletion | null} completion
   */
  async #choose({ filter, insert, recent, run }, completion) {
    if (recent) return this.set(recent);
    if (run) {
      run();
    } else {
      const { start, end, isNegated } = completion ?? { start: this.text.length, end: this.text.length, isNegated: false };
      const typed = insert ? `${isNegated ? "-" : ""}${insert}` : "";
      const before = this.text.slice(0, start);
      this.text = filter ? `${before}${this.text.slice(end)}`.trim() : `${before}${before && !/\s$/.test(before) ? " " : ""}${typed}${this.text.slice(end)}`;
      if (filter) this.filters = [...this.filters.filter((each) => each.name !== filter.name || each.value !== filter.value), filter];
    }
    await this.updateComplete;
    this.field.focus();
    if (!filter) this.field.setSelectionRange(this.text.length, this.text.length);
    this.#suggest();
    if (filter) this.#tell(0);
    return undefined;
  }

  /** @param {Chat.SearchFilter} filter */
  #drop(filter) {
    this.filters = this.filters.filter((each) => each !== filter);
    this.field.focus();
    this.#suggest();
    this.#tell(0);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing || this.suggestions.handleKey(event)) return;
    const isAtStart = this.field.selectionStart === 0 && this.field.selectionEnd === 0;
    if (event.key === "Backspace" && isAtStart && this.filters.length) this.#drop(this.filters[this.filters.length - 1]);
    else if (event.key === "Escape" && this.suggestions.options.length && this.suggestions.completion?.name) this.suggestions.close();
    else if (event.key === "Escape" && (!isEmptyQuery(this) || this.isSearching)) this.dispatchEvent(new CustomEvent("done"));
    else if (event.key === "ArrowDown" || event.key === "Enter") this.dispatchEvent(new CustomEvent("enter", { detail: event.key }));
    else return;
    event.preventDefault();
  }

  #focus() {
    this.hasFocus = true;
    this.#suggest();
  }

  /** Only what lies over the list goes: else a press on a result would see it move away. */
  #blur() {
    this.hasFocus = false;
    if (this.suggestions.isEmpty) this.suggestions.close();
  }

  render() {
    const { suggestions } = this;
    const isOpen = this.hasFocus && suggestions.options.length > 0;
    const isEmpty = isEmptyQuery(this);
    return html`<search class="inbox-search">
      <div class="search-line" @click=${(/** @type {Event} */ event) => event.target === event.currentTarget && this.field.focus()}>
        ${icon("search")}
        ${this.filters.length ? html`<ul class="search-filters" aria-label=${t("Filters")}>${this.filters.map((each) => this.#chip(each))}</ul>` : nothing}
        <input type="text" role="combobox" aria-label=${t("Search")} placeholder=${this.filters.length ? "" : t("Search")} autocomplete="off"
          spellcheck="false" enterkeyhint="search" maxlength=${MAX_LENGTH} aria-autocomplete="list" aria-controls="search-suggestions"
          aria-expanded=${String(isOpen)} aria-activedescendant=${(isOpen && suggestions.activeId) || nothing}
          .value=${live(this.text)} @input=${this.#typed} @keydown=${this.#key} @focus=${this.#focus} @blur=${this.#blur} @click=${this.#suggest}>
        ${isEmpty && !this.isSearching ? html`<kbd aria-hidden="true">Ctrl K</kbd>` : html`<button class="search-clear" type="button"
          aria-label=${t("Close the search")} title=${t("Close the search")} @click=${() => this.dispatchEvent(new CustomEvent("done"))}>${icon("close")}</button>`}
      </div>
      ${suggestions.render()}
    </search>`;
  }

  /** @param {Chat.SearchFilter} filter */
  #chip(filter) {
    const label = filterLabel(filter);
    return html`<li class="chip"><span dir="auto">${label}</span>
      <button type="button" aria-label=${t("Remove the filter {filter}", { filter: label })} @click=${() => this.#drop(filter)}>${icon("close")}</button></li>`;
  }
}

customElements.define("chat-search-box", SearchBox);
