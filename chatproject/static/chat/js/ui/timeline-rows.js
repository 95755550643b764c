// Rows of the timeline as templates: days, the line of new messages, system messages, messages.

import { html, nothing } from "../../vendor/lit.js";
import { currentLanguage, t } from "../core/i18n.js";
import { systemSentence } from "../core/system-messages.js";
import { clock, dayName } from "../core/times.js";
import { conversationAvatar, nameOf, titleOf } from "./avatars.js";
import { context } from "./context.js";
import "./message.js";

/**
 * @param {Chat.Row} row
 * @param {{activeKey: string | null | undefined, flashSeq: number | null, isInThread?: boolean, jumpTo: (seq: number) => void}} options
 */
export function timelineRow(row, options) {
  switch (row.kind) {
    case "day":
      return html`<li class="row-day"><span>${dayName(row.at)}</span></li>`;
    case "new":
      return html`<li class="row-new"><span>${t("New messages")}</span></li>`;
    case "system":
      return systemRow(row, options.flashSeq);
    default:
      return messageRow(row, options);
  }
}

/**
 * @param {Chat.SystemRow} row
 * @param {number | null} flashSeq
 */
function systemRow({ key, message }, flashSeq) {
  return html`<li class="row-system ${message.seq === flashSeq ? "is-flashing" : ""}" data-seq=${message.seq} data-key=${key}>
    <span dir="auto">${systemSentence(message, nameOf, currentLanguage())}</span>
    <time datetime=${message.createdAt}>${clock(message.createdAt)}</time></li>`;
}

/**
 * @param {Chat.MessageRow} row
 * @param {{activeKey: string | null | undefined, flashSeq: number | null, isInThread?: boolean, jumpTo: (seq: number) => void}} options
 */
function messageRow({ key, message, isFirst, isLast, repeatsReply = false }, { activeKey, flashSeq, isInThread = false, jumpTo }) {
  const { store } = context;
  const isFlashing = message.seq !== null && message.seq === flashSeq;
  const isDirect = store.conversations.get(message.conversationId)?.kind === "direct";
  const repliedTo = message.replyToSeq ? store.known(message.conversationId, message.replyToSeq) : null;
  const style = `row-message ${message.mine ? "is-own" : ""} ${isFirst ? "is-first" : ""} ${isLast ? "is-last" : ""} ${isFlashing ? "is-flashing" : ""}`;
  return html`<li class=${style} data-key=${key} data-seq=${message.seq ?? nothing}>
    <chat-message role="article" tabindex=${key === activeKey ? "0" : "-1"} .message=${message} .isFirst=${isFirst}
      .isDirect=${isDirect} .isInThread=${isInThread} .repliedTo=${repliedTo} .repeatsReply=${repeatsReply}
      @jump=${(/** @type {CustomEvent<number>} */ event) => jumpTo(event.detail)}></chat-message></li>`;
}

/**
 * What stands above the first message of a conversation.
 *
 * @param {Chat.Conversation} conversation
 */
export function timelineBeginning(conversation) {
  const isEmpty = !context.store.messages(conversation.id).length;
  return html`<div class="log-begin">
    ${conversationAvatar(conversation, { size: "l" })}
    <h2 dir="auto">${titleOf(conversation)}</h2>
    <p dir="auto">${conversation.topic || (isEmpty ? t("Nothing here yet. Say hello.") : t("This is where it begins."))}</p>
  </div>`;
}

/** Shown while messages are loaded at one end. */
export function loadingEdge() {
  return html`<p class="log-edge" role="presentation"><span class="spinner"></span></p>`;
}
