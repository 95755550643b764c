// Slash commands of the conversation: a message that begins with "/name" calls the program.

import { context, showFailure } from "./context.js";

const KEPT_MS = 60_000;
const CALL = /^\/([a-z0-9][a-z0-9_-]{0,31})(?:\s+([^]*))?$/i;

/** @typedef {{name: string, description: string}} Command */

/** @type {Map<string, {at: number, commands: Promise<Command[]>}>} by conversation */
const known = new Map();

/**
 * Calls the command that `content` names. Where there is none, or the list cannot be loaded, it is sent.
 *
 * @param {string} conversationId
 * @param {string} content
 * @param {{send: () => void, restore: () => void}} instead `restore` puts back what could not be called
 */
export async function callOrSend(conversationId, content, { send, restore }) {
  const [, name, text] = CALL.exec(content) ?? [];
  const commands = name ? await commandsOf(conversationId) : [];
  if (!commands.some((each) => each.name === name.toLowerCase())) {
    send();
    return;
  }
  try {
    await context.session.rest.post(["conversations", conversationId, "commands", "calls"], { name, text: text ?? "" });
  } catch (error) {
    showFailure(error);
    restore();
  }
}

/**
 * @param {string} conversationId
 * @param {string} query
 * @returns {Promise<Chat.CompletionOption[]>}
 */
export async function ownCommandOptions(conversationId, query) {
  const found = (await commandsOf(conversationId)).filter((each) => each.name.startsWith(query));
  return found.map(({ name, description }) => (
    { key: `own ${name}`, label: `/${name}`, emoji: "/", insert: `/${name}`, hint: description }));
}

/**
 * After a command was made or deleted, its list is loaded again.
 *
 * @param {string} conversationId
 */
export function forgetCommands(conversationId) {
  known.delete(conversationId);
}

/** @param {string} conversationId */
async function commandsOf(conversationId) {
  let found = known.get(conversationId);
  if (!found || Date.now() - found.at > KEPT_MS) {
    found = { at: Date.now(), commands: load(conversationId) };
    known.set(conversationId, found);
  }
  try {
    return await found.commands;
  } catch {
    known.delete(conversationId);
    return [];
  }
}

/**
 * @param {string} conversationId
 * @returns {Promise<Command[]>}
 */
async function load(conversationId) {
  return (await context.session.rest.get(["conversations", conversationId, "commands"])).results;
}
