// Goes to the direct conversation with a person, which is created when there is none.

import { attempt, context, emit } from "./context.js";

/**
 * Gives the conversation's id; undefined after a failure, which is shown.
 *
 * @param {string} userId
 */
export async function openDirect(userId) {
  const id = await attempt(() => context.session.commands.openDirect(userId));
  if (id) emit("go", { id });
  return id;
}
