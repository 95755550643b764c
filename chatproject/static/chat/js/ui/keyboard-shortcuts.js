// Keyboard shortcuts that work everywhere on the page.

import { context, emit } from "./context.js";

/**
 * @param {any} event
 * @param {any} app
 */
export function handleKey(event, app) {
  const isCommand = event.ctrlKey || event.metaKey;
  if (isCommand && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    emit("dialog", { name: "switcher" });
  } else if (isCommand && !event.altKey && event.key.toLowerCase() === "f") {
    searchByKey(event, app);
  } else if (isCommand && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "u" && !isBusy()) {
    event.preventDefault();
    emit("dialog", { name: "unread" });
  } else if (isCommand && event.key === "/") {
    event.preventDefault();
    emit("dialog", { name: "help" });
  } else if (event.altKey && !isCommand && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    step(app, event.key === "ArrowUp" ? -1 : 1, event.shiftKey);
  } else if (event.key === "Escape" && !event.defaultPrevented && !isBusy()) {
    app.querySelector("chat-conversation")?.toBottom();
  }
}

/**
 * Ctrl F searches in the open conversation, with Shift everywhere; once more, the browser's own
 * search opens.
 *
 * @param {any} event
 * @param {any} app
 */
function searchByKey(event, app) {
  if (isBusy() || app.querySelector("chat-search-box")?.contains(document.activeElement)) return;
  const id = event.shiftKey || app.isMissing ? null : app.route.id;
  if (!id && !event.shiftKey) return;
  event.preventDefault();
  app.search(id);
}

/** An open dialog or popover has the key for itself. */
function isBusy() {
  return Boolean(document.querySelector("dialog[open], :popover-open"));
}

/**
 * To the conversation before or after in the inbox; round at its ends.
 *
 * @param {any} app
 * @param {number} by
 * @param {any} isUnreadOnly
 */
function step(app, by, isUnreadOnly) {
  const { store } = context;
  const all = store.inbox().filter((each) => !each.archivedAt);
  const here = all.findIndex((each) => each.id === app.route.id);
  for (let count = 1; count <= all.length; count += 1) {
    const at = here === -1 && by < 0 ? all.length - count : here + by * count;
    const next = all[((at % all.length) + all.length) % all.length];
    if (!isUnreadOnly || ((next.unread || next.unreadMark) && next.id !== app.route.id)) {
      app.go({ id: next.id });
      return;
    }
  }
}
