// Labels of search filters and queries.

import { t } from "../core/i18n.js";

/** @param {Chat.SearchFilter} filter */
export function filterLabel({ name, label, isNegated }) {
  const text = {
    from: t("From: {value}", { value: label }),
    in: t("In: {value}", { value: label }),
    with: t("With: {value}", { value: label }),
    before: t("Before: {value}", { value: label }),
    after: t("After: {value}", { value: label }),
    on: t("On: {value}", { value: label }),
    has: t("Has: {value}", { value: label }),
    is: t("Is: {value}", { value: label }),
  }[name] ?? `${name}: ${label}`;
  return isNegated ? t("Not: {filter}", { filter: text }) : text;
}

/** @param {Chat.SearchQuery} query */
export function queryLabel({ text, filters }) {
  return [text, ...filters.map(filterLabel)].filter(Boolean).join(" · ");
}
