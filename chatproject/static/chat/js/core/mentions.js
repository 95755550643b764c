// The mentions in a message that are shown as such; the server counts the same ones.

import { parse } from "./markdown-blocks.js";

const MAX_PEOPLE = 50; // as in messaging/mentions.py

/**
 * The ids of the first people that a text mentions, and whether it mentions everybody.
 *
 * @param {string} text
 */
export function mentionsIn(text) {
  /** @type {string[]} */
  const called = [];
  let everybody = false;
  if (!text.includes("<@") && !text.includes("@all")) return { people: new Set(called), everybody };
  for (const node of walk(parse(text))) {
    if (node.type === "mention") called.push(node.userId);
    else if (node.type === "all") everybody = true;
  }
  return { people: new Set([...new Set(called)].slice(0, MAX_PEOPLE)), everybody };
}

/**
 * Whom a message calls. A forwarded one shows the mentions of its origin and calls nobody.
 *
 * @param {Pick<Chat.Message, "content" | "meta">} message
 */
export function calledBy(message) {
  return mentionsIn(message.meta?.forwarded ? "" : message.content ?? "");
}

/**
 * The nodes and all below them, in the order of the text.
 *
 * @param {Chat.Node[]} nodes
 * @returns {Generator<Chat.Node>}
 */
function* walk(nodes) {
  for (const node of nodes) {
    yield node;
    if (node.children) yield* walk(node.children);
  }
}
