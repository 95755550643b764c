// The dialog “Requests”: people who want to add this person to a conversation; accept or refuse.

import { html } from "../../vendor/lit.js";
import { plural, t } from "../core/i18n.js";
import { shortTime } from "../core/times.js";
import { context, emit, toast } from "./context.js";
import { ChatElement } from "./element.js";

context.session.events.subscribe((frame) => {
  if (frame.type === "state.changed" && frame.part === "requests") tell();
});

/** Says that there is something to be answered; nothing where it was answered elsewhere. */
async function tell() {
  const { results } = await context.session.rest.get(["join-requests"]).catch(() => ({ results: [] }));
  const [newest] = results;
  if (newest) toast(t("{name} wants to add you to “{title}”. Answer it under “Requests”.", { name: newest.by.name, title: newest.conversation.name }));
}

class Requests extends ChatElement {
  static properties = { found: { state: true } };

  constructor() {
    super();
    /** @type {any[] | null} */
    this.found = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.#load();
  }

  async #load() {
    this.found = (await this.attempt(() => context.session.rest.get(["join-requests"])))?.results ?? [];
  }

  /** @param {any} request */
  async #accept({ id }) {
    const joined = await this.attempt(() => context.session.rest.post(["join-requests", id, "accept"]));
    if (joined) {
      emit("dialog-done");
      emit("go", { id: joined.id });
    } else {
      this.#load();
    }
  }

  /** @param {any} request */
  async #refuse({ id }) {
    await this.attempt(() => context.session.rest.delete(["join-requests", id]));
    await this.#load();
  }

  render() {
    if (!this.found) return html`<p class="hint" role="status">${t("Loading…")}</p>`;
    if (!this.found.length) return html`<p class="hint">${t("Nobody has asked.")}</p>`;
    return html`<ul class="own-list">${this.found.map((each) => html`<li class="own-item">
      <p class="own-head"><strong dir="auto">${each.conversation.name}</strong><time datetime=${each.createdAt}>${shortTime(each.createdAt)}</time></p>
      <p dir="auto">${t("{name} wants to add you.", { name: each.by.name })}
        ${plural("{count} person", "{count} people", each.conversation.memberCount)}</p>
      <div class="own-actions"><button class="button-quiet" type="button" @click=${() => this.#accept(each)}>${t("Accept")}</button>
        <button class="button-quiet" type="button" @click=${() => this.#refuse(each)}>${t("Decline")}</button></div></li>`)}</ul>`;
  }
}

customElements.define("chat-requests", Requests);
