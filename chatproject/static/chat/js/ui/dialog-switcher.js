// Goes to a conversation or a person by a few letters.

import { html, nothing } from "../../vendor/lit.js";
import { find } from "../core/search.js";
import { t } from "../core/texts.js";
import { badge } from "../core/unread.js";
import { ask, context } from "./context.js";
import { ChatElement } from "./element.js";
import { avatar, conversationAvatar, kindName, titleOf } from "./faces.js";
import { PeopleFinder } from "./finder.js";

const MAX_OPTIONS = 9;

class Switcher extends ChatElement {
  static properties = { query: { state: true }, chosen: { state: true } };

  constructor() {
    super();
    this.query = "";
    this.chosen = 0;
    this.finder = new PeopleFinder(() => this.requestUpdate());
  }

  #options() {
    const { store, session } = context;
    const all = store.inbox();
    const unreadFirst = this.query.trim() ? find(all, this.query, titleOf)
      : [...all.filter((each) => each.unread), ...all.filter((each) => !each.unread)]
          .filter((each) => each.id !== session.openId);
    const known = new Set(all.filter((each) => each.peer).map((each) => each.peer.id));
    const people = this.finder.people.filter((each) => !known.has(each.id));
    const rooms = this.finder.rooms.filter((each) => !each.joined);
    return [
      ...unreadFirst.slice(0, MAX_OPTIONS).map((each) => ({
        key: each.id, face: conversationAvatar(each, { size: "s" }), name: titleOf(each), hint: kindName(each),
        unread: each.unread, run: () => ask("go", { id: each.id }) })),
      ...rooms.map((each) => ({
        key: each.id, face: conversationAvatar(each, { size: "s" }), name: each.name, hint: t("Public, not joined"),
        run: () => ask("go", { id: each.id }) })),
      ...people.map((each) => ({
        key: each.id, face: avatar(each.id, each.name, { size: "s" }), name: each.name, hint: t("Person"),
        run: () => this.#write(each.id) })),
    ].slice(0, MAX_OPTIONS);
  }

  async #write(userId) {
    const id = await this.attempt(() => context.session.beginConversation({ kind: "direct", memberIds: [userId] }));
    if (id) ask("go", { id });
  }

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
        @input=${(event) => { this.query = event.target.value; this.chosen = 0; this.finder.find(this.query); }} @keydown=${this.#key}>
      <ul class="switcher-options" id="switcher-options" role="listbox" aria-label=${t("Conversations and people")}>${options.map(
        (each, at) => html`<li class="completion" id="switcher-${at}" role="option" aria-selected=${String(at === this.chosen)} @click=${each.run}>
          ${each.face}<span dir="auto">${each.name}</span>${each.unread ? html`<span class="badge">${badge(each.unread)}</span>` : html`<small>${each.hint}</small>`}</li>`,
      )}</ul>
      ${options.length ? nothing : html`<p class="hint" role="status">${this.finder.isBusy ? t("Searching…") : t("Nobody and nothing is called that.")}</p>`}`;
  }
}

customElements.define("chat-switcher", Switcher);
