// The profile menu, opened by the person's own avatar.

import { html } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { emit, context } from "./context.js";
import { avatar } from "./avatars.js";
import { clearLocalData } from "./local-data.js";
import { openDoNotDisturbMenu } from "./do-not-disturb.js";
import { openMenu } from "./menu.js";
import "./saved.js";
import { notificationState } from "./notification-permission.js";

/** @param {any} anchor */
export function openProfileMenu(anchor) {
  const { me } = context.store;
  openMenu({
    anchor,
    label: t("You"),
    head: html`<div class="menu-head">${avatar(me.id, me.name)}
      <span><strong dir="auto">${me.name}</strong><small>${me.email ?? ""}</small></span></div>`,
    items: [
      { icon: "person", label: t("Profile"), run: () => emit("dialog", { name: "profile", userId: me.id }) },
      { icon: "people", label: t("Requests"), run: () => emit("dialog", { name: "requests" }) },
      { icon: "gear", label: t("Settings"), run: () => location.assign(context.urls.settings) },
      { icon: "smile", label: me.status ? `${me.status.emoji} ${me.status.text}`.trim() : t("Set a status"), run: () => emit("dialog", { name: "status" }) },
      { icon: "chats", label: t("Unread"), hint: "Ctrl U", run: () => emit("dialog", { name: "unread" }) },
      { icon: "mute", label: t("Do not disturb"), run: () => openDoNotDisturbMenu(anchor) },
      { icon: "bookmark", label: t("Saved for later"), run: () => emit("dialog", { name: "saved" }) },
      { icon: "clock", label: t("Scheduled messages"), run: () => emit("dialog", { name: "scheduled" }) },
      ...(notificationState() === "default"
        ? [{ icon: "bell", label: t("Allow notifications"), run: askForNotifications }] : []),
      { icon: "keyboard", label: t("Keyboard shortcuts"), hint: "Ctrl /", run: () => emit("dialog", { name: "help" }) },
      null,
      { icon: "leave", label: t("Log out"), run: logOut },
    ],
  });
}

function askForNotifications() {
  emit("open-part", ["push", "ask"]);
}

/** A plain form, so that the server ends the session and shows its own page. */
async function logOut() {
  context.session.connection.stop(); // its end is ours, not one to come back from
  await clearLocalData();
  const form = document.createElement("form");
  form.method = "post";
  form.action = context.urls.logout;
  const token = document.createElement("input");
  Object.assign(token, { type: "hidden", name: "csrfmiddlewaretoken", value: context.csrfToken });
  form.append(token);
  document.body.append(form);
  form.submit();
}
