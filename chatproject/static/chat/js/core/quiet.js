// Do not disturb: whether notifications are off at a moment, by the hours of the day and a pause.

/**
 * @param {Chat.DoNotDisturb | undefined} settings
 * @param {string | undefined} timeZone an IANA name; empty is that of the browser
 * @param {number} now
 */
export function isQuiet(settings, timeZone, now = Date.now()) {
  if (!settings) return false;
  if (settings.until && Date.parse(settings.until) > now) return true;
  if (!settings.quietHours) return false;
  const { from, until } = settings.quietHours;
  const clock = clockOf(now, timeZone);
  return from < until ? clock >= from && clock < until : clock >= from || clock < until;
}

/**
 * @param {number} now
 * @param {string | undefined} timeZone
 */
function clockOf(now, timeZone) {
  const options = { hour: /** @type {const} */ ("2-digit"), minute: /** @type {const} */ ("2-digit"), hourCycle: /** @type {const} */ ("h23") };
  return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: timeZone || undefined }).format(now);
}

/**
 * Tomorrow morning, at which a pause ends.
 *
 * @param {Date} now
 */
export function untilTomorrow(now) {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 8);
}
