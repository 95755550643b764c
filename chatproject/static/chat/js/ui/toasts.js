// Toasts: short notes at the foot of the page; errors stay longer, and each stays while somebody
// points at it or has the focus in it. They come with the first one.

import { html } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { ChatElement } from "./element.js";
import { icon } from "./icons.js";

const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .toasts { position: fixed; inset-block-end: calc(var(--above, 0px) + var(--space-4)); inset-inline: 0; z-index: var(--z-toast); display: grid; justify-items: center; gap: var(--space-2); pointer-events: none; }
  .toast { display: flex; align-items: center; gap: var(--space-3); max-inline-size: min(32rem, calc(100vi - 2rem)); padding-inline-start: var(--space-4); border-radius: var(--radius-m); background: light-dark(#20243a, #e9ebf2); color: light-dark(#fff, #191c26); box-shadow: var(--shadow-l); font-size: var(--text-m); pointer-events: auto; animation: rise var(--slow) var(--ease); }
  .toast-error { background: var(--danger-fill); color: #fff; }
  .toast :is(.icon-button, .button-quiet) { color: inherit; }
  .toast :is(.icon-button, .button-quiet):hover { background: rgb(128 132 150 / 30%); }
  .toast .button-quiet { text-decoration: underline; text-underline-offset: 0.2em; }
  @keyframes rise { from { opacity: 0; translate: 0 0.75rem; } }
}`);
document.adoptedStyleSheets.push(styles);

const SHOWN_MS = 4000;
const ERROR_MS = 9000;
const MOST = 3;

class Toasts extends ChatElement {
  static properties = { notes: { state: true } };

  constructor() {
    super();
    /** @type {any[]} */
    this.notes = [];
    this.timers = new WeakMap();
  }

  /** @param {any} note */
  add(note) {
    this.notes = [...this.notes.filter((each) => each.text !== note.text), note].slice(-MOST);
    this.#wait(note);
  }

  /** @param {any} note */
  #wait(note) {
    clearTimeout(this.timers.get(note));
    this.timers.set(note, setTimeout(() => this.#drop(note), note.milliseconds ?? (note.isError ? ERROR_MS : SHOWN_MS)));
  }

  /** What it offers may have its own end: then it does not stay. @param {any} note */
  #hold(note) {
    if (!note.hasEnd) clearTimeout(this.timers.get(note));
  }

  /** @param {any} note */
  #release(note) {
    if (!note.hasEnd) this.#wait(note);
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
      (note) => html`<div class="toast ${note.isError ? "toast-error" : ""}"
        @pointerenter=${() => this.#hold(note)} @pointerleave=${() => this.#release(note)} @focusin=${() => this.#hold(note)} @focusout=${() => this.#release(note)}>
        ${note.isError ? icon("warn") : icon("check")}<span>${note.text}</span>
        ${note.action ? html`<button class="button-quiet" type="button" @click=${() => { this.#drop(note); note.action.run(); }}>${note.action.label}</button>` : ""}
        <button class="icon-button" type="button" aria-label=${t("Dismiss")} @click=${() => this.#drop(note)}>${icon("close")}</button>
      </div>`,
    )}</div>`;
  }
}

customElements.define("chat-toasts", Toasts);
