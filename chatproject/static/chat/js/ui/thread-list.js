// The list of followed threads, unread first.

import { html, nothing, repeat } from "../../vendor/lit.js";
import { plainLine } from "../core/markdown.js";
import { plural, t } from "../core/i18n.js";
import { threadPath } from "../core/paths.js";
import { listTime, shortTime } from "../core/times.js";
import { badge } from "../core/unread.js";
import { nameOf, personAvatar, titleOf } from "./avatars.js";
import { context } from "./context.js";
import { ChatElement } from "./element.js";
import { icon } from "./icons.js";
import { skeleton } from "./skeleton.js";

const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .threads-title { font-size: var(--text-l); }
  .threads-scroll { flex: 1; overflow-y: auto; padding: var(--space-2); }
  .threads-list .inbox-marks { font-size: var(--text-s); }
  .threads-list { inline-size: 100%; max-inline-size: 56rem; }
}`);
document.adoptedStyleSheets.push(styles);

class ThreadList extends ChatElement {
  /** @type {Chat.Topic[]} */
  static topics = ["threads", "people", "inbox", "clock"];

  get threads() {
    return /** @type {import("../core/threads.js").Threads} */ (context.session.threads);
  }

  connectedCallback() {
    super.connectedCallback();
    if (this.threads.isListLoaded) this.threads.reloadSoon(0);
  }

  render() {
    const { isListLoaded, list, next } = this.threads;
    return html`<header class="bar">
        <a class="icon-button only-narrow" href="/" aria-label=${t("Back to conversations")}>${icon("back")}</a>
        <h1 class="bar-title threads-title">${t("Threads")}</h1>
      </header>
      <div class="threads-scroll">
        ${!isListLoaded ? skeleton() : list.length ? html`<ul class="threads-list">${repeat(list, keyOf, (each) => html`<li>${threadRow(each)}</li>`)}</ul>` : nothingYet()}
        ${next ? html`<button class="search-more button-quiet" type="button" @click=${() => this.attempt(() => this.threads.more())}>${icon("down")}${t("Show more threads")}</button>` : nothing}
      </div>`;
  }
}

/** @param {import("../core/threads.js").Followed} followed */
function keyOf({ conversationId, seq }) {
  return `${conversationId} ${seq}`;
}

/** @param {import("../core/threads.js").Followed} followed */
function threadRow({ conversationId, seq, root, thread }) {
  const conversation = context.store.conversations.get(conversationId);
  const text = !root ? t("You do not see the message that began this thread.")
    : root.deletedAt ? t("Message deleted") : plainLine(root.content, nameOf) || t("A file");
  return html`<a class="inbox-row ${thread.unread ? "is-unread" : ""}" href=${threadPath(conversationId, seq)}>
    ${root?.senderId ? personAvatar(root.senderId) : icon("thread")}
    <span class="inbox-top"><span class="inbox-name" dir="auto">${conversation ? titleOf(conversation) : ""}</span>
      <time class="inbox-time" datetime=${thread.lastReplyAt ?? nothing} title=${thread.lastReplyAt ? shortTime(thread.lastReplyAt) : nothing}>${thread.lastReplyAt ? listTime(thread.lastReplyAt) : ""}</time></span>
    <span class="inbox-bottom"><span class="inbox-line" dir="auto">${root ? `${nameOf(root.senderId)}: ` : ""}${text}</span>
      <span class="inbox-marks"><span>${plural("{count} reply", "{count} replies", thread.replyCount)}</span>
        ${thread.unread ? html`<span class="badge" role="img" aria-label=${plural("{count} unread reply", "{count} unread replies", thread.unread)}>${badge(thread.unread)}</span>` : nothing}</span></span>
  </a>`;
}

function nothingYet() {
  return html`<div class="empty empty-small"><h3>${t("No threads yet")}</h3>
    <p>${t("Threads that you write in, or are mentioned in, are gathered here.")}</p></div>`;
}

customElements.define("chat-threads", ThreadList);
