// Suggestions of the search box: recent searches, filters, and values for the filter being typed. The
// arrow keys move through them, while the cursor stays in the field.

import { html, nothing } from "../../vendor/lit.js";
import { RecentSearches } from "../core/recent-searches.js";
import { FILTERS, HAS, IS, filterAt } from "../core/search-filters.js";
import { t } from "../core/i18n.js";
import { fold } from "../core/folding.js";
import { find } from "../core/search.js";
import { personAvatar, titleOf } from "./avatars.js";
import { context } from "./context.js";
import { icon } from "./icons.js";
import { openLocalStorage } from "./local-storage.js";
import { PeopleSearch } from "./people-search.js";
import { filterLabel, queryLabel } from "./search-labels.js";

const MAX_NAMES = 6;
const ICONS = { from: "person", in: "chats", with: "people", before: "calendar", after: "calendar", on: "calendar", has: "clip", is: "flag" };

/** @returns {Record<string, string>} */
function hints() {
  return {
    from: t("a person"), in: t("a conversation"), with: t("somebody who is there"), before: t("a day"), after: t("a day"),
    on: t("a day"), has: t("file, image, link …"), is: t("mine, unread, pinned …"),
  };
}

/** @param {string} value of `has` and `is` */
export function choiceName(value) {
  return {
    file: t("a file"), image: t("a picture"), link: t("a link"), reaction: t("a reaction"),
    mine: t("written by me"), unread: t("unread"), pinned: t("pinned"), reply: t("a reply"),
  }[value] ?? value;
}

