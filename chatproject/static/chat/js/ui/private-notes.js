// Ephemeral messages of programs, for this person only. They are stored nowhere, and stay on the
// screen until dismissed.

import { html } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { authorOf } from "./avatars.js";
import { context } from "./context.js";
import { ChatElement } from "./element.js";
import { icon } from "./icons.js";
import { markdownView } from "./markdown-view.js";
import "./toasts.js"; // whose look they share

const MAX_SHOWN = 5;

class PrivateNotes extends ChatElement {
  /** @type {Chat.Topic[]} */
  static topics = ["people"];
  static properties = { notes: { state: true } };

  constructor() {
    super();
    /** @type {Chat.Frame[]} */
    this.notes = [];
  }

  /** @param {Chat.Frame} note */
  add(note) {
    this.notes = [...this.notes, note].slice(-MAX_SHOWN);
  }

  /** @param {Chat.Frame} note */
  #drop(note) {
    this.notes = this.notes.filter((each) => each !== note);
  }

  render() {
    return html`<div class="toasts" role="status" aria-live="polite">${this.notes.map((note) => html`<div class="toast">
      <div><strong dir="auto">${authorOf({ meta: { author: note.author }, senderId: note.senderId })}</strong> <small>${t("Only you see this.")}</small>
        ${markdownView(note.content)}</div>
      <button class="icon-button" type="button" aria-label=${t("Dismiss")} @click=${() => this.#drop(note)}>${icon("close")}</button>
    </div>`)}</div>`;
  }
}

customElements.define("chat-private-notes", PrivateNotes);

/** Shows the note of an event `message.ephemeral`. @param {Chat.Frame} note */
export function showNote(note) {
  let list = /** @type {PrivateNotes | null} */ (document.querySelector("chat-private-notes"));
  if (!list) {
    list = /** @type {PrivateNotes} */ (document.createElement("chat-private-notes"));
    document.body.append(list);
  }
  context.session.names.load([note.senderId]);
  list.add(note);
}
