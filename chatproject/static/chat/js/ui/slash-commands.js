// Slash commands: what begins with "/name" of a command of the conversation calls its program, whatever
// else begins with a slash is a message.

import { attempt, context } from "./context.js";

const KEPT_MS = 60_000;
const COMMAND = /^\/([a-z0-9][a-z0-9_-]{0,31})(?:\s+([^]*))?$/i;

/** @type {Map<string, {at: number, names: Promise<string[]>}>} by conversation */
const known = new Map();

/**
 * Calls the command that `content` names; where there is none, or the list cannot be loaded, sends it.
 *
 * @param {string} conversationId
 * @param {string} content
 * @param {() => void} send
 */
export async function callOrSend(conversationId, content, send) {
  const [, name, text] = COMMAND.exec(content) ?? [];
  if (!name || !(await namesOf(conversationId)).includes(name.toLowerCase())) {
    send();
    return;
  }
  const path = ["conversations", conversationId, "commands", "calls"];
  await attempt(() => context.session.rest.post(path, { name, text: text ?? "" }));
}

/** @param {string} conversationId */
async function namesOf(conversationId) {
  let found = known.get(conversationId);
  if (!found || Date.now() - found.at > KEPT_MS) {
    found = { at: Date.now(), names: load(conversationId) };
    known.set(conversationId, found);
  }
  try {
    return await found.names;
  } catch {
    known.delete(conversationId);
    return [];
  }
}

/** @param {string} conversationId */
async function load(conversationId) {
  const { results } = await context.session.rest.get(["conversations", conversationId, "commands"]);
  return results.map((/** @type {{name: string}} */ each) => each.name);
}
