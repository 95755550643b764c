// The dialog “Forward”: chooses conversations and sends a message on to them.

import { html, nothing } from "../../vendor/lit.js";
import { errorMessage } from "../core/errors.js";
import { plural, t } from "../core/i18n.js";
import { plainLine } from "../core/markdown.js";
import { find } from "../core/search.js";
import { context, emit } from "./context.js";
import { ChatElement } from "./element.js";
import { conversationAvatar, isPeerClosed, nameOf, titleOf } from "./avatars.js";
import { forwardTo } from "./forward.js";

const MOST = 20; // of one forwarding
const SHOWN = 50;

class ForwardDialog extends ChatElement {
  static properties = { message: {}, query: { state: true }, chosen: { state: true }, refused: { state: true } };

  constructor() {
    super();
    /** @type {Chat.Message | null} */
    this.message = null;
    this.query = "";
    /** @type {Set<string>} ids of conversations */
    this.chosen = new Set();
    /** @type {{conversationId: string, refusal: any}[]} */
    this.refused = [];
    this.clientId = crypto.randomUUID();
  }

  /** Where the person may write, as far as the page knows; the server decides. */
  #targets() {
    const all = context.store.inbox().filter((each) => each.role && !each.leftAt && !each.isLocked && !isPeerClosed(each)
      && !(each.kind === "broadcast" && each.role === "member"));
    return (this.query.trim() ? find(all, this.query, titleOf) : all).slice(0, SHOWN);
  }

  /**
   * @param {string} id
   * @param {boolean} isOn
   */
  #choose(id, isOn) {
    const chosen = new Set(this.chosen);
    if (isOn) chosen.add(id);
    else chosen.delete(id);
    this.chosen = chosen;
    this.clientId = crypto.randomUUID();
  }

  /** @param {Event} event */
  async #send(event) {
    event.preventDefault();
    const { message } = this;
    if (!message || !this.chosen.size) return;
    const refused = await this.attempt(() => forwardTo(message, { conversationIds: [...this.chosen], clientId: this.clientId }));
    if (!refused) return;
    this.refused = refused;
    this.chosen = new Set(refused.map((each) => each.conversationId));
    if (!refused.length) emit("dialog-done");
  }

  render() {
    const { message, chosen } = this;
    if (!message) return nothing;
    const targets = this.#targets();
    return html`<form class="stack" @submit=${this.#send}>
      <p class="own-line hint" dir="auto">${plainLine(message.content, nameOf) || message.attachments[0]?.name}</p>
      <input class="field" type="search" autofocus autocomplete="off" aria-label=${t("Find a conversation")} placeholder=${t("Find a conversation")}
        .value=${this.query} @input=${(event) => { this.query = event.target.value; }}>
      <ul class="forward-list">${targets.map((each) => html`<li><label class="person-row">
        <input type="checkbox" .checked=${chosen.has(each.id)} ?disabled=${!chosen.has(each.id) && chosen.size >= MOST}
          @change=${(event) => this.#choose(each.id, event.target.checked)}>
        ${conversationAvatar(each, { size: "s" })}<span dir="auto">${titleOf(each)}</span></label></li>`)}</ul>
      ${targets.length ? nothing : html`<p class="hint" role="status">${t("No matches")}</p>`}
      ${this.refused.map((each) => {
        const conversation = context.store.conversations.get(each.conversationId);
        return html`<p class="own-problem" role="alert">${conversation ? titleOf(conversation) : ""}: ${errorMessage(each.refusal)}</p>`;
      })}
      <div class="form-buttons"><button class="button" type="submit" ?disabled=${!chosen.size}>${chosen.size > 1
        ? plural("Forward to {count} conversation", "Forward to {count} conversations", chosen.size) : t("Forward")}</button></div></form>`;
  }
}

customElements.define("chat-forward", ForwardDialog);
