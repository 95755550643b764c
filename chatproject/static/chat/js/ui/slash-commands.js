// The built-in slash commands: `/topic`, `/invite`, `/remind` …

import { reminderTime } from "../core/reminder-times.js";
import { isMuted } from "../core/unread.js";
import { t } from "../core/i18n.js";
import { context, emit, toast } from "./context.js";
import { confirmLeave } from "./conversation-menu.js";
import { saveForLater } from "./saved.js";

const MENTION = /<@([0-9a-f-]{36})>/gi;

/** @returns {{name: string, hint: string}[]} */
function commands() {
  return [
    { name: "me", hint: t("say what you do") },
    { name: "topic", hint: t("set the topic") },
    { name: "invite", hint: t("add people: @name") },
    { name: "remove", hint: t("remove somebody: @name") },
    { name: "leave", hint: t("leave the conversation") },
    { name: "mute", hint: t("mute or unmute it") },
    { name: "remind", hint: t("remind me of the last message: 20m, 2h, tomorrow, 9:30") },
    { name: "poll", hint: t("ask with choices") },
    { name: "status", hint: t("set your status") },
    { name: "shrug", hint: "¯\\_(ツ)_/¯" },
    { name: "shortcuts", hint: t("show the keyboard shortcuts") },
  ];
}

/**
 * @param {string} query
 * @returns {Chat.CompletionOption[]}
 */
export function commandOptions(query) {
  return commands().filter((each) => each.name.startsWith(query)).map(
    ({ name, hint }) => ({ key: name, label: `/${name}`, emoji: "/", insert: `/${name}`, hint }));
}

/**
 * Runs a command. Gives the text that is to be sent instead, "" for none, or why it cannot be run.
 *
 * @param {string} name
 * @param {string} given what stands behind it, as it would be stored
 * @param {{conversationId: string, reply: Chat.Message | null, threadSeq: number | null}} place
 * @returns {Promise<{send?: string, refusal?: string}>}
 */
export async function runCommand(name, given, { conversationId: id, reply, threadSeq }) {
  const { commands: act } = context.session;
  const conversation = context.store.conversations.get(id);
  if (!conversation) return {};
  const people = [...given.matchAll(MENTION)].map((match) => match[1].toLowerCase());
  switch (name) {
    case "shrug":
      return { send: `${given} ¯\\\\_(ツ)_/¯`.trim() };
    case "shortcuts":
      emit("dialog", { name: "help" });
      return {};
    case "poll":
      emit("dialog", { name: "poll", conversationId: id, threadSeq, question: given });
      return {};
    case "leave":
      confirmLeave(conversation);
      return {};
    case "mute":
      await act.setOwnState(id, "mute", !isMuted(conversation));
      return {};
    case "topic":
      if (conversation.kind === "direct") return { refusal: t("A direct conversation has no topic.") };
      await act.changeConversation(id, { topic: given });
      return {};
    case "invite":
      if (!people.length) return { refusal: t("Mention somebody with @.") };
      await act.addMembers(id, people);
      return {};
    case "remove":
      if (people.length !== 1) return { refusal: t("Mention somebody with @.") };
      await act.removeMember(id, people[0]);
      return {};
    case "status":
      return setStatus(given);
    default:
      return remindOfLast(id, given, reply);
  }
}

/** @param {string} given */
async function setStatus(given) {
  if (!given) {
    emit("dialog", { name: "status" });
    return {};
  }
  const [first, ...rest] = given.split(/\s+/);
  const hasEmoji = /^\p{Extended_Pictographic}/u.test(first);
  const body = hasEmoji ? { emoji: first, text: rest.join(" ") } : { text: given };
  const me = await context.session.rest.call("PUT", ["users", "me", "status"], { body });
  Object.assign(context.store.me, { status: me.status });
  toast(t("Your status is set."));
  return {};
}

/**
 * @param {string} id
 * @param {string} given
 * @param {Chat.Message | null} reply
 */
async function remindOfLast(id, given, reply) {
  const at = reminderTime(given, new Date());
  if (!at) return { refusal: t("When? For example: /remind 20m") };
  const message = reply ?? context.store.messages(id).filter((each) => each.kind !== "system" && !each.deletedAt).at(-1);
  if (!message) return { refusal: t("There is no message yet.") };
  await saveForLater(message, at);
  return {};
}
