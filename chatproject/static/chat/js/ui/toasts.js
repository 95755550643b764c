// Toasts: short notes at the foot of the page; errors stay longer.

import { html } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { ChatElement } from "./element.js";
import { icon } from "./icons.js";

const SHOWN_MS = 4000;
const ERROR_MS = 9000;

class Toasts extends ChatElement {
  static properties = { notes: { state: true } };

  constructor() {
    super();
    this.notes = [];
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("chat:toast", ({ detail }) => this.#add(detail));
  }

  /** @param {any} note */
  #add(note) {
    this.notes = [...this.notes.filter((each) => each.text !== note.text), note].slice(-3);
    setTimeout(() => this.#drop(note), note.milliseconds ?? (note.isError ? ERROR_MS : SHOWN_MS));
  }

  /** Above the composer, so that nothing covers what is being written. */
  updated() {
    const foot = document.querySelector(".composer, .foot-note")?.getBoundingClientRect();
    const above = foot?.height ? Math.max(0, innerHeight - foot.top) : 0;
    this.inner(".toasts").style.setProperty("--above", `${above}px`);
  }

  /** @param {any} note */
  #drop(note) {
    this.notes = this.notes.filter((each) => each !== note);
  }

  render() {
    return html`<div class="toasts" role="status" aria-live="polite">${this.notes.map(
      (note) => html`<div class="toast ${note.isError ? "toast-error" : ""}">
        ${note.isError ? icon("warn") : icon("check")}<span>${note.text}</span>
        ${note.action ? html`<button class="button-quiet" type="button" @click=${() => { this.#drop(note); note.action.run(); }}>${note.action.label}</button>` : ""}
        <button class="icon-button" type="button" aria-label=${t("Dismiss")} @click=${() => this.#drop(note)}>${icon("close")}</button>
      </div>`,
    )}</div>`;
  }
}

customElements.define("chat-toasts", Toasts);
