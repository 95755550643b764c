// Saving messages for later, the menu of reminders, and the notice when one is due.

import { svg } from "../../vendor/lit.js";
import { plainLine } from "../core/markdown.js";
import { pathOf } from "../core/paths.js";
import { SavedMessages } from "../core/saved.js";
import { t } from "../core/i18n.js";
import { shortTime } from "../core/times.js";
import { attempt, context, emit, toast } from "./context.js";
import { nameOf } from "./avatars.js";
import { addIcons } from "./icons.js";
import { openTimeMenu } from "./send-later.js";
import { notifyOf } from "./notifications.js";

addIcons({ bookmark: svg`<path d="M7 4.500h10a1 1 0 0 1 1 1V20l-6-4.500L6 20V5.500a1 1 0 0 1 1-1Z"/>` });

export const savedMessages = new SavedMessages(context.session.rest);

context.session.events.subscribe((frame) => {
  if (frame.type === "saved.changed" && frame.state === "due") remind(frame.saved);
});

/** @param {Chat.SavedMessage} saved whose reminder has come */
function remind({ id, conversationId, seq, message }) {
  const text = message ? plainLine(message.content, nameOf) || t("A file") : t("A message");
  toast(t("Reminder: {text}", { text }));
  notifyOf(t("Reminder"), { body: text, tag: `saved-${id}`, data: { path: pathOf(conversationId, seq), seq } });
}

/**
 * @param {Chat.Message} message
 * @param {Date} [remindAt]
 */
export function saveForLater(message, remindAt) {
  return attempt(
    () => savedMessages.add(message, remindAt),
    remindAt ? t("You will be reminded on {time}.", { time: shortTime(remindAt.getTime()) }) : t("Saved for later"),
  );
}

/**
 * Asks when to be reminded.
 *
 * @param {Element | null | undefined} anchor
 * @param {{x: number, y: number} | undefined} point
 * @param {(at: Date) => void} choose
 */
export function openReminderMenu(anchor, point, choose) {
  openTimeMenu({ anchor, point, label: t("Remind me…"), choose, more: [
    null, { icon: "bookmark", label: t("Saved for later"), run: () => emit("dialog", { name: "saved" }) },
  ] });
}