/** A reactive controller of the searchbox. */
const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .search-suggestions { display: flex; flex-wrap: wrap; gap: var(--space-2); padding-block-start: var(--space-2); }
  .search-suggestions[hidden] { display: none; }
  .search-suggestions.is-overlay { position: absolute; inset-inline: 0; inset-block-start: calc(100% + var(--space-1)); z-index: var(--z-popover); max-block-size: 60dvb; overflow-y: auto; padding: var(--space-3); border: 1px solid var(--line); border-radius: var(--radius-m); background: var(--overlay); box-shadow: var(--shadow-m); }
  .search-chip { display: inline-flex; align-items: center; gap: var(--space-1); max-inline-size: 100%; min-block-size: 2.25rem; padding-inline: var(--space-2) var(--space-3); border: 1px solid var(--line); border-radius: var(--radius-full); background: var(--raised); font-size: var(--text-s); cursor: pointer; }
  .search-chip .icon, .search-recent .icon { inline-size: 1rem; block-size: 1rem; color: var(--muted); }
  .search-chip small { color: var(--muted); font-size: var(--text-s); }
  .search-suggestions:not(.is-overlay) small { display: none; }
  .search-chip span:not(.avatar), .search-recent span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .search-recent { display: flex; align-items: center; gap: var(--space-3); flex: none; inline-size: 100%; min-block-size: 2.5rem; padding-inline: var(--space-2); border-radius: var(--radius-s); font-size: var(--text-m); cursor: pointer; }
  :is(.search-chip, .search-recent):is(:hover, [aria-selected="true"]) { background: var(--selected); }
  :is(.search-chip, .search-recent)[aria-selected="true"] { outline: 2px solid var(--accent); outline-offset: -1px; }
  @media (pointer: coarse) { .search-chip { min-block-size: var(--target); } }
}`);
document.adoptedStyleSheets.push(styles);

export class SearchSuggestions {
  /**
   * @param {Chat.ReactiveHost} host
   * @param {(suggestion: Chat.SearchSuggestion, completion: Chat.FilterCompletion | null) => void} choose
   */
  constructor(host, choose) {
    this.host = host;
    this.choose = choose;
    /** @type {Chat.FilterCompletion | null} */
    this.completion = null;
    /** @type {Chat.SearchSuggestion[]} */
    this.options = [];
    this.at = -1; // none
    this.isEmpty = true; // nothing is typed or chosen: then they lie over the list
    this.hasText = false;
    this.people = new PeopleSearch(() => this.#addPeople(), { withConversations: false });
  }

  get activeId() {
    return this.at < 0 ? null : `search-option-${this.at}`;
  }

  /**
   * @param {Chat.SearchQuery} query
   * @param {number} cursor in its text
   */
  update(query, cursor) {
    this.completion = filterAt(query.text, cursor);
    const { name, query: value } = this.completion ?? { name: null, query: "" };
    if (name === "from" || name === "with") this.people.find(value);
    this.isEmpty = !query.text.trim() && !query.filters.length;
    this.hasText = Boolean(query.text.trim());
    this.#refresh();
    this.at = this.#first();
  }

  /** The people whom the server knows have come; by now something else may be typed. */
  #addPeople() {
    if (this.completion?.name !== "from" && this.completion?.name !== "with") return;
    this.#refresh();
    if (this.at < 0) this.at = this.#first();
  }

  /** What Enter takes: the first value that fits what was typed. */
  #first() {
    return this.completion?.name && this.completion.query && this.options.length ? 0 : -1;
  }

  close() {
    this.completion = null;
    this.options = [];
    this.at = -1;
    this.host.requestUpdate();
  }

  #refresh() {
    this.options = this.completion?.name ? this.#values(this.completion)
      : this.hasText ? this.#names(this.completion?.query ?? "") : [...(this.isEmpty ? recent() : []), ...this.#names("")];
    this.at = Math.min(this.at, this.options.length - 1);
    this.host.requestUpdate();
  }

  /** @param {string} beginning none: all, where nothing is typed */
  #names(beginning) {
    if (this.hasText && beginning.length < 2) return [];
    const hint = hints();
    const what = fold(beginning);
    const ownName = (/** @type {string} */ name) => fold(filterLabel({ name, value: "", label: "", isNegated: false }));
    const fits = (/** @type {string} */ name) => name.startsWith(what) || ownName(name).startsWith(what);
    return FILTERS.filter(fits).map((name) => ({ key: name, label: `${name}:`, hint: hint[name], icon: ICONS[name], insert: `${name}:` }));
  }

  /** @param {Chat.FilterCompletion} completion @returns {Chat.SearchSuggestion[]} */
  #values({ name, query, isNegated }) {
    const chip = (/** @type {string} */ value, /** @type {string} */ label, more = {}) => ({
      key: value, label, filter: { name: name ?? "", value, isNegated, label }, ...more });
    if (name === "from" || name === "with") return this.#peopleOptions(query, chip);
    if (name === "in") return find(context.store.inbox(), query, titleOf).slice(0, MAX_NAMES).map((each) => chip(each.id, titleOf(each)));
    if (name === "has" || name === "is") {
      const all = name === "has" ? HAS : IS;
      const what = fold(query);
      return all.filter((each) => each.startsWith(what) || fold(choiceName(each)).includes(what)).map((each) => chip(each, choiceName(each)));
    }
    return dayOptions(query).map(([value, label]) => chip(value, label, { icon: "calendar" }));
  }

  /**
   * @param {string} query
   * @param {(value: string, label: string, more?: object) => Chat.SearchSuggestion} chip
   */
  #peopleOptions(query, chip) {
    const { me, people } = context.store;
    const what = query.replace(/^@/, "");
    const isMe = ["me", t("Me"), me.name].some((each) => fold(each).startsWith(fold(what)));
    const found = find([...people.values()].filter((each) => each.id !== me.id && each.name), what);
    const known = new Set(found.map((each) => each.id));
    const others = query ? this.people.people.filter((each) => !known.has(each.id)) : [];
    return [
      ...(isMe ? [chip("@me", t("Me"), { userId: me.id })] : []),
      ...[...found, ...others].slice(0, MAX_NAMES).map((each) => chip(each.id, each.name, { userId: each.id })),
    ];
  }

  /**
   * Whether the suggestions have taken the key.
   *
   * @param {KeyboardEvent} event
   */
  handleKey(event) {
    const count = this.options.length;
    if (!count) return false;
    if (event.key === "ArrowDown" && this.at < count - 1) this.at += 1;
    else if (event.key === "ArrowUp" && this.at >= 0) this.at -= 1;
    else if ((event.key === "Enter" || (event.key === "Tab" && this.completion?.name && !event.shiftKey)) && this.at >= 0) this.choose(this.options[this.at], this.completion);
    else return false;
    event.preventDefault();
    this.host.requestUpdate();
    return true;
  }

  render() {
    return html`<ul class="search-suggestions ${this.isEmpty ? "is-overlay" : ""}" id="search-suggestions" role="listbox"
      aria-label=${t("Suggestions")} ?hidden=${!this.options.length}>${this.options.map(
        (each, at) => html`<li class=${each.recent || each.run ? "search-recent" : "search-chip"} id="search-option-${at}" role="option"
          aria-selected=${String(at === this.at)} @pointerdown=${(/** @type {Event} */ event) => event.preventDefault()}
          @click=${() => this.choose(each, this.completion)}>
          ${each.userId ? personAvatar(each.userId, { size: "xs" }) : each.icon ? icon(each.icon) : nothing}
          <span dir="auto">${each.label}</span>${each.hint ? html`<small>${each.hint}</small>` : nothing}</li>`,
      )}</ul>`;
  }
}

function searches() {
  return new RecentSearches(openLocalStorage(), context.store.me.id);
}

/** @param {Chat.SearchQuery} query that led somewhere */
export function rememberSearch(query) {
  searches().add(query);
}

/** @returns {Chat.SearchSuggestion[]} */
function recent() {
  const kept = searches().list();
  if (!kept.length) return [];
  return [
    ...kept.map((each, at) => ({ key: `recent ${at}`, label: queryLabel(each), icon: "clock", recent: each })),
    { key: "forget", label: t("Forget recent searches"), icon: "trash", run: () => searches().clear() },
  ];
}

/**
 * @param {string} query
 * @returns {string[][]} value and label
 */
function dayOptions(query) {
  const day = (/** @type {number} */ days) => new Date(Date.now() - days * 86_400_000);
  const iso = (/** @type {Date} */ date) => [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((each) => String(each).padStart(2, "0")).join("-");
  const all = [
    ["today", t("Today")], ["yesterday", t("Yesterday")], [iso(day(7)), t("A week ago")], [iso(day(30)), t("30 days ago")],
  ];
  const fitting = all.filter(([value, label]) => value.startsWith(query.toLowerCase()) || fold(label).startsWith(fold(query)));
  return /^\d{4}(-\d{2}){0,2}$/.test(query) ? [[query, query], ...fitting.filter(([value]) => value !== query)] : fitting;
}
