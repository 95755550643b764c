// The switcher (Ctrl K): goes to a conversation or a person by a few letters.

import { html, nothing } from "../../vendor/lit.js";
import { find } from "../core/search.js";
import { t } from "../core/i18n.js";
import { badge } from "../core/unread.js";
import { emit, context } from "./context.js";
import { ChatElement } from "./element.js";
import { avatar, conversationAvatar, kindName, titleOf } from "./avatars.js";
import { openDirect } from "./open-direct.js";
import { PeopleSearch } from "./people-search.js";

const MAX_OPTIONS = 9;

class Switcher extends ChatElement {
  static properties = { query: { state: true }, chosen: { state: true } };

  constructor() {
    super();
    this.query = "";
    this.chosen = 0;
    this.search = new PeopleSearch(() => this.requestUpdate());
  }

  /** @returns {{key: string, avatar: unknown, name: string, hint: string | undefined, unread?: number, run: () => void}[]} */
  #options() {
    const { store, session } = context;
    const all = store.inbox();
    const unreadFirst = this.query.trim() ? find(all, this.query, titleOf)
      : [...all.filter((each) => each.unread), ...all.filter((each) => !each.unread)]
          .filter((each) => each.id !== session.timelines.openId);
    const known = new Set(all.map((each) => each.peer?.id));
    const people = this.search.people.filter((each) => !known.has(each.id));
    const publicConversations = this.search.publicConversations.filter((each) => !each.joined);
    return [
      ...unreadFirst.slice(0, MAX_OPTIONS).map((each) => ({
        key: each.id, avatar: conversationAvatar(each, { size: "s" }), name: titleOf(each), hint: kindName(each),
        unread: each.unread, run: () => emit("go", { id: each.id }) })),
      ...publicConversations.map((each) => ({
        key: each.id, avatar: conversationAvatar(each, { size: "s" }), name: each.title ?? "", hint: t("Public, not joined"),
        run: () => emit("go", { id: each.id }) })),
      ...people.map((each) => ({
        key: each.id, avatar: avatar(each.id, each.name, { size: "s" }), name: each.name, hint: t("Person"),
        run: () => openDirect(each.id) })),
    ].slice(0, MAX_OPTIONS);
  }

  /** @param {any} event */
  #key(event) {
    const options = this.#options();
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && options.length) this.chosen = (this.chosen + by + options.length) % options.length;
    else if (event.key === "Enter") options[this.chosen]?.run();
    else return;
    event.preventDefault();
  }

  render() {
    const options = this.#options();
    return html`
      <input class="field" type="text" role="combobox" autofocus aria-label=${t("Name of a conversation or person")} autocomplete="off"
        aria-expanded=${String(options.length > 0)} aria-controls="switcher-options" aria-autocomplete="list"
        aria-activedescendant=${options.length ? `switcher-${this.chosen}` : nothing}
        placeholder=${t("Name of a conversation or person")} .value=${this.query}
        @input=${(event) => { this.query = event.target.value; this.chosen = 0; this.search.find(this.query); }} @keydown=${this.#key}>
      <ul class="switcher-options" id="switcher-options" role="listbox" aria-label=${t("Conversations and people")}>${options.map(
        (each, at) => html`<li class="completion" id="switcher-${at}" role="option" aria-selected=${String(at === this.chosen)} @click=${each.run}>
          ${each.avatar}<span dir="auto">${each.name}</span>${each.unread ? html`<span class="badge">${badge(each.unread)}</span>` : html`<small>${each.hint}</small>`}</li>`,
      )}</ul>
      ${options.length ? nothing : html`<p class="hint" role="status">${this.search.statusText(t("No matches"))}</p>`}`;
  }
}

customElements.define("chat-switcher", Switcher);
