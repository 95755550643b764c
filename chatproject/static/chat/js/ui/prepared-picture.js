// Waits until the server has prepared an uploaded picture.

import { ApiError } from "../core/errors.js";
import { context } from "./context.js";

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
    now = (await context.session.rest.get(["attachments", id, "metadata"])).state;
  }
  if (now !== "ready") throw new ApiError({ code: "picture_broken" });
}
