// Context: what all parts of the page share, filled once by main.js before anything is shown; and
// the page's own events, by which parts ask the app for a dialog, a toast or another conversation.

import { EmojiIndex } from "../core/emoji.js";
import { ApiError, errorMessage } from "../core/errors.js";
import { logger } from "../core/logger.js";

/** @type {Chat.Context} */
export const context = /** @type {any} */ ({ urls: {}, limits: {}, csrfToken: "" });

/**
 * Asks the app for something: `go`, `dialog`, `toast`, `details` …
 *
 * @param {string} type
 * @param {any} [detail]
 */
export function emit(type, detail) {
  document.dispatchEvent(new CustomEvent(`chat:${type}`, { detail }));
}

/**
 * Shows the grid of emoji beside `anchor`; `pick(emoji)` is called once, when one is chosen.
 *
 * @param {EventTarget | null} anchor
 * @param {(emoji: string) => void} pick
 */
export function pickEmoji(anchor, pick) {
  emit("emoji", { anchor, pick });
}

/** @param {string} text */
export function toast(text, { isError = false } = {}) {
  emit("toast", { text, isError });
}

/**
 * Shows in plain words what failed; what is no refusal of the server is logged, too.
 *
 * @param {unknown} error
 */
export function showFailure(error) {
  if (!(error instanceof ApiError)) logger.failure("An action", error);
  toast(errorMessage(error), { isError: true });
}

/**
 * Runs an action of the person. Shows `done` when it succeeds, else the failure; gives undefined
 * then.
 *
 * @template Result
 * @param {() => Promise<Result> | Result} action
 * @param {string} [done]
 */
export async function attempt(action, done) {
  try {
    const result = await action();
    if (done) toast(done);
    return result;
  } catch (error) {
    showFailure(error);
    return undefined;
  }
}

/** @type {EmojiIndex | null} */
let emojiIndex = null;

/** The emoji table, which is large and loaded when it is first needed. Rejects with ApiError. */
export async function loadEmoji() {
  if (!emojiIndex) {
    const { EMOJI } = await import("../../vendor/emojibase/emoji.js").catch((error) => {
      throw new ApiError({ code: "offline", detail: String(error) });
    });
    emojiIndex = new EmojiIndex(EMOJI);
  }
  return emojiIndex;
}

/** The emoji table where it is loaded already, else null. */
export function emojiIfLoaded() {
  return emojiIndex;
}
