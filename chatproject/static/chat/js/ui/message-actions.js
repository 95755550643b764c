// What is done with a message from its keys, its toolbar and its menu alike.

import { threadPath } from "../core/paths.js";
import { attempt, context, emit } from "./context.js";

/**
 * @param {Chat.Message} message
 * @param {string} emoji
 * @param {boolean} isOn
 */
export function react(message, emoji, isOn) {
  if (isOn) context.recentEmoji.add(emoji);
  return attempt(() => context.session.commands.react(message.conversationId, message.seq, emoji, isOn));
}

/** @param {Chat.Message} message the root of the thread, or a reply in it */
export function openThread({ conversationId, seq, threadSeq }) {
  emit("go", { path: threadPath(conversationId, threadSeq ?? seq) });
}
