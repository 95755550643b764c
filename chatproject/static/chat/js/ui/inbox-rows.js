// The rows of the inbox: a conversation with its last line and marks, and a person to write to.

import { html, nothing } from "../../vendor/lit.js";
import { plainLine } from "../core/markdown.js";
import { pathOf } from "../core/paths.js";
import { systemSentence } from "../core/system-messages.js";
import { currentLanguage, plural, t } from "../core/i18n.js";
import { listTime, shortTime } from "../core/times.js";
import { badge, isMuted } from "../core/unread.js";
import { context } from "./context.js";
import { avatar, conversationAvatar, nameOf, titleOf } from "./avatars.js";
import { isVoice } from "./attachments.js";
import { icon } from "./icons.js";

/**
 * @param {Chat.Conversation} conversation
 * @param {{isOpen: boolean, chosen: () => void}} options
 */
export function conversationRow(conversation, { isOpen, chosen }) {
  const isUnread = conversation.unread > 0 || conversation.unreadMark;
  return html`<a class="inbox-row ${isUnread ? "is-unread" : ""}" href=${pathOf(conversation.id)} data-id=${conversation.id}
    aria-current=${isOpen ? "page" : nothing} @click=${chosen}>
    ${conversationAvatar(conversation)}
    <span class="inbox-top"><span class="inbox-name" dir="auto">${titleOf(conversation)}</span>${time(conversation)}</span>
    <span class="inbox-bottom"><span class="inbox-line" dir="auto">${lastLine(conversation)}</span>
      <span class="inbox-marks">${marks(conversation)}</span></span>
  </a>`;
}

/** @param {Chat.Conversation} conversation */
function time(conversation) {
  const at = conversation.lastMessageAt ?? conversation.createdAt;
  return html`<time class="inbox-time" datetime=${at} title=${shortTime(at)}>${listTime(at)}</time>`;
}

/**
 * @param {Chat.Person} person
 * @param {{name?: unknown, chosen: () => void}} options `name` with its highlights
 */
export function personRow(person, { name = person.name, chosen }) {
  return html`<button class="inbox-row" type="button" @click=${chosen}>
    ${avatar(person.id, person.name)}
    <span class="inbox-top"><span class="inbox-name" dir="auto">${name}</span></span>
    <span class="inbox-bottom"><span class="inbox-line" dir="auto">${person.about || (person.isBot ? t("Bot") : t("Write a message"))}</span></span>
  </button>`;
}

/** @param {Chat.Conversation} conversation */
function marks(conversation) {
  return html`
    ${isMuted(conversation) ? html`<span class="inbox-mark" role="img" aria-label=${t("Muted")} title=${t("Muted")}>${icon("mute")}</span>` : nothing}
    ${conversation.pinnedAt ? html`<span class="inbox-mark" role="img" aria-label=${t("Pinned")} title=${t("Pinned")}>${icon("pin")}</span>` : nothing}
    ${conversation.unreadMentions ? html`<span class="badge badge-mention" role="img" aria-label=${t("You were mentioned")}>@</span>` : nothing}
    ${conversation.unread ? html`<span class="badge ${isMuted(conversation) ? "badge-quiet" : ""}"
        aria-label=${plural("{count} unread message", "{count} unread messages", conversation.unread)} role="img">${badge(conversation.unread)}</span>`
      : conversation.unreadMark ? html`<span class="badge badge-dot" role="img" aria-label=${t("Marked unread")}></span>` : nothing}`;
}

/** @param {Chat.Conversation} conversation */
function lastLine(conversation) {
  const failed = context.session.outbox.of(conversation.id).some((entry) => entry.state === "failed");
  if (failed) return html`<span class="inbox-failed">${icon("warn")}${t("Not sent")}</span>`;
  const typing = context.typing?.sentence(conversation.id);
  if (typing) return html`<em class="inbox-typing">${typing}</em>`;
  const draft = context.drafts.get(conversation.id);
  if (draft && conversation.id !== context.session.timelines.openId) {
    return html`<span class="inbox-draft">${t("Draft:")}</span> ${plainLine(draft.content, nameOf)}`;
  }
  return previewOf(conversation);
}

/** @param {Chat.Conversation} conversation */
function previewOf(conversation) {
  const message = conversation.lastMessage;
  if (!message) return conversation.topic || t("No messages yet");
  if (message.deletedAt) return html`<em>${t("Message deleted")}</em>`;
  if (message.kind === "system") return systemSentence(message, nameOf, currentLanguage());
  const text = plainLine(message.content, nameOf) || fileLine(message);
  const isMine = message.senderId === context.store.me.id;
  if (conversation.kind === "direct") return isMine ? t("You: {text}", { text }) : text;
  return t("{name}: {text}", { name: isMine ? t("You") : nameOf(message.senderId), text });
}

/** @param {Chat.Message} message */
function fileLine(message) {
  if (message.kind === "image") return t("A picture");
  if (isVoice(message.attachments[0])) return t("Voice message");
  return message.attachments[0]?.name ?? t("A file");
}
