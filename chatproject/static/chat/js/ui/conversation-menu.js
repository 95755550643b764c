// What one can do with a conversation as a whole.

import { t } from "../core/i18n.js";
import { isMuted } from "../core/unread.js";
import { attempt, context, emit } from "./context.js";
import { titleOf } from "./avatars.js";
import { openMenu } from "./menu.js";

export function openConversationMenu(id, anchor) {
  const { session, store } = context;
  const it = store.conversations.get(id);
  const isMember = Boolean(it.role) && !it.leftAt;
  const own = (what, isOn) => () => attempt(() => session.commands.setOwnState(id, what, isOn));
  openMenu({
    anchor,
    label: t("Conversation"),
    items: [
      { icon: "info", label: t("Details"), run: () => emit("details", { isOpen: true }) },
      { icon: "calendar", label: t("Go to a date"), run: () => emit("dialog", { name: "date", id }) },
      ...(isMember ? memberItems(it, own) : []),
      ...(isMember && it.kind !== "direct"
        ? [null, { icon: "leave", label: t("Leave"), isDanger: true, run: () => confirmLeave(it) }] : []),
    ],
  });
}

function memberItems(it, own) {
  return [
    null,
    isMuted(it)
      ? { icon: "bell", label: t("Unmute"), run: own("mute", false) }
      : { icon: "mute", label: t("Mute"), run: own("mute", true) },
    it.pinnedAt
      ? { icon: "pin", label: t("Take from the top"), run: own("pin", false) }
      : { icon: "pin", label: t("Keep at the top"), run: own("pin", true) },
    { icon: "chats", label: t("Mark unread"), run: own("unread", true) },
    it.archivedAt
      ? { icon: "archive", label: t("Take out of the archive"), run: own("archive", false) }
      : { icon: "archive", label: t("Archive"), run: own("archive", true) },
  ];
}

export function confirmLeave(conversation) {
  emit("dialog", {
    name: "confirm",
    title: t("Leave “{name}”?", { name: titleOf(conversation) }),
    text: conversation.kind === "public"
      ? t("You can join again at any time.")
      : t("Somebody in it has to add you if you want to come back."),
    action: t("Leave"),
    run: () => attempt(async () => {
      await context.session.commands.leave(conversation.id);
      emit("go", { path: "/" });
    }),
  });
}
