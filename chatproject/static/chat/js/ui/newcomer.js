// What an empty inbox offers: people, public conversations, and notes to oneself.

import { html, nothing } from "../../vendor/lit.js";
import "./form-styles.js";
import { t } from "../core/i18n.js";
import { logger } from "../core/logger.js";
import { conversationFromWire } from "../core/wire.js";
import { avatar, conversationAvatar, titleOf } from "./avatars.js";
import { context, emit } from "./context.js";
import { ChatElement } from "./element.js";
import { icon } from "./icons.js";
import { openDirect } from "./open-direct.js";

const LIMIT = 6;

class Newcomer extends ChatElement {
  static properties = { people: { state: true }, conversations: { state: true } };

  constructor() {
    super();
    /** @type {Chat.Person[]} */
    this.people = [];
    /** @type {Chat.Conversation[]} */
    this.conversations = [];
  }

  connectedCallback() {
    super.connectedCallback();
    this.#load();
  }

  async #load() {
    const { rest } = context.session;
    try {
      const [people, conversations] = await Promise.all([
        rest.get(["users"], { limit: LIMIT + 1 }),
        rest.get(["conversations"], { kind: "public", limit: LIMIT }),
      ]);
      this.people = people.results.filter(isOther).slice(0, LIMIT);
      this.conversations = conversations.results.map(conversationFromWire);
    } catch (error) {
      logger.failure("Loading what is offered to a newcomer", error); // notes to oneself are left
    }
  }

  render() {
    const { me } = context.store;
    return html`
      ${this.conversations.length ? html`<section class="details-section" aria-label=${t("Public conversations")}>
        <h2>${t("Public conversations")}</h2>
        <ul class="details-list">${this.conversations.map((each) => html`<li>
          <button class="person-row" type="button" @click=${() => emit("go", { id: each.id })}>
            ${conversationAvatar(each, { size: "s" })}<span dir="auto">${titleOf(each)}</span></button></li>`)}</ul>
        <button class="button-quiet" type="button" @click=${() => emit("dialog", { name: "directory" })}>${icon("hash")}${t("Browse public conversations")}</button></section>` : nothing}
      ${this.people.length ? html`<section class="details-section" aria-label=${t("People")}>
        <h2>${t("People")}</h2>
        <ul class="details-list">${this.people.map((each) => html`<li>
          <button class="person-row" type="button" @click=${() => openDirect(each.id)}>
            ${avatar(each.id, each.name, { size: "s" })}<span dir="auto">${each.name}</span></button></li>`)}</ul></section>` : nothing}
      <section class="details-section">
        <button class="button-quiet" type="button" @click=${() => openDirect(me.id)}>${icon("edit")}${t("Write a note to yourself")}</button>
      </section>`;
  }
}

/** @param {Chat.Person} person */
function isOther({ id, isBot }) {
  return id !== context.store.me.id && !isBot;
}

customElements.define("chat-newcomer", Newcomer);
