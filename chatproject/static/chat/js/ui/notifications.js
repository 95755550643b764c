// Desktop notifications of new messages, when they are allowed and the person is not looking.

import { plainLine } from "../core/markdown.js";
import { pathOf } from "../core/paths.js";
import { t } from "../core/i18n.js";
import { mentionsUser, shouldNotify } from "../core/unread.js";
import { announce } from "./announcer.js";
import { emit, context } from "./context.js";
import { nameOf, titleOf } from "./avatars.js";

export function notificationState() {
  return globalThis.Notification?.permission ?? "unsupported";
}

export async function allowNotifications() {
  return globalThis.Notification?.requestPermission();
}

/** @param {Chat.Message} message */
export function notify(message) {
  const { store, session } = context;
  const conversation = store.conversations.get(message.conversationId);
  if (!conversation || message.deletedAt || message.kind === "system") return;
  const isLooking = document.visibilityState === "visible" && document.hasFocus();
  const text = plainLine(message.content, nameOf) || t("A file");
  if (isLooking && session.timelines.openId === conversation.id) {
    announce(t("{name}: {text}", { name: nameOf(message.senderId), text }));
    return;
  }
  if (isLooking || !shouldNotify(conversation, message, store.me.id) || !isWanted(message)) return;
  if (notificationState() === "granted") show(conversation, message, text);
}

/**
 * What one has chosen in the settings, for all conversations.
 *
 * @param {Chat.Message} message
 */
function isWanted(message) {
  const wanted = context.settings?.notifications ?? "all";
  return wanted === "all" || (wanted === "mentions" && mentionsUser(message, context.store.me.id));
}

/**
 * @param {Chat.Conversation} conversation
 * @param {Chat.Message} message
 * @param {string} text
 */
async function show(conversation, message, text) {
  const sender = nameOf(message.senderId);
  const title = conversation.kind === "direct" ? titleOf(conversation) : `${sender} · ${titleOf(conversation)}`;
  const path = pathOf(conversation.id);
  const options = { body: text, tag: conversation.id, renotify: true, data: { path } };
  const registration = await navigator.serviceWorker?.getRegistration();
  if (registration) {
    await registration.showNotification(title, options);
    return;
  }
  const notification = new Notification(title, options);
  notification.onclick = () => {
    focus();
    emit("go", { path });
  };
}

navigator.serviceWorker?.addEventListener("message", ({ data }) => {
  if (data?.type === "go") emit("go", { path: data.path });
});
