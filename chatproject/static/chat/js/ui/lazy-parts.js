// Lazy parts: what the first view does without is loaded when the page is idle, or when needed.

import { ApiError } from "../core/errors.js";

const PARTS = {
  details: () => import("./details.js"),
  dialogs: () => import("./dialogs.js"),
  emoji: () => import("./emoji-picker.js"),
  notes: () => import("./private-notes.js"),
  notifications: () => import("./notifications.js"),
  recorder: () => import("./recorder.js"),
  slash: () => import("./slash-commands.js"),
  search: () => import("./search-results.js"),
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

export function loadAllParts() {
  return Promise.all(Object.keys(PARTS).map(loadPart));
}
