// The dialog “Versions”: what an edited message says, and what it said before, the latest first.

import { html } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { shortTime } from "../core/times.js";
import { context } from "./context.js";
import { ChatElement } from "./element.js";
import { markdownView } from "./markdown-view.js";

class Revisions extends ChatElement {
  static properties = { message: {}, found: { state: true } };

  constructor() {
    super();
    /** @type {Chat.Message | null} */
    this.message = null;
    /** @type {{rev: number, content: string, createdAt: string}[] | null} */
    this.found = null;
  }

  /** Pages come with the oldest first; the latest are shown when the last page is there. */
  async firstUpdated() {
    const { message } = this;
    if (!message) return;
    const path = ["conversations", message.conversationId, "messages", message.seq, "revisions"];
    const found = [];
    let cursor;
    do {
      const page = await this.attempt(() => context.session.rest.get(path, { limit: 200, cursor }));
      found.push(...page?.results ?? []);
      cursor = page?.next;
    } while (cursor);
    this.found = found;
  }

  render() {
    if (!this.found) return html`<p class="hint" role="status">${t("Loading…")}</p>`;
    return html`<ol class="own-list">${this.found.toReversed().map((each) => html`<li class="own-item">
      <p class="own-head"><time datetime=${each.createdAt}>${shortTime(each.createdAt)}</time></p>
      ${each.content ? markdownView(each.content) : html`<em>${t("A file")}</em>`}</li>`)}</ol>`;
  }
}

customElements.define("chat-revisions", Revisions);
