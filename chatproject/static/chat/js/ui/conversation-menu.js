// The menu of a conversation: details, mute, pin, archive, empty, leave.

import { t } from "../core/i18n.js";
import { isMuted } from "../core/unread.js";
import { attempt, context, emit } from "./context.js";
import { titleOf } from "./avatars.js";
import { openPlaceMenu } from "./inbox-sections.js";
import { openMenu } from "./menu.js";
import { attemptUndoable } from "./undo.js";

/**
 * Opens the menu of a conversation beside its button, or of its row in the inbox, at `point` where
 * the pointer was.
 *
 * @param {string} id
 * @param {any} anchor
 * @param {{isRow?: boolean, point?: {x: number, y: number}}} [where]
 */
export function openConversationMenu(id, anchor, { isRow = false, point } = {}) {
  const { session, store } = context;
  const conversation = store.conversations.get(id);
  if (!conversation) return;
  const isMember = Boolean(conversation.role) && !conversation.leftAt;
  const own = (what, isOn) => () => attempt(() => session.commands.setOwnState(id, what, isOn));
  openMenu({
    anchor,
    point,
    label: t("Conversation"),
    items: [
      ...(isRow ? [] : [
        { icon: "info", label: t("Details"), run: () => emit("details", { isOpen: true }) },
        { icon: "calendar", label: t("Go to a date"), run: () => emit("dialog", { name: "date", id }) },
        null,
      ]),
      ...(isMember ? memberItems(conversation, own, anchor) : []),
      ...(isMember && conversation.kind === "direct" && !isEmpty(conversation)
        ? [null, { icon: "trash", label: t("Clear for me"), isDanger: true, run: () => clear(conversation) }] : []),
      ...(isMember && conversation.kind !== "direct"
        ? [null, { icon: "leave", label: t("Leave"), isDanger: true, run: () => confirmLeave(conversation) }] : []),
    ],
  });
}

/**
 * @param {Chat.Conversation} conversation
 * @param {any} own
 * @param {any} anchor
 */
function memberItems(conversation, own, anchor) {
  return [
    isMuted(conversation)
      ? { icon: "bell", label: t("Unmute"), run: own("mute", false) }
      : { icon: "mute", label: t("Mute"), run: own("mute", true) },
    conversation.pinnedAt
      ? { icon: "pin", label: t("Unpin"), run: own("pin", false) }
      : { icon: "pin", label: t("Pin"), run: own("pin", true) },
    { icon: "folder", label: t("Folder…"), run: () => openPlaceMenu(conversation.id, anchor) },
    null,
    ...notifyItems(conversation),
    null,
    conversation.unread || conversation.unreadMark
      ? { icon: "chats", label: t("Mark read"), run: () => markRead(conversation) }
      : { icon: "chats", label: t("Mark unread"), run: own("unread", true) },
    conversation.archivedAt
      ? { icon: "archive", label: t("Unarchive"), run: own("archive", false) }
      : { icon: "archive", label: t("Archive"), run: () => archive(conversation.id) },
  ];
}

/**
 * What notifies in this conversation.
 *
 * @param {Chat.Conversation} conversation
 */
function notifyItems({ id, notify }) {
  const choices = { all: t("Notify of all messages"), mentions: t("Notify when I am mentioned"), none: t("Never notify") };
  return Object.entries(choices).map(([value, label]) => ({
    label, isOn: notify === value, run: () => attempt(() => context.session.commands.setNotify(id, value)) }));
}

/** @param {Chat.Conversation} conversation */
function markRead({ id, headSeq, unreadMark }) {
  const { commands } = context.session;
  commands.markRead(id, headSeq);
  return unreadMark ? attempt(() => commands.setOwnState(id, "unread", false)) : undefined;
}

/** @param {string} id */
function archive(id) {
  const { commands } = context.session;
  return attemptUndoable(() => commands.setOwnState(id, "archive", true), t("Archived"), () => commands.setOwnState(id, "archive", false));
}

/** @param {Chat.Conversation} conversation */
function isEmpty({ headSeq, clearedSeq }) {
  return headSeq <= (clearedSeq ?? 0);
}

/**
 * Empties a direct conversation for this person. The event reaches all of their devices.
 *
 * @param {Chat.Conversation} conversation
 */
function clear({ id, clearedSeq }) {
  const path = ["conversations", id, "clear"];
  const { rest } = context.session;
  return attemptUndoable(() => rest.post(path), t("Cleared. The others still have everything."), () => rest.post(path, { seq: clearedSeq ?? 0 }));
}

/** @param {Chat.Conversation} conversation */
async function leave({ id }) {
  const { commands } = context.session;
  const isGone = await attemptUndoable(() => commands.leave(id), t("You left the conversation"), async () => {
    await commands.join(id);
    emit("go", { id });
  });
  if (isGone) emit("go", { path: "/" });
}

/** @param {Chat.Conversation} conversation */
export function confirmLeave(conversation) {
  emit("dialog", {
    name: "confirm",
    title: t("Leave “{name}”?", { name: titleOf(conversation) }),
    text: conversation.kind === "public"
      ? t("You can join again at any time.")
      : t("Somebody in it has to add you if you want to come back."),
    action: t("Leave"),
    run: () => leave(conversation),
  });
}
