// Reacting to a message, from its chips, its menu and the picker.

import { attempt, context } from "./context.js";

/**
 * @param {Chat.Message} message
 * @param {string} emoji
 * @param {boolean} isOn
 */
export function react(message, emoji, isOn) {
  if (isOn) context.recentEmoji.add(emoji);
  return attempt(() => context.session.commands.react(message.conversationId, message.seq, emoji, isOn));
}
