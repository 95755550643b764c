// One dialog at a time, asked for by name.

import { html, nothing } from "../../vendor/lit.js";
import { t } from "../core/texts.js";
import { ChatElement } from "./element.js";
import { icon } from "./icons.js";
import { helpDialog } from "./dialog-help.js";
import "./dialog-date.js";
import "./dialog-lightbox.js";
import "./dialog-new.js";
import "./dialog-people.js";
import "./dialog-readers.js";
import "./dialog-report.js";
import "./dialog-switcher.js";

class Dialogs extends ChatElement {
  static properties = { asked: { state: true } };

  constructor() {
    super();
    this.asked = null;
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("chat:dialog-done", () => this.#close());
    document.addEventListener("chat:go", () => this.#close());
  }

  /** Called by the app for each `chat:dialog`. */
  async open(asked) {
    await this.updateComplete;
    const dialog = this.querySelector("dialog");
    if (dialog.open) dialog.close();
    this.asked = asked;
    await this.updateComplete;
    dialog.showModal();
    (dialog.querySelector("[autofocus]") ?? dialog.querySelector("input, button:not(.dialog-close)"))?.focus();
  }

  #close() {
    const dialog = this.querySelector("dialog");
    if (dialog?.open) dialog.close();
  }

  #pressed(event) {
    if (event.target === event.currentTarget) this.#close();
  }

  render() {
    const { asked } = this;
    return html`<dialog class="dialog dialog-${asked?.name ?? "none"}" aria-labelledby="dialog-title"
      @close=${(event) => { if (event.target === event.currentTarget) this.asked = null; }} @pointerdown=${this.#pressed}>
      ${asked ? this.#inside(asked) : nothing}</dialog>`;
  }

  #inside(asked) {
    if (asked.name === "confirm") return this.#confirm(asked);
    return html`<div class="dialog-body">
      <header class="dialog-head"><h2 id="dialog-title">${titleFor(asked.name)}</h2>
        <button class="icon-button dialog-close" type="button" aria-label=${t("Close")} @click=${() => this.#close()}>${icon("close")}</button></header>
      ${content(asked)}</div>`;
  }

  #confirm(asked) {
    return html`<div class="dialog-body">
      <h2 id="dialog-title" dir="auto">${asked.title}</h2>
      <p>${asked.text}</p>
      <div class="form-buttons">
        <button class="button-quiet" type="button" autofocus @click=${() => this.#close()}>${t("Cancel")}</button>
        <button class="button button-danger-fill" type="button" @click=${() => { this.#close(); asked.run(); }}>${asked.action}</button>
      </div></div>`;
  }
}

function titleFor(name) {
  return {
    switcher: t("Go to"), new: t("New conversation"), help: t("Keyboard shortcuts"),
    date: t("Go to a date"), readers: t("Who has it"), add: t("Add people"),
    lightbox: t("Picture"), report: t("Report"),
  }[name];
}

function content(asked) {
  switch (asked.name) {
    case "switcher":
      return html`<chat-switcher></chat-switcher>`;
    case "new":
      return html`<chat-new-conversation></chat-new-conversation>`;
    case "add":
      return html`<chat-add-people .conversationId=${asked.id}></chat-add-people>`;
    case "readers":
      return html`<chat-readers .message=${asked.message}></chat-readers>`;
    case "report":
      return html`<chat-report .subject=${asked.subject}></chat-report>`;
    case "lightbox":
      return html`<chat-lightbox .pictures=${asked.pictures} .at=${asked.at}></chat-lightbox>`;
    case "date":
      return html`<chat-date></chat-date>`;
    case "help":
      return helpDialog();
    default:
      return nothing;
  }
}

customElements.define("chat-dialogs", Dialogs);
