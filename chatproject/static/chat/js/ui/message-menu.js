// The menu of a message: react, reply, edit, copy, pin, save, delete, report.

import { html } from "../../vendor/lit.js";
import { placeOf } from "../core/paths.js";
import { isPollClosed } from "../core/polls.js";
import { t } from "../core/i18n.js";
import { attempt, context, emit } from "./context.js";
import { nameOf } from "./avatars.js";
import "./forward.js";
import { removePreviews } from "./link-previews.js";
import { openMenu } from "./menu.js";
import { openThread, react } from "./message-actions.js";
import { withOwnEmoji } from "./own-emoji.js";
import { attemptUndoable } from "./undo.js";
import { endVote } from "./polls.js";
import { openReminderMenu, saveForLater } from "./saved.js";

/**
 * Opens the menu of a message beside `anchor`, or at `point`.
 *
 * @param {Chat.Message} message
 * @param {{anchor?: Element | null, point?: {x: number, y: number}, isInThread: boolean, reply: () => void, edit: () => void}} options
 */
export function openMessageMenu(message, { anchor, point, isInThread, reply, edit }) {
  const conversation = context.store.conversations.get(message.conversationId);
  const isMember = Boolean(conversation?.role && !conversation.leftAt);
  openMenu({
    anchor,
    point,
    label: t("Message actions"),
    head: isMember ? (/** @type {() => void} */ close) => quickReactions(message, close) : undefined,
    items: [
      ...(isMember ? [{ icon: "reply", label: t("Reply"), hint: "R", run: reply }] : []),
      ...(isMember && !isInThread ? [{ icon: "thread", label: t("Reply in thread"), hint: "T", run: () => openThread(message) }] : []),
      ...(isMember && message.mine && message.content ? [{ icon: "edit", label: t("Edit"), hint: "E", run: edit }] : []),
      ...(message.content ? [{ icon: "copy", label: t("Copy text"), run: () => copy(withNames(message.content)) }] : []),
      { icon: "link", label: t("Copy link"), run: () => copy(linkTo(message)) },
      ...(isMember && mayEndVote(message, conversation) ? [{ icon: "check", label: t("End the vote"), run: () => endVote(message) }] : []),
      ...(isMember ? [pinItem(message)] : []),
      ...(isMember && message.linkPreviews?.length && mayDelete(message, conversation)
        ? [{ icon: "close", label: t("Remove preview"), run: () => removePreviews(message) }] : []),
      ...(isMember ? [{ icon: "eye", label: t("Read by"), run: () => emit("dialog", { name: "readers", message }) }] : []),
      ...(message.senderId && !message.mine ? [{ icon: "person", label: t("Profile of {name}", { name: nameOf(message.senderId) }),
        run: () => emit("dialog", { name: "profile", userId: message.senderId }) }] : []),
      { icon: "forward", label: t("Forward"), run: () => emit("dialog", { name: "forward", message }) },
      { icon: "bookmark", label: t("Save for later"), run: () => saveForLater(message) },
      { icon: "clock", label: t("Remind me…"), run: () => openReminderMenu(anchor, point, (at) => saveForLater(message, at)) },
      null,
      { icon: "hide", label: t("Delete for me"), run: () => hide(message) },
      ...(mayDelete(message, conversation)
        ? [{ icon: "trash", label: t("Delete for everyone"), isDanger: true, run: () => confirmDelete(message) }] : []),
      ...(message.mine ? [] : [{ icon: "flag", label: t("Report"), run: () => emit("dialog", {
        name: "report", subject: { conversationId: message.conversationId, seq: message.seq } }) }]),
    ],
  });
}

/** @param {Chat.Message} message */
function hide({ conversationId, seq }) {
  const { commands } = context.session;
  return attemptUndoable(() => commands.hide(conversationId, seq), t("Deleted for you"), () => commands.unhide(conversationId, seq));
}

/**
 * @param {Chat.Message} message
 * @param {() => void} close
 */
function quickReactions(message, close) {
  return html`<div class="menu-reactions">${context.recentEmoji.quick().map(
    (emoji) => html`<button type="button" role="menuitem" tabindex="-1" aria-label=${t("React with {emoji}", { emoji })}
      @click=${() => { close(); react(message, emoji, !message.myReactions?.includes(emoji)); }}>${withOwnEmoji(emoji)}</button>`,
  )}</div>`;
}

/** @param {Chat.Message} message */
function pinItem(message) {
  const act = (isOn) => () => attempt(() => context.session.commands.pin(message.conversationId, message.seq, isOn));
  return message.pinnedAt
    ? { icon: "pin", label: t("Unpin"), run: act(false) }
    : { icon: "pin", label: t("Pin"), run: act(true) };
}

/**
 * @param {Chat.Message} message
 * @param {Chat.Conversation | undefined} conversation
 */
function mayDelete(message, conversation) {
  if (message.mine) return true;
  if (!conversation || conversation.kind === "direct") return false;
  return conversation.role === "owner" || conversation.role === "admin";
}

/**
 * @param {Chat.Message} message
 * @param {Chat.Conversation | undefined} conversation
 */
function mayEndVote(message, conversation) {
  return Boolean(message.poll) && !isPollClosed(/** @type {Chat.Poll} */ (message.poll), Date.now()) && mayDelete(message, conversation);
}

/** @param {Chat.Message} message */
function confirmDelete(message) {
  emit("dialog", {
    name: "confirm",
    title: t("Delete for everyone?"),
    text: t("Nobody will be able to read this message."),
    action: t("Delete"),
    run: () => attempt(() => context.session.commands.deleteForAll(message.conversationId, message.seq)),
  });
}

/** @param {string} content */
function withNames(content) {
  return content.replace(/<@([0-9a-f-]{36})>/gi, (_, id) => `@${nameOf(id.toLowerCase())}`);
}

/** @param {Chat.Message} message */
export function linkTo(message) {
  return new URL(placeOf(message), location.href).href;
}

/** @param {string} text */
function copy(text) {
  attempt(() => navigator.clipboard.writeText(text), t("Copied"));
}
