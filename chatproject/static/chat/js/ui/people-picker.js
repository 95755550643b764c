// The people picker: a field with the chosen people above it and those found below.

import { html, nothing } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { ChatElement } from "./element.js";
import { avatar } from "./avatars.js";
import { context } from "./context.js";
import { PeopleSearch } from "./people-search.js";
import { icon } from "./icons.js";

class PeoplePicker extends ChatElement {
  static properties = { chosen: {}, excluded: {}, query: { state: true }, at: { state: true } };

  constructor() {
    super();
    this.chosen = [];
    this.excluded = new Set();
    this.query = "";
    this.at = 0;
    this.search = new PeopleSearch(() => this.requestUpdate(), { withConversations: false });
  }

  #found() {
    const taken = new Set(this.chosen.map((each) => each.id));
    const people = this.query.trim() ? this.search.people : suggested();
    return people.filter((each) => !taken.has(each.id) && !this.excluded.has(each.id)).slice(0, 6);
  }

  /** @param {any} chosen */
  #set(chosen) {
    this.chosen = chosen;
    this.query = "";
    this.at = 0;
    this.search.find("");
    this.dispatchEvent(new CustomEvent("chosen", { detail: chosen }));
    this.inner("input").focus();
  }

  /** @param {any} event */
  #key(event) {
    const found = this.#found();
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && found.length) this.at = (this.at + by + found.length) % found.length;
    else if (event.key === "Enter" && this.query.trim()) {
      if (found[this.at]) this.#set([...this.chosen, found[this.at]]);
    } else if (event.key === "Backspace" && !this.query && this.chosen.length) this.#set(this.chosen.slice(0, -1));
    else return;
    event.preventDefault();
  }

  render() {
    const found = this.#found();
    return html`<div class="people-picker">
      ${this.chosen.length ? html`<ul class="chips">${this.chosen.map((each) => html`<li class="chip"><span dir="auto">${each.name}</span>
        <button type="button" aria-label=${t("Unselect {name}", { name: each.name })} @click=${() => this.#set(this.chosen.filter((other) => other !== each))}>${icon("close")}</button></li>`)}</ul>` : nothing}
      <input class="field" type="text" role="combobox" autofocus autocomplete="off" aria-label=${t("Find people")} placeholder=${t("Find people by name")}
        aria-expanded=${String(found.length > 0)} aria-controls="people-found" aria-autocomplete="list"
        aria-activedescendant=${found.length ? `person-${this.at}` : nothing} .value=${this.query}
        @input=${(event) => { this.query = event.target.value; this.at = 0; this.search.find(this.query); }} @keydown=${this.#key}>
      <ul class="people-found" id="people-found" role="listbox" aria-label=${t("People")}>${found.map(
        (each, at) => html`<li class="completion" id="person-${at}" role="option" aria-selected=${String(at === this.at)} @click=${() => this.#set([...this.chosen, each])}>
          ${avatar(each.id, each.name, { size: "s" })}<span dir="auto">${each.name}</span>${each.isBot ? html`<small>${t("Bot")}</small>` : nothing}</li>`,
      )}</ul>
      ${this.query.trim() && !found.length ? html`<p class="hint" role="status">${this.search.statusText(t("No matches"))}</p>` : nothing}
    </div>`;
  }
}

/** The people of direct conversations, the latest first. */
function suggested() {
  const { me } = context.store;
  return context.store.inbox().flatMap(({ peer }) => (peer && peer.id !== me.id && peer.isActive !== false ? [{ ...peer, isBot: context.store.people.get(peer.id)?.isBot }] : []));
}

customElements.define("chat-people-picker", PeoplePicker);
