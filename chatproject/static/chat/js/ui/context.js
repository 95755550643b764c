// What all parts of the page share; filled once by main.js before anything is shown.

import { EmojiIndex } from "../core/emoji.js";
import { ApiError } from "../core/errors.js";

export const context = {
  session: null,
  store: null,
  drafts: null,
  recentEmoji: null,
  urls: {},
  limits: {},
  csrfToken: "",
};

/** Asks the app for something: `go`, `dialog`, `toast`, `details` … */
export function ask(type, detail) {
  document.dispatchEvent(new CustomEvent(`chat:${type}`, { detail }));
}

/** Shows the grid of emoji beside `anchor`; `pick(emoji)` is called once, when one is chosen. */
export function pickEmoji(anchor, pick) {
  ask("emoji", { anchor, pick });
}

export function toast(text, { isError = false } = {}) {
  ask("toast", { text, isError });
}

let emojiIndex = null;

/** The emoji table is large and comes when it is first needed. */
export async function loadEmoji() {
  if (!emojiIndex) {
    const { EMOJI } = await import("../../vendor/emojibase/emoji.js").catch(() => {
      throw new ApiError({ code: "offline" });
    });
    emojiIndex = new EmojiIndex(EMOJI);
  }
  return emojiIndex;
}

export function emojiIfLoaded() {
  return emojiIndex;
}
