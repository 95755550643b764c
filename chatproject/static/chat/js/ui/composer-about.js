// The message that is edited or replied to, shown above the composer's field.

import { html } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { plainLine } from "../core/markdown.js";
import { nameOf } from "./avatars.js";
import { context } from "./context.js";
import { icon } from "./icons.js";

/**
 * @param {Chat.Message} message
 * @param {() => void} cancel
 */
export function aboutEdit(message, cancel) {
  return quoted(t("Edit message"), message, "edit", cancel);
}

/**
 * @param {Chat.Message} message
 * @param {() => void} cancel
 */
export function aboutReply(message, cancel) {
  return quoted(t("Reply to {name}", { name: nameOf(message.senderId) }), message, "reply", cancel);
}

/**
 * The message that is replied to was deleted meanwhile.
 *
 * @param {() => void} sendWithout
 */
export function aboutGone(sendWithout) {
  return html`<div class="composer-about composer-gone" role="status">${icon("warn")}
    <p><strong>${t("The message that you reply to was deleted.")}</strong></p>
    <button class="button-quiet" type="button" @click=${sendWithout}>${t("Send without it")}</button></div>`;
}

/**
 * @param {string} title
 * @param {Chat.Message} message
 * @param {string} name of the icon
 * @param {() => void} cancel
 */
function quoted(title, message, name, cancel) {
  const now = context.store.known(message.conversationId, message.seq) ?? message;
  return html`<div class="composer-about">${icon(name)}
    <p><strong dir="auto">${title}</strong><span dir="auto">${plainLine(now.content, nameOf) || t("A file")}</span></p>
    <button class="icon-button" type="button" aria-label=${t("Cancel")} @click=${cancel}>${icon("close")}</button></div>`;
}
