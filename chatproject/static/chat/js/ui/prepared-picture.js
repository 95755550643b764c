// Waits until the server has prepared an uploaded picture.

import { ApiError } from "../core/errors.js";

const POLL_MS = 400;
const TRIES = 50;

/**
 * Resolves when the server has prepared the picture; rejects with ApiError when it cannot.
 *
 * @param {Chat.Attachment} attachment
 */
export async function prepared({ id, state }) {
  let now = state;
  for (let tries = 0; now === "pending" && tries < TRIES; tries += 1) {
    await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
    const answer = await fetch(`/v1/attachments/${id}/thumbnail?size=320`, { credentials: "same-origin" });
    if (answer.ok) now = "ready";
    else if (answer.status !== 409) now = "refused";
  }
  if (now !== "ready") throw new ApiError({ code: "picture_broken" });
}
