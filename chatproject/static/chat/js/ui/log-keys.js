// Keys in the log: it is one stop of the Tab key, arrows go from message to message.

/**
 * Handles a key that was pressed in the log.
 *
 * @param {KeyboardEvent} event
 * @param {{host: HTMLElement, activate: (key: string) => void, loadOlder: () => void}} options
 */
export function handleLogKey(event, { host, activate, loadOlder }) {
  const target = /** @type {Element} */ (event.target);
  const row = target.closest(".row-message");
  if (!row || target.closest("button, a, pre, input, [role=button]")) return;
  const rows = [.../** @type {NodeListOf<HTMLElement>} */ (host.querySelectorAll(".row-message"))];
  const at = rows.indexOf(/** @type {HTMLElement} */ (row));
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (next !== undefined && !event.altKey) {
    event.preventDefault();
    if (event.key === "ArrowUp" && at === 0) loadOlder();
    focusRow(rows[Math.max(0, Math.min(next, rows.length - 1))], activate);
  } else if (!event.ctrlKey && !event.metaKey && !event.altKey) {
    messageIn(row)?.handleKey(event);
  }
}

/**
 * @param {HTMLElement} row
 * @param {(key: string) => void} activate
 */
function focusRow(row, activate) {
  if (row.dataset.key) activate(row.dataset.key);
  const message = messageIn(row);
  if (message) {
    message.tabIndex = 0;
    message.focus({ preventScroll: true });
  }
  row.scrollIntoView({ block: "nearest" });
}

/**
 * @param {Element} row
 * @returns {(HTMLElement & {handleKey: (event: KeyboardEvent) => void}) | null}
 */
function messageIn(row) {
  return row.querySelector("chat-message");
}
