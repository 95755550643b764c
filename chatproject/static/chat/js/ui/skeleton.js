// The skeleton: grey rows that are shown while messages are loaded for longer than a moment.

import { html } from "../../vendor/lit.js";

export function skeleton() {
  return html`<div class="skeleton" aria-hidden="true">${["a", "b", "c", "d", "e"].map(
    (each) => html`<div class="skeleton-row skeleton-${each}"><span></span><i></i></div>`,
  )}</div>`;
}
