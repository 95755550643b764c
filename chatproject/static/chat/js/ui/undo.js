// Undo: what takes something away says so, and can be taken back for a while.

import { t } from "../core/i18n.js";
import { attempt, emit } from "./context.js";

const SHOWN_MS = 10_000; // time enough to read it and to reach the button by keyboard

/**
 * Runs an action of the person; when it succeeds, shows `done` with a button that runs `undo`. Gives
 * whether it did.
 *
 * @param {() => Promise<unknown>} act
 * @param {string} done
 * @param {() => Promise<unknown>} undo
 */
export async function attemptUndoable(act, done, undo) {
  const isDone = await attempt(async () => {
    await act();
    return true;
  });
  if (isDone) emit("toast", { text: done, milliseconds: SHOWN_MS, action: { label: t("Undo"), run: () => attempt(undo) } });
  return Boolean(isDone);
}
