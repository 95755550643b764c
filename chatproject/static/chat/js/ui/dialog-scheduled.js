// The dialog “Scheduled messages”: what waits for its time or was refused, to be changed or sent.

import { html, nothing } from "../../vendor/lit.js";
import { errorMessage } from "../core/errors.js";
import { t } from "../core/i18n.js";
import { plainLine } from "../core/markdown.js";
import { toLocalField } from "../core/scheduled.js";
import { shortTime } from "../core/times.js";
import { context, showFailure } from "./context.js";
import { ChatElement } from "./element.js";
import { nameOf, titleOf } from "./avatars.js";
import { icon } from "./icons.js";
import { scheduledMessages } from "./send-later.js";

class Scheduled extends ChatElement {
  static properties = { found: { state: true }, changing: { state: true } };

  constructor() {
    super();
    /** @type {Chat.ScheduledMessage[] | null} */
    this.found = null;
    this.changing = "";
  }

  connectedCallback() {
    super.connectedCallback();
    this.stop = context.session.events.subscribe((frame) => {
      if (frame.type === "scheduled.changed") this.#load();
    });
    this.#load();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.stop?.();
  }

  async #load() {
    this.found = (await this.attempt(() => scheduledMessages.list())) ?? this.found ?? [];
  }

  /** @param {() => Promise<unknown>} act */
  async #act(act) {
    try {
      await act();
      this.changing = "";
    } catch (error) {
      showFailure(error);
    }
    await this.#load();
  }

  render() {
    if (!this.found) return html`<p class="hint" role="status">${t("Loading…")}</p>`;
    if (!this.found.length) return html`<p class="hint">${t("Nothing is scheduled. Write a message and choose “Send later”.")}</p>`;
    return html`<ul class="own-list">${this.found.map((each) => html`<li class="own-item">
      ${this.changing === each.id ? this.#form(each) : this.#row(each)}</li>`)}</ul>`;
  }

  /** @param {Chat.ScheduledMessage} scheduled */
  #row(scheduled) {
    const conversation = context.store.conversations.get(scheduled.conversationId);
    const line = plainLine(scheduled.content, nameOf) || scheduled.attachments[0]?.name;
    return html`<p class="own-head"><strong dir="auto">${conversation ? titleOf(conversation) : t("Conversation")}</strong>
        <time datetime=${scheduled.sendAt}>${shortTime(scheduled.sendAt)}</time></p>
      <p class="own-line" dir="auto">${line}</p>
      ${scheduled.refusal ? html`<p class="own-problem">${icon("warn")}${errorMessage(scheduled.refusal)}</p>` : nothing}
      <div class="own-actions">
        <button class="button-quiet" type="button" @click=${() => { this.changing = scheduled.id; }}>${t("Change")}</button>
        <button class="button-quiet" type="button" @click=${() => this.#act(() => scheduledMessages.sendNow(scheduled))}>${t("Send now")}</button>
        <button class="button-quiet" type="button" @click=${() => this.#act(() => scheduledMessages.cancel(scheduled))}>${t("Delete")}</button>
      </div>`;
  }

  /** @param {Chat.ScheduledMessage} scheduled */
  #form(scheduled) {
    return html`<form class="stack" @submit=${(event) => this.#save(event, scheduled)}>
      <label>${t("Message")}<textarea class="field" name="content" rows="3" dir="auto" .value=${scheduled.content}></textarea></label>
      <label>${t("Day and time")}<input class="field" type="datetime-local" name="at" required
        min=${toLocalField(new Date())} .value=${toLocalField(new Date(scheduled.sendAt))}></label>
      <div class="form-buttons">
        <button class="button-quiet" type="button" @click=${() => { this.changing = ""; }}>${t("Cancel")}</button>
        <button class="button" type="submit">${t("Save")}</button></div></form>`;
  }

  /**
   * @param {any} event
   * @param {Chat.ScheduledMessage} scheduled
   */
  #save(event, scheduled) {
    event.preventDefault();
    const data = new FormData(event.target);
    const content = String(data.get("content"));
    const at = String(data.get("at"));
    this.#act(() => scheduledMessages.change(scheduled, {
      ...(content === scheduled.content ? {} : { content }),
      ...(at === toLocalField(new Date(scheduled.sendAt)) ? {} : { sendAt: new Date(at).toISOString() }),
    }));
  }
}

customElements.define("chat-scheduled", Scheduled);
