// Avatars and names of people and conversations.

import { html, nothing } from "../../vendor/lit.js";
import { AvatarColours } from "../core/avatar-colours.js";
import { t } from "../core/i18n.js";
import { context } from "./context.js";
import { icon } from "./icons.js";

const colours = new AvatarColours();

/** @param {string} name */
export function initials(name) {
  const words = name.trim().split(/[\s_-]+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const letters = [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => firstLetter(word ?? ""));
  return letters.join("").toUpperCase() || "?";
}

/** @param {string} word */
function firstLetter(word) {
  return [...word].find((character) => /[\p{L}\p{N}]/u.test(character)) ?? "";
}

/**
 * Of a person: their picture, or until it is there, and where there is none, their initials.
 *
 * @param {string} id
 * @param {string} name
 * @param {{size?: string, isOnline?: boolean, within?: string | null}} [options] `within` a
 * conversation no two people have the same colour, as far as there are enough
 */
export function avatar(id, name, { size = "m", isOnline = false, within = null } = {}) {
  return html`<span class="avatar avatar-${colours.of(id, within)} avatar-size-${size}" aria-hidden="true" data-initials=${initials(name)}
    >${picture(context.session?.names?.avatarOf(id))}${isOnline ? html`<span class="presence-dot"></span>` : nothing}</span>`;
}

/** @param {string | null | undefined} url */
function picture(url) {
  return url ? html`<img class="avatar-picture" src=${url} alt="" decoding="async">` : nothing;
}

/**
 * @param {string} userId
 * @param {{size?: string, isOnline?: boolean, within?: string | null}} [options]
 */
export function personAvatar(userId, options) {
  return avatar(userId, context.store.nameOf(userId) || "?", options);
}

const KIND_ICONS = { group: "people", public: "hash", broadcast: "horn" };

/** @param {Chat.Conversation} conversation */
export function conversationAvatar(conversation, { size = "m" } = {}) {
  if (conversation.kind === "direct") {
    const { me } = context.store;
    const { peer } = conversation;
    if (!peer || peer.id === me.id) return avatar(me.id, me.name, { size });
    return avatar(peer.id, titleOf(conversation), { size, isOnline: isOnline(conversation) });
  }
  return html`<span class="avatar avatar-group avatar-${colours.of(conversation.id)} avatar-size-${size}"
    aria-hidden="true">${icon(KIND_ICONS[conversation.kind])}${picture(conversation.pictureUrl)}</span>`;
}

/** @param {Chat.Conversation} conversation */
export function isOnline(conversation) {
  return Boolean(conversation.peer && context.presence?.isOnline(conversation.peer.id));
}

/**
 * What the conversation is called here; with oneself alone it is a place for notes.
 *
 * @param {Chat.Conversation} conversation
 */
export function titleOf(conversation) {
  if (conversation.kind !== "direct") return conversation.title || t("Untitled");
  const { peer } = conversation;
  if (!peer || peer.id === context.store.me.id) return t("Notes to yourself");
  return conversation.title || peer.nickname || peer.name || t("A closed account");
}

/** @param {Chat.Role} role */
export function roleName(role) {
  return { owner: t("Owner"), admin: t("Admin"), member: t("Member") }[role];
}

/**
 * Whether the other one of a direct conversation has closed the account, which locks it; that of a
 * suspended person stays open.
 *
 * @param {Chat.Conversation} conversation
 */
export function isPeerClosed(conversation) {
  return conversation.peer?.isActive === false && conversation.isLocked;
}

/** @param {Chat.Conversation} conversation */
export function kindName(conversation) {
  return {
    direct: t("Direct conversation"),
    group: t("Group"),
    public: t("Public conversation"),
    broadcast: t("Broadcast"),
  }[conversation.kind];
}

/** As whom a message is shown: a program may give itself another name. @param {{meta: Chat.Meta | null, senderId: string | null}} message */
export function authorOf({ meta, senderId }) {
  return meta?.author?.name ?? nameOf(senderId);
}

/** Beside the name of a program. @param {boolean | undefined} isBot */
export function botBadge(isBot) {
  return isBot ? html` <small class="bot-badge">${t("Bot")}</small>` : nothing;
}

/**
 * @param {string | null} userId null: the system
 */
export function nameOf(userId) {
  if (!userId) return t("The system");
  return context.store.nameOf(userId) || t("Somebody");
}
