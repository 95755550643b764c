// The menu “Do not disturb” of the profile.

import { t } from "../core/i18n.js";
import { isQuiet, untilTomorrow } from "../core/quiet.js";
import { shortTime } from "../core/times.js";
import { attempt, context } from "./context.js";
import { openMenu } from "./menu.js";

/** @param {Date | null} until */
function pause(until) {
  return attempt(async () => {
    const { store, session } = context;
    store.me.doNotDisturb = await session.rest.patch(["users", "me", "do-not-disturb"], { until: until && until.toISOString() });
  }, until ? t("No notifications until {time}.", { time: shortTime(until.getTime()) }) : t("Notifications are on again."));
}

/** @param {Element} anchor */
export function openDoNotDisturbMenu(anchor) {
  const now = new Date();
  const { me } = context.store;
  const isPaused = isQuiet(me.doNotDisturb && { ...me.doNotDisturb, quietHours: null }, me.timeZone);
  openMenu({
    anchor,
    label: t("Do not disturb"),
    items: [
      ...(isPaused ? [{ icon: "bell", label: t("Turn notifications on"), run: () => pause(null) }, null] : []),
      { icon: "clock", label: t("For an hour"), run: () => pause(new Date(now.getTime() + 3_600_000)) },
      { icon: "clock", label: t("Until tomorrow"), run: () => pause(untilTomorrow(now)) },
      { icon: "gear", label: t("Hours of each day…"), run: () => location.assign(`${context.urls.settings}#id_quiet_from`) },
    ],
  });
}
