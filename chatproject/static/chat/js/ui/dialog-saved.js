// The dialog “Saved for later”: what is open and what is done, with its reminders.

import { html, nothing } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { plainLine } from "../core/markdown.js";
import { pathOf } from "../core/paths.js";
import { shortTime } from "../core/times.js";
import { context, emit } from "./context.js";
import { ChatElement } from "./element.js";
import { nameOf, titleOf } from "./avatars.js";
import { icon } from "./icons.js";
import { openReminderMenu, savedMessages } from "./saved.js";

/** @typedef {"open" | "done"} State */

class Saved extends ChatElement {
  static properties = { found: { state: true }, state: { state: true }, next: { state: true } };

  constructor() {
    super();
    /** @type {Chat.SavedMessage[] | null} */
    this.found = null;
    /** @type {State} */
    this.state = "open";
    /** @type {string | null} */
    this.next = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.stop = context.session.events.subscribe((frame) => {
      if (frame.type === "saved.changed") this.#load();
    });
    this.#load();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.stop?.();
  }

  /** @param {string | null} [cursor] goes on from there, else anew */
  async #load(cursor = null) {
    const { state } = this;
    const page = await this.attempt(() => savedMessages.list(state, cursor));
    if (state !== this.state) return;
    if (page?.people) context.store.addPeople(page.people);
    this.found = [...(cursor ? this.found ?? [] : []), ...(page?.results ?? [])];
    this.next = page?.next ?? null;
  }

  /** @param {State} state */
  #switch(state) {
    this.state = state;
    this.found = null;
    this.#load();
  }

  /** @param {() => Promise<unknown>} act */
  async #act(act) {
    await this.attempt(act);
    await this.#load();
  }

  render() {
    return html`<div class="own-actions" role="group">${/** @type {[State, string][]} */ ([["open", t("Open")], ["done", t("Done")]]).map(
      ([state, label]) => html`<button class="button-quiet" type="button" aria-pressed=${String(this.state === state)}
        @click=${() => this.#switch(state)}>${label}</button>`)}</div>${this.#list()}`;
  }

  #list() {
    if (!this.found) return html`<p class="hint" role="status">${t("Loading…")}</p>`;
    if (!this.found.length) {
      return html`<p class="hint">${this.state === "open"
        ? t("Nothing is saved. Choose “Save for later” in the menu of a message.") : t("Nothing is done yet.")}</p>`;
    }
    return html`<ul class="own-list">${this.found.map((each) => html`<li class="own-item">${this.#row(each)}</li>`)}</ul>
      ${this.next ? html`<button class="button-quiet" type="button" @click=${() => this.#load(this.next)}>${t("Show more")}</button>` : nothing}`;
  }

  /** @param {Chat.SavedMessage} saved */
  #row(saved) {
    const { id, message } = saved;
    const conversation = context.store.conversations.get(saved.conversationId);
    const isDone = Boolean(saved.doneAt);
    const remind = (/** @type {any} */ event) => openReminderMenu(event.currentTarget, undefined,
      (at) => this.#act(() => savedMessages.change(id, { remindAt: at.toISOString() })));
    return html`<p class="own-head"><strong dir="auto">${conversation ? titleOf(conversation) : t("Conversation")}</strong>
        <time datetime=${message?.createdAt ?? saved.savedAt}>${shortTime(message?.createdAt ?? saved.savedAt)}</time></p>
      <p class="own-line" dir="auto">${message ? this.#line(message) : t("You can no longer see this message.")}</p>
      ${saved.remindAt && !isDone ? html`<p class="own-note">${icon("clock")}${saved.remindedAt
        ? t("You were reminded on {time}.", { time: shortTime(saved.remindedAt) })
        : t("You will be reminded on {time}.", { time: shortTime(saved.remindAt) })}</p>` : nothing}
      <div class="own-actions">
        ${message ? html`<a class="button-quiet" href=${pathOf(saved.conversationId, saved.seq)} @click=${() => emit("dialog-done")}>${t("Go to message")}</a>` : nothing}
        <button class="button-quiet" type="button" @click=${() => this.#act(() => savedMessages.change(id, { done: !isDone }))}>${isDone ? t("Open again") : t("Done")}</button>
        ${isDone ? nothing : html`<button class="button-quiet" type="button" aria-haspopup="menu" @click=${remind}>${t("Remind me…")}</button>`}
        <button class="button-quiet" type="button" @click=${() => this.#act(() => savedMessages.remove(id))}>${t("Remove")}</button>
      </div>`;
  }

  /** @param {Chat.Message} message */
  #line(message) {
    if (message.deletedAt) return html`<em>${t("Message deleted")}</em>`;
    return `${nameOf(message.senderId)}: ${plainLine(message.content, nameOf) || message.attachments[0]?.name || ""}`;
  }
}

customElements.define("chat-saved", Saved);
