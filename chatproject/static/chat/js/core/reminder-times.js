// Parses the times of `/remind`: `20m`, `2h`, `3d`, `tomorrow`, `9:30`.

/** @type {Record<string, number>} */
const UNITS = { m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const MORNING = 9;

/**
 * The moment that is meant; null where it is none. What is past already is meant of tomorrow.
 *
 * @param {string} text
 * @param {Date} now
 */
export function reminderTime(text, now) {
  const word = text.trim().toLowerCase();
  const span = /^(?:in\s+)?(\d{1,4})\s*(m|min|h|d)$/.exec(word);
  if (span) return Number(span[1]) ? new Date(now.getTime() + Number(span[1]) * UNITS[span[2]]) : null;
  const clock = /^(?:at\s+)?([01]?\d|2[0-3]):([0-5]\d)$/.exec(word);
  if (clock) {
    const at = new Date(now.getFullYear(), now.getMonth(), now.getDate(), Number(clock[1]), Number(clock[2]));
    return at > now ? at : new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, Number(clock[1]), Number(clock[2]));
  }
  if (word === "tomorrow" || word === "morgen") return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, MORNING);
  return null;
}
