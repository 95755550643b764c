// The hits of the search: a message with what stands before it, and a file. Each is a link to its
// place in the timeline.

import { html, nothing } from "../../vendor/lit.js";
import { excerpt, pieces } from "../core/highlights.js";
import { plainLine } from "../core/markdown.js";
import { pathOf, placeOf } from "../core/paths.js";
import { t } from "../core/i18n.js";
import { listTime, shortTime } from "../core/times.js";
import { nameOf, personAvatar, titleOf } from "./avatars.js";
import { context } from "./context.js";
import { icon } from "./icons.js";

/** A text with its highlights. @param {Chat.TextPiece[]} found */
export function marked(found) {
  return found.map(({ text, isHit }) => (isHit ? html`<mark>${text}</mark>` : text));
}

/**
 * @param {Chat.MessageHit} hit
 * @param {{isOneConversation: boolean, chosen: () => void}} options
 */
export function messageHit({ message, conversation, highlights, neighbours }, { isOneConversation, chosen }) {
  const found = excerpt(message.content, highlights, nameOf);
  return html`<a class="search-hit" href=${placeOf(message)} @click=${chosen}>
    ${message.senderId ? personAvatar(message.senderId, { size: "s" }) : nothing}
    <span class="search-hit-head"><strong dir="auto">${nameOf(message.senderId)}</strong>
      ${isOneConversation ? nothing : html`<span class="search-hit-where" dir="auto">${titleOfFound(conversation)}</span>`}${time(message.createdAt)}</span>
    ${contextLine(neighbours?.before.at(-1))}
    <span class="search-hit-text" dir="auto">${found.length ? marked(found) : fileNames(message)}</span>
  </a>`;
}

/**
 * @param {Chat.FileHit} hit
 * @param {() => void} chosen
 */
export function fileHit({ seq, senderId, createdAt, attachment, conversation, highlights }, chosen) {
  return html`<a class="search-hit" href=${pathOf(conversation.id, seq)} @click=${chosen}>
    <span class="file-mark" aria-hidden="true">${icon("file")}</span>
    <span class="search-hit-head"><strong dir="auto">${marked(pieces(attachment.name, highlights))}</strong>${time(createdAt)}</span>
    <span class="search-hit-text" dir="auto">${nameOf(senderId)} · ${titleOfFound(conversation)}</span>
  </a>`;
}

/** @param {Chat.FoundConversation} found */
export function titleOfFound(found) {
  const own = context.store.conversations.get(found.id);
  return own ? titleOf(own) : found.title || t("Untitled");
}

/** @param {string} moment */
function time(moment) {
  return html`<time datetime=${moment} title=${shortTime(moment)}>${listTime(moment)}</time>`;
}

/** What stands before a hit. @param {Chat.Message | undefined} message */
function contextLine(message) {
  if (!message || message.deletedAt) return nothing;
  const text = plainLine(message.content, nameOf) || fileNames(message);
  return html`<span class="search-hit-context" dir="auto"><span class="visually-hidden">${t("Before it:")} </span>${
    t("{name}: {text}", { name: nameOf(message.senderId), text: [...text].slice(0, 160).join("") })}</span>`;
}

/** @param {Chat.Message} message */
function fileNames(message) {
  return message.attachments.map((each) => each.name).join(", ") || t("A file");
}
