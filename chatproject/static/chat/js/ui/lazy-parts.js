// Lazy parts: what the first view does without is loaded when the page is idle, or when needed.

import { ApiError } from "../core/errors.js";

const PARTS = {
  conversationMenu: () => import("./conversation-menu.js"),
  details: () => import("./details.js"),
  dialogs: () => import("./dialogs.js"),
  drafts: () => import("./draft-sync.js"),
  emoji: () => import("./emoji-picker.js"),
  messageMenu: () => import("./message-menu.js"),
  newcomer: () => import("./newcomer.js"),
  notes: () => import("./private-notes.js"),
  notifications: () => import("./notifications.js"),
  player: () => import("./audio-player.js"),
  recorder: () => import("./recorder.js"),
  push: () => import("./web-push.js"),
  profileMenu: () => import("./profile-menu.js"),
  threads: () => import("./threads.js"),
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
