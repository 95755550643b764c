// A secret that is shown when it is made, and never again.

import { html } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { attempt } from "./context.js";
import { icon } from "./icons.js";

/**
 * @param {string} about what stands before it
 * @param {string} label
 * @param {string} value
 */
export function shownOnce(about, label, value) {
  const copy = () => attempt(() => navigator.clipboard.writeText(value), t("Copied"));
  return html`<div role="status"><p>${about}</p>
    <p><input class="field" readonly aria-label=${label} .value=${value}
      @focus=${(/** @type {FocusEvent} */ event) => /** @type {HTMLInputElement} */ (event.target).select()}></p>
    <button class="button-quiet" type="button" @click=${copy}>${icon("copy")}${t("Copy")}</button></div>`;
}
