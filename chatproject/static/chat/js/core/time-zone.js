// The person's time zone. The server needs it for quiet hours, digests and the local time in the profile,
// and only a browser knows it.

import { logger } from "./logger.js";

/**
 * Tells the server the browser's time zone where it knows none yet; who has chosen one keeps it.
 *
 * @param {{rest: Pick<import("./rest.js").Rest, "patch">, store: {me: Chat.Me}}} session
 */
export async function tellTimeZone({ rest, store: { me } }, timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone) {
  if (me.timeZone || !timeZone) return;
  try {
    await rest.patch(["users", "me"], { timeZone });
    me.timeZone = timeZone;
  } catch (error) {
    logger.failure("Telling the time zone", error); // the next page tries again
  }
}
