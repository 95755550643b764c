// The dialog “Read by”: the receipts of a message.

import { html, nothing } from "../../vendor/lit.js";
import { errorMessage } from "../core/errors.js";
import { t } from "../core/i18n.js";
import { shortTime } from "../core/times.js";
import { context } from "./context.js";
import { ChatElement } from "./element.js";
import { avatar } from "./avatars.js";

class Readers extends ChatElement {
  static properties = { message: {}, receipts: { state: true }, problem: { state: true } };

  constructor() {
    super();
    /** @type {Chat.Message | null} */
    this.message = null;
    /** @type {Chat.Receipt[] | null} */
    this.receipts = null;
    /** @type {string | null} */
    this.problem = null;
  }

  async firstUpdated() {
    if (!this.message) return;
    const { conversationId, seq } = this.message;
    try {
      this.receipts = await context.session.commands.loadReceipts(conversationId, seq);
    } catch (error) {
      this.problem = errorMessage(error);
    }
  }

  render() {
    if (this.problem) return html`<p class="hint">${this.problem}</p>`;
    if (!this.receipts) return html`<p class="hint" role="status">${t("Loading…")}</p>`;
    const others = this.receipts.filter((each) => each.userId !== this.message?.senderId);
    return html`
      ${this.#part(t("Read"), others.filter((each) => each.read), "readAt")}
      ${this.#part(t("Delivered"), others.filter((each) => each.delivered && !each.read), "deliveredAt")}
      ${this.#part(t("Sent"), others.filter((each) => !each.delivered && !each.read), null)}`;
  }

  /**
   * @param {string} title
   * @param {any[]} people
   * @param {"readAt" | "deliveredAt" | null} at
   */
  #part(title, people, at) {
    if (!people.length) return nothing;
    return html`<section class="details-section"><h3>${title}</h3><ul class="details-list">${people.map(
      (each) => html`<li class="person-row">${avatar(each.userId, each.name, { size: "s" })}<span dir="auto">${each.name}</span>
        ${at && each[at] ? html`<time datetime=${each[at]}>${shortTime(each[at])}</time>` : nothing}</li>`,
    )}</ul></section>`;
  }
}

customElements.define("chat-readers", Readers);
