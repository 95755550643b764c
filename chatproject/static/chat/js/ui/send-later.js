// “Send later”: the menu beside the send button, and the word when a message could not be sent.

import { errorMessage } from "../core/errors.js";
import { t } from "../core/i18n.js";
import { proposedTimes, ScheduledMessages } from "../core/scheduled.js";
import { clock, shortTime } from "../core/times.js";
import { context, emit, toast } from "./context.js";
import { openMenu } from "./menu.js";

export const scheduledMessages = new ScheduledMessages(context.session.rest);

context.session.events.subscribe((frame) => {
  if (frame.type === "scheduled.changed" && frame.state === "refused") {
    toast(t("A scheduled message was not sent: {reason}", { reason: errorMessage(frame.scheduled.refusal) }), { isError: true });
  }
});

/**
 * @param {string} name
 * @param {Date} at
 */
function timeLabel(name, at) {
  const time = clock(at.getTime());
  return {
    hour: t("In an hour, {time}", { time }), evening: t("This evening, {time}", { time }),
    tomorrow: t("Tomorrow, {time}", { time }), monday: t("On Monday, {time}", { time }),
  }[name];
}

/**
 * Asks for a time beside `anchor` or at `point`; `choose(at)` is called with it.
 *
 * @param {{anchor?: Element | null, point?: {x: number, y: number}, label: string, choose: (at: Date) => void, more?: any[]}} options
 */
export function openTimeMenu({ anchor, point, label, choose, more = [] }) {
  openMenu({
    anchor,
    point,
    label,
    items: [
      ...proposedTimes(new Date()).map(({ name, at }) => ({ icon: "clock", label: timeLabel(name, at), run: () => choose(at) })),
      { icon: "calendar", label: t("Choose a time…"), run: () => emit("dialog", { name: "choose-time", title: label, choose }) },
      ...more,
    ],
  });
}

/**
 * The menu beside the send button.
 *
 * @param {Element} anchor
 * @param {(at: Date) => void} schedule
 */
export function openSendLater(anchor, schedule) {
  openTimeMenu({ anchor, label: t("Send later"), choose: schedule, more: [
    null, { icon: "chats", label: t("Scheduled messages"), run: () => emit("dialog", { name: "scheduled" }) },
  ] });
}

/**
 * Stores a draft for later and says so; gives whether it is stored.
 *
 * @param {string} conversationId
 * @param {Chat.NewMessage} draft
 * @param {Date} at
 */
export async function scheduleDraft(conversationId, draft, at) {
  await scheduledMessages.add(conversationId, { ...draft, clientId: crypto.randomUUID() }, at);
  toast(t("It will be sent on {time}.", { time: shortTime(at.getTime()) }));
}
