// Dialogs: shows one at a time, by its name; each has a module dialog-….js.

import { html, nothing } from "../../vendor/lit.js";
import "./form-styles.js";
import { t } from "../core/i18n.js";
import { ChatElement } from "./element.js";
import { icon } from "./icons.js";
import { askNameDialog } from "./dialog-ask-name.js";
import { helpDialog } from "./dialog-help.js";
import "./dialog-add-emoji.js";
import "./dialog-directory.js";
import "./dialog-choose-time.js";
import "./dialog-date.js";
import "./dialog-forward.js";
import "./dialog-lightbox.js";
import "./dialog-new.js";
import "./dialog-people.js";
import "./dialog-picture.js";
import "./dialog-poll.js";
import "./dialog-profile.js";
import "./dialog-readers.js";
import "./dialog-report.js";
import "./dialog-requests.js";
import "./dialog-revisions.js";
import "./dialog-saved.js";
import "./dialog-scheduled.js";
import "./dialog-status.js";
import "./dialog-switcher.js";
import "./dialog-unread.js";

const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .dialog { inline-size: min(30rem, calc(100vi - 2rem)); max-block-size: min(44rem, calc(100dvb - 2rem)); padding: 0; border: 0; border-radius: var(--radius-l); background: var(--overlay); color: var(--text); box-shadow: var(--shadow-l); }
  .dialog::backdrop { background: var(--scrim); }
  .dialog-body { display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--space-4); padding: var(--space-5); }
  .dialog-head { display: flex; align-items: center; justify-content: space-between; margin-block: calc(-1 * var(--space-2)); margin-inline-end: calc(-1 * var(--space-2)); }
  .dialog-switcher { margin-block-start: 12dvb; }
  .dialog-confirm { inline-size: min(25rem, calc(100vi - 2rem)); }
  .dialog-confirm p { color: var(--muted); }
  .switcher-options, .people-found { display: grid; }
  .switcher-options { min-block-size: 12rem; align-content: start; }
  .people-picker { display: grid; gap: var(--space-2); }
  chat-switcher { display: grid; gap: var(--space-2); }
  chat-lightbox, chat-report, chat-date, chat-readers, chat-new-conversation, chat-add-people, chat-people-picker { display: block; }
  chat-add-people > .form-buttons { margin-block-start: var(--space-4); }
  .status-line { display: flex; align-items: center; justify-content: space-between; gap: var(--space-2); }
  .unread-flow { max-block-size: 60dvb; margin-inline: calc(-1 * var(--space-3)); padding-inline: var(--space-3); overflow-y: auto; }
  .unread-line time { color: var(--muted); font-size: var(--text-s); }
  .forward-list { max-block-size: 40dvb; overflow-y: auto; }
  chat-choose-time, chat-forward, chat-revisions, chat-status, chat-add-emoji, chat-unread, chat-requests, chat-saved, chat-scheduled { display: block; }
  .own-item { display: grid; gap: var(--space-1); padding-block: var(--space-3); border-block-end: 1px solid var(--line); }
  .own-head { display: flex; flex-wrap: wrap; justify-content: space-between; gap: var(--space-2); }
  .own-head time { color: var(--muted); font-size: var(--text-s); }
  .own-line { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .own-note, .own-problem { display: flex; gap: var(--space-2); color: var(--muted); font-size: var(--text-s); }
  .own-problem { color: var(--danger); }
  .own-note .icon, .own-problem .icon { inline-size: 1rem; block-size: 1rem; }
  .own-actions [aria-pressed=true] { background: var(--hover); }
  .own-actions a { text-decoration: none; }
  .own-actions { display: flex; flex-wrap: wrap; margin-inline-start: calc(-1 * var(--space-3)); }
}`);
document.adoptedStyleSheets.push(styles);

class Dialogs extends ChatElement {
  static properties = { dialog: { state: true } };

  constructor() {
    super();
    this.dialog = null;
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("chat:dialog-done", () => this.#close());
    document.addEventListener("chat:go", () => this.#close());
  }

  /**
   * Called by the app for each `chat:dialog`.
   *
   * @param {any} dialog
   */
  async open(dialog) {
    await this.updateComplete;
    const element = this.inner("dialog");
    this.dialog = dialog;
    await this.updateComplete;
    if (!element.open) element.showModal(); // else one dialog has led to another
    if (!element.querySelector("[autofocus]")) await new Promise((resolve) => { requestAnimationFrame(resolve); }); // parts inside render after it
    (element.querySelector("[autofocus]") ?? element.querySelector("input, button:not(.dialog-close)"))?.focus();
  }

  #close() {
    const element = this.inner("dialog");
    if (element?.open) element.close();
  }

  /** @param {any} event */
  #pressed(event) {
    if (event.target === event.currentTarget) this.#close();
  }

  render() {
    const { dialog } = this;
    return html`<dialog class="dialog dialog-${dialog?.name ?? "none"}" aria-labelledby="dialog-title"
      @close=${(event) => { if (event.target === event.currentTarget && !event.target.open) this.dialog = null; }} @pointerdown=${this.#pressed}>
      ${dialog ? this.#inside(dialog) : nothing}</dialog>`;
  }

  /** @param {any} dialog */
  #inside(dialog) {
    if (dialog.name === "confirm") return this.#confirm(dialog);
    return html`<div class="dialog-body">
      <header class="dialog-head"><h2 id="dialog-title">${dialog.title ?? titleFor(dialog.name)}</h2>
        <button class="icon-button dialog-close" type="button" aria-label=${t("Close")} @click=${() => this.#close()}>${icon("close")}</button></header>
      ${content(dialog)}</div>`;
  }

  /** @param {any} dialog */
  #confirm(dialog) {
    return html`<div class="dialog-body">
      <h2 id="dialog-title" dir="auto">${dialog.title}</h2>
      <p dir="auto">${dialog.text}</p>
      <div class="form-buttons">
        <button class="button-quiet" type="button" autofocus @click=${() => this.#close()}>${dialog.cancel ?? t("Cancel")}</button>
        <button class="button ${dialog.isPlain ? "" : "button-danger-fill"}" type="button" @click=${() => { this.#close(); dialog.run(); }}>${dialog.action}</button>
      </div></div>`;
  }
}

