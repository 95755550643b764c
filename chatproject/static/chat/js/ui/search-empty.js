// What the search says when it found nothing or failed: what was searched, and what to leave out.

import { html, nothing } from "../../vendor/lit.js";
import { errorMessage } from "../core/errors.js";
import { withoutFilter } from "../core/search-filters.js";
import { t } from "../core/i18n.js";
import { filterLabel } from "./search-labels.js";
import { choiceName } from "./search-suggestions.js";

/** @typedef {{shown: Chat.SearchQuery, parts: Record<Chat.SearchKind, Chat.SearchPart>, search: (query: Chat.SearchQuery, options?: {pause?: number}) => void}} Requests */

/**
 * @param {Requests} requests
 * @param {(query: Chat.SearchQuery) => void} change
 */
export function emptyResult({ shown, parts }, change) {
  const ways = droppable(shown, parts.messages.filters);
  return html`<div class="search-empty" role="status">
    <p><strong>${shown.text ? t("No matches for “{text}”", { text: shown.text }) : t("No matches")}</strong></p>
    ${shown.filters.length ? html`<p>${shown.filters.map(filterLabel).join(" · ")}</p>` : nothing}
    ${ways.length ? html`<p>${t("Try it with fewer filters:")}</p>${dropButtons(ways, change)}`
      : html`<p>${t("Check the spelling, or try fewer or other words.")}</p>`}
  </div>`;
}

/**
 * @param {any} error
 * @param {Requests} requests
 * @param {(query: Chat.SearchQuery) => void} change
 */
export function failedResult(error, { shown, search }, change) {
  const [problem] = error.errors ?? [];
  const ways = problem ? droppable(shown, typedFilters(shown.text, problem.field)) : [];
  return html`<div class="search-empty" role="alert">
    <p><strong>${problemText(problem) ?? errorMessage(error)}</strong></p>
    ${ways.length ? dropButtons(ways.filter((each) => each.name === problem.field), change)
      : html`<button class="button-quiet" type="button" @click=${() => search(shown, { pause: 0 })}>${t("Try again")}</button>`}
  </div>`;
}

/** @typedef {{name: string, label: string, query: Chat.SearchQuery}} Way */

/**
 * The query with each of its filters taken out, be it a chip or typed.
 *
 * @param {Chat.SearchQuery} query
 * @param {{name: string, value: string, negated: boolean, text: string | null}[]} understood
 * @returns {Way[]}
 */
function droppable({ text, filters }, understood) {
  const chips = filters.map((filter) => ({
    name: filter.name, label: filterLabel(filter), query: { text, filters: filters.filter((each) => each !== filter) } }));
  const typed = understood.filter((each) => each.text).map(({ name, value, negated, text: source }) => ({
    name, label: filterLabel({ name, value, isNegated: negated, label: name === "has" || name === "is" ? choiceName(value) : value }),
    query: { text: withoutFilter(text, source ?? ""), filters } }));
  return [...chips, ...typed];
}

/**
 * Filters of a name as they were typed; the server reads none of a query that it refuses.
 *
 * @param {string} text
 * @param {string} name
 */
function typedFilters(text, name) {
  const found = text.matchAll(new RegExp(`(?:^|\\s)((-?)${name}:("[^"]*"|\\S+))`, "gi"));
  return [...found].map(([, source, minus, value]) => ({ name, value: value.replaceAll('"', ""), negated: Boolean(minus), text: source }));
}

/**
 * @param {Way[]} ways
 * @param {(query: Chat.SearchQuery) => void} change
 */
function dropButtons(ways, change) {
  return html`<ul class="search-drops">${ways.map(({ label, query }) => html`<li><button class="button-quiet" type="button"
    @click=${() => change(query)}>${t("Without “{filter}”", { filter: label })}</button></li>`)}</ul>`;
}

/** @param {{field: string, code: string, detail: string} | undefined} problem */
function problemText(problem) {
  return {
    unknown_person: t("Nobody has that name."),
    unknown_conversation: t("You have no conversation with this name."),
    unknown_choice: t("“{filter}:” does not accept this value.", { filter: problem?.field }),
    not_a_day: t("Give a day as 2026-01-31, a month, a year, today or yesterday."),
    not_negatable: t("“{filter}:” cannot be negated.", { filter: problem?.field }),
    too_long: t("This is too long to search for."),
    too_many: t("Too many words or filters."),
  }[problem?.code ?? ""];
}
