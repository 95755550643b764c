// Lazy parts: what the first view does without is loaded when the page is idle, or when needed.

import { ApiError } from "../core/errors.js";
import { attempt } from "./context.js";

const PARTS = {
  blocks: () => import("./blocks.js"),
  buttons: () => import("./message-buttons.js"),
  composing: () => import("./composing.js"),
  days: () => import("../core/day-watch.js"),
  details: () => import("./details.js"),
  dialogs: () => import("./dialogs.js"),
  drafts: () => import("./draft-sync.js"),
  floatingDay: () => import("./floating-day.js"),
  emoji: () => import("./emoji-picker.js"),
  linkPreviews: () => import("./link-previews.js"),
  later: () => import("./send-later.js"),
  menus: () => import("./menus.js"),
  newcomer: () => import("./newcomer.js"),
  notes: () => import("./private-notes.js"),
  notifications: () => import("./notifications.js"),
  offline: () => import("./offline-bar.js"),
  ownEmoji: () => import("./own-emoji-list.js"),
  pictures: () => import("./picture-retry.js"),
  keeper: () => import("../core/state-keeper.js"),
  sections: () => import("./inbox-sections.js"),
  press: () => import("./message-press.js"),
  polls: () => import("./polls.js"),
  push: () => import("./web-push.js"),
  suggestions: () => import("./search-suggestions.js"),
  tray: () => import("./upload-tray.js"),
  toasts: () => import("./toasts.js"),
  title: () => import("./tab-title.js"),
  threads: () => import("./threads.js"),
  zone: () => import("../core/time-zone.js"),
  voice: () => import("./voice-recording.js"),
  search: () => import("./search-results.js"),
  worker: () => import("./service-worker.js"),
};

/**
 * Resolves with the part's module when it is there; raises ApiError where it cannot be loaded.
 *
 * @param {string} name
 */
export function loadPart(name) {
  return PARTS[name]().catch((error) => {
    throw new ApiError({ code: "offline", detail: String(error) });
  });
}

/**
 * Calls a function of a part when it is there; shows why where it cannot be loaded.
 *
 * @param {string} part
 * @param {string} name of the function
 * @param {any[]} given
 */
export function openPart(part, name, ...given) {
  return attempt(async () => (await loadPart(part))[name](...given));
}

export function loadAllParts() {
  return Promise.all(Object.keys(PARTS).map(loadPart));
}