/** @param {string} name */
function titleFor(name) {
  return {
    switcher: t("Go to"), new: t("New conversation"), directory: t("Public conversations"), help: t("Keyboard shortcuts"),
    date: t("Go to a date"), readers: t("Read by"), add: t("Add people"),
    lightbox: t("Picture"), profile: t("Profile"), picture: t("Picture"), report: t("Report"),
    forward: t("Forward"), unread: t("Unread"), requests: t("Requests"), revisions: t("Versions"), status: t("Set a status"), "add-emoji": t("Add an emoji"), saved: t("Saved for later"), scheduled: t("Scheduled messages"), poll: t("New poll"),
  }[name];
}

/** @param {any} dialog */
function content(dialog) {
  switch (dialog.name) {
    case "switcher":
      return html`<chat-switcher></chat-switcher>`;
    case "new":
      return html`<chat-new-conversation></chat-new-conversation>`;
    case "directory":
      return html`<chat-directory></chat-directory>`;
    case "add":
      return html`<chat-add-people .conversationId=${dialog.id}></chat-add-people>`;
    case "profile":
      return html`<chat-profile .userId=${dialog.userId}></chat-profile>`;
    case "picture":
      return html`<chat-picture .subject=${dialog.subject}></chat-picture>`;
    case "readers":
      return html`<chat-readers .message=${dialog.message}></chat-readers>`;
    case "report":
      return html`<chat-report .subject=${dialog.subject}></chat-report>`;
    case "lightbox":
      return html`<chat-lightbox .pictures=${dialog.pictures} .at=${dialog.at}></chat-lightbox>`;
    case "choose-time":
      return html`<chat-choose-time .choose=${dialog.choose}></chat-choose-time>`;
    case "forward":
      return html`<chat-forward .message=${dialog.message}></chat-forward>`;
    case "ask-name":
      return askNameDialog(dialog);
    case "unread":
      return html`<chat-unread></chat-unread>`;
    case "requests":
      return html`<chat-requests></chat-requests>`;
    case "status":
      return html`<chat-status></chat-status>`;
    case "add-emoji":
      return html`<chat-add-emoji></chat-add-emoji>`;
    case "revisions":
      return html`<chat-revisions .message=${dialog.message}></chat-revisions>`;
    case "saved":
      return html`<chat-saved></chat-saved>`;
    case "scheduled":
      return html`<chat-scheduled></chat-scheduled>`;
    case "poll":
      return html`<chat-new-poll .conversationId=${dialog.conversationId} .threadSeq=${dialog.threadSeq} .question=${dialog.question ?? ""}></chat-new-poll>`;
    case "date":
      return html`<chat-date></chat-date>`;
    case "help":
      return helpDialog();
    default:
      return nothing;
  }
}

customElements.define("chat-dialogs", Dialogs);
