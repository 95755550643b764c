// Desktop notifications of new messages, when they are allowed and the person is not looking.

import { plainLine } from "../core/markdown.js";
import { pathOf, placeOf } from "../core/paths.js";
import { isQuiet } from "../core/quiet.js";
import { t } from "../core/i18n.js";
import { mentionsUser, shouldNotify, staysInThread } from "../core/unread.js";
import { announce } from "./announcer.js";
import { emit, context } from "./context.js";
import { nameOf, titleOf } from "./avatars.js";
import { notificationState } from "./notification-permission.js";
import { openLocalStorage } from "./local-storage.js";
import { playSound } from "./notification-sound.js";
import { ask, keepSubscribed } from "./web-push.js";

const OFFERED = "chat-offered-notifications";
const OFFER_MS = 20_000;

/** @type {Map<string, Notification>} those that the page itself shows, by conversation */
const own = new Map();

/**
 * Keeps what is shown true: a notification goes when its message is deleted, hidden or read, here or
 * on another device, and has the new text after an edit.
 */
function keepNotificationsTrue() {
  const { session, store } = context;
  session.events.subscribe((frame) => {
    if (frame.type === "message.updated" || frame.type === "message.deleted") update(frame.message);
    else if (frame.type === "conversation.left") closeUpTo(frame.conversationId, Infinity);
    else if (frame.type === "state.changed" && frame.hiddenSeq) closeOne(frame.conversationId, frame.hiddenSeq);
  });
  store.subscribe((topic, id) => {
    const lastReadSeq = topic === "inbox" && id ? store.conversations.get(id)?.lastReadSeq : undefined;
    if (id && lastReadSeq !== undefined && lastReadSeq !== readUpTo.get(id)) {
      readUpTo.set(id, lastReadSeq);
      closeUpTo(id, lastReadSeq);
    }
  });
}

/** @type {Map<string, number>} */
const readUpTo = new Map();

/**
 * The notification of a conversation, if one is shown.
 *
 * @param {string} id
 * @returns {Promise<Notification[]>}
 */
async function shown(id) {
  if (notificationState() !== "granted") return [];
  const registration = await navigator.serviceWorker?.getRegistration();
  const page = own.get(id);
  return [...(await registration?.getNotifications({ tag: id }) ?? []), ...(page ? [page] : [])];
}

/**
 * @param {string} id
 * @param {number} seq
 */
async function closeUpTo(id, seq) {
  for (const each of await shown(id)) if (!(each.data?.seq > seq)) close(id, each);
}

/**
 * @param {string} id
 * @param {number} seq
 */
async function closeOne(id, seq) {
  for (const each of await shown(id)) if (each.data?.seq === seq) close(id, each);
}

/**
 * @param {string} id
 * @param {Notification} notification
 */
function close(id, notification) {
  notification.close();
  if (own.get(id) === notification) own.delete(id);
}

/** @param {Chat.Message} message that was edited or deleted */
async function update(message) {
  const id = message.conversationId;
  const [one] = (await shown(id)).filter((each) => each.data?.seq === message.seq);
  if (!one) return;
  if (message.deletedAt) {
    close(id, one);
    return;
  }
  const body = plainLine(message.content, nameOf) || t("A file");
  if (one.body !== body) await display(one.title, { body, tag: id, renotify: false, silent: true, data: one.data });
}

/** @param {Chat.Message} message */
export function notify(message) {
  const { store, session } = context;
  const conversation = store.conversations.get(message.conversationId);
  if (!conversation || message.deletedAt || message.kind === "system") return;
  const isLooking = document.visibilityState === "visible" && document.hasFocus();
  const text = plainLine(message.content, nameOf) || t("A file");
  const isInThread = staysInThread(message);
  const isOpen = !isInThread || session.threads?.open?.seq === message.threadSeq;
  if (isLooking && session.timelines.openId === conversation.id && isOpen) {
    announce(t("{name}: {text}", { name: nameOf(message.senderId), text }));
    return;
  }
  if (conversation.kind === "direct") offerNotifications();
  const isFollowed = isInThread && Boolean(session.threads?.isFollowed(conversation.id, message.threadSeq ?? 0));
  if (isLooking || !shouldNotify(conversation, message, store.me.id, Date.now(), isFollowed) || !isWanted(message)) return;
  if (notificationState() === "granted") show(conversation, message, text);
  else if (context.settings?.sound) playSound();
}

/** Offers notifications once, when the first direct message comes: then it is plain what for. */
function offerNotifications() {
  const storage = openLocalStorage();
  if (notificationState() !== "default" || storage.getItem(OFFERED)) return;
  storage.setItem(OFFERED, "yes");
  emit("toast", {
    text: t("Should this browser notify you of new messages?"), milliseconds: OFFER_MS,
    action: { label: t("Allow notifications"), run: ask },
  });
}

/**
 * The choice in the settings, for all conversations.
 *
 * @param {Chat.Message} message
 */
function isWanted(message) {
  const { me } = context.store;
  if (isQuiet(me.doNotDisturb, me.timeZone)) return false;
  const wanted = context.settings?.notifications ?? "all";
  return wanted === "all" || (wanted === "mentions" && mentionsUser(message, context.store.me.id));
}

/**
 * A notice that is not about a new message, such as a reminder.
 *
 * @param {string} title
 * @param {NotificationOptions & {tag: string, data: {path: string, seq: number}}} options
 */
export function notifyOf(title, options) {
  const { me } = context.store;
  if (notificationState() === "granted" && !isQuiet(me.doNotDisturb, me.timeZone)) display(title, options);
}

/**
 * @param {Chat.Conversation} conversation
 * @param {Chat.Message} message
 * @param {string} text
 */
async function show(conversation, message, text) {
  const sender = nameOf(message.senderId);
  const title = conversation.kind === "direct" ? titleOf(conversation) : `${sender} · ${titleOf(conversation)}`;
  const path = staysInThread(message) ? placeOf(message) : pathOf(conversation.id);
  const options = { body: text, tag: conversation.id, renotify: true, silent: context.settings?.sound === false, data: { path, seq: message.seq } };
  await display(title, options);
}

/**
 * @param {string} title
 * @param {NotificationOptions & {tag: string, renotify?: boolean, data: {path: string, seq: number}}} options
 */
async function display(title, options) {
  const { path } = options.data;
  const registration = await navigator.serviceWorker?.getRegistration();
  if (registration) {
    await registration.showNotification(title, options);
    return;
  }
  const notification = new Notification(title, options);
  own.set(options.tag, notification);
  notification.onclick = () => {
    focus();
    emit("go", { path });
  };
}

keepNotificationsTrue();
keepSubscribed();
