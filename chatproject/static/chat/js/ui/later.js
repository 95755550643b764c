// Parts of the page that the first view does without; they are loaded when there is nothing else
// to do, or when they are needed.

import { ApiError } from "../core/errors.js";

const PARTS = {
  details: () => import("./details.js"),
  dialogs: () => import("./dialogs.js"),
  emoji: () => import("./emoji-picker.js"),
};

/** Resolves when the part is there; raises ApiError where it cannot be loaded. */
export function whenNeeded(name) {
  return PARTS[name]().catch(() => {
    throw new ApiError({ code: "offline" });
  });
}

export function loadAll() {
  return Promise.all(Object.keys(PARTS).map(whenNeeded));
}
