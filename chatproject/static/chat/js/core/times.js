// Times: moments in the person's language and time zone.

import { currentLanguage, t } from "./i18n.js";
import { localDay } from "./grouping.js";

const formats = new Map();

/** Formats keep the time zone in which they were made: forgets them when it has changed. */
export function forgetFormats() {
  formats.clear();
}

/**
 * @param {string | number} moment
 * @param {any} options
 */
function format(moment, options) {
  const key = currentLanguage() + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(currentLanguage(), options));
  return formats.get(key).format(new Date(moment));
}

/** @param {string | number} moment */
export function clock(moment) {
  return format(moment, { timeStyle: "short" });
}

/** @param {string | number} moment */
export function fullTime(moment) {
  return format(moment, { dateStyle: "full", timeStyle: "short" });
}

/** @param {string | number} moment */
export function shortTime(moment) {
  return format(moment, { dateStyle: "medium", timeStyle: "short" });
}

/**
 * Today, Yesterday, a weekday within the last week, else the date.
 *
 * @param {string | number} moment
 */
export function dayName(moment, now = Date.now()) {
  const age = daysBetween(moment, now);
  if (age === 0) return t("Today");
  if (age === 1) return t("Yesterday");
  if (age > 1 && age < 7) return format(moment, { weekday: "long" });
  const isThisYear = new Date(moment).getFullYear() === new Date(now).getFullYear();
  const year = isThisYear ? {} : { year: "numeric" };
  return format(moment, { weekday: "long", day: "numeric", month: "long", ...year });
}

/**
 * For a list: the time today, then the day, then the date.
 *
 * @param {string | number} moment
 */
export function listTime(moment, now = Date.now()) {
  const age = daysBetween(moment, now);
  if (age === 0) return clock(moment);
  if (age === 1) return t("Yesterday");
  if (age > 1 && age < 7) return format(moment, { weekday: "short" });
  return format(moment, { day: "numeric", month: "numeric", year: "2-digit" });
}

/**
 * @param {string | number} moment
 * @param {number} now
 */
function daysBetween(moment, now) {
  const [day, today] = [localDay(moment), localDay(now)].map((text) => {
    const [year, month, date] = text.split("-").map(Number);
    return Date.UTC(year, month - 1, date) / 86400000;
  });
  return today - day;
}

/**
 * The time of day in a zone, as “14:05 (Tue)”.
 *
 * @param {string} timeZone an IANA name
 */
export function timeIn(timeZone, now = Date.now()) {
  return new Intl.DateTimeFormat(currentLanguage(), { timeZone, weekday: "short", hour: "numeric", minute: "2-digit" }).format(now);
}

/**
 * When a person was last there, in words.
 *
 * @param {string} moment
 */
export function lastSeenText(moment, now = Date.now()) {
  return daysBetween(moment, now) < 1 ? t("Last seen at {time}", { time: clock(moment) })
    : t("Last seen on {time}", { time: listTime(moment, now) });
}
