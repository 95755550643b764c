// System messages: they hold an event and ids, never prose; here they become sentences.

import { t } from "./i18n.js";

/** @type {Record<string, (meta: Chat.Meta, who: string, whom: string) => string>} */
const SENTENCES = {
  "conversation.created": (_meta, who) => t("{who} started the conversation", { who }),
  "conversation.renamed": (meta, who) => t("{who} named it “{title}”", { who, title: meta.title }),
  "conversation.topic_changed": (meta, who) =>
    meta.topic ? t("{who} set the topic: {topic}", { who, topic: meta.topic }) : t("{who} removed the topic", { who }),
  "conversation.picture_changed": (meta, who) =>
    meta.hasPicture ? t("{who} changed the picture", { who }) : t("{who} removed the picture", { who }),
  "conversation.elevated": (meta, who) =>
    meta.kind === "public" ? t("{who} made it public", { who }) : t("{who} made it a broadcast", { who }),
  "conversation.history_changed": (meta, who) =>
    meta.history === "everything"
      ? t("{who} lets newcomers read what was written before", { who })
      : t("{who} lets newcomers read only what is written after they join", { who }),
  "conversation.history_opened": (_meta, who) => t("{who} shared earlier messages with everybody", { who }),
  "conversation.owner_changed": (_meta, _who, whom) => t("{whom} is now the owner", { whom }),
  "conversation.locked": () => t("Moderators have closed this conversation for new messages"),
  "conversation.unlocked": () => t("Moderators have opened this conversation again"),
  "conversation.slowed": (meta) =>
    meta.seconds
      ? t("Slow mode: {seconds} s between two messages of one person", { seconds: meta.seconds })
      : t("Slow mode has ended"),
  "moderation.warned": (meta) =>
    meta.reason ? t("The moderators warn you: {reason}", { reason: meta.reason }) : t("The moderators warn you"),
  "participant.joined": (_meta, who) => t("{who} joined", { who }),
  "participant.left": (_meta, who) => t("{who} left", { who }),
  "participant.removed": (_meta, who, whom) => t("{who} removed {whom}", { who, whom }),
  "participant.banned": (_meta, who, whom) => t("{who} banned {whom}", { who, whom }),
  "participants.added": (_meta, who, whom) => t("{who} added {whom}", { who, whom }),
  "participant.role_changed": (meta, who, whom) =>
    meta.role === "admin"
      ? t("{who} made {whom} an admin", { who, whom })
      : t("{who} made {whom} a member", { who, whom }),
};

const MAX_NAMES = 5;

/**
 * The sentence of a system message; `nameOf(userId)` gives a person's name.
 *
 * @param {Chat.ShownMessage | Chat.Message} message
 * @param {(userId: string) => string} nameOf
 */
export function systemSentence(message, nameOf, language = "en") {
  const meta = message.meta ?? {};
  const sentence = SENTENCES[meta.event ?? ""];
  if (!sentence) return t("The conversation has changed");
  const who = message.senderId ? nameOf(message.senderId) : t("The system");
  const ids = meta.userIds ?? (meta.userId ? [meta.userId] : []);
  return sentence(meta, who, listed(ids.map(nameOf), language));
}

/**
 * @param {string[]} names
 * @param {string} language
 */
function listed(names, language) {
  const shown = names.slice(0, MAX_NAMES);
  if (names.length > MAX_NAMES) shown.push(t("{count} more", { count: names.length - MAX_NAMES }));
  return new Intl.ListFormat(language, { type: "conjunction" }).format(shown);
}
