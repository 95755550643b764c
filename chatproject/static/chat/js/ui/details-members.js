// Members of a conversation, in its details: the list, and the menu of each member.

import { html, nothing } from "../../vendor/lit.js";
import { plural, t } from "../core/i18n.js";
import { fold } from "../core/folding.js";
import { avatar, botBadge, roleName } from "./avatars.js";
import { attempt, context, emit } from "./context.js";
import { confirmLeave } from "./conversation-menu.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { openDirect } from "./open-direct.js";

const SHOWN_AT_FIRST = 30;
const PAUSE_MS = 250;

/** A reactive controller of the details. */
export class MemberList {
  /** @param {Chat.ReactiveHost} host */
  constructor(host) {
    this.host = host;
    this.conversationId = "";
    this.filter = "";
    this.shown = SHOWN_AT_FIRST;
    /** @type {Chat.Participant[]} of further pages, in the order that they came */
    this.further = [];
    /** @type {string | null} */
    this.next = null;
    /** @type {Chat.Participant[] | null} what the server has found, where not all are here */
    this.found = null;
    /** @type {any} */
    this.timer = undefined;
  }

  /** Loads the members; shows a failure. @param {string} conversationId */
  load(conversationId) {
    Object.assign(this, { conversationId, filter: "", shown: SHOWN_AT_FIRST, further: [], next: null, found: null });
    const { conversations } = context.session;
    attempt(async () => {
      await conversations.loadMembers(conversationId);
      if (conversationId === this.conversationId) this.#set({ next: conversations.nextMembers.get(conversationId) ?? null });
    });
  }

  /** @param {Partial<MemberList>} changes */
  #set(changes) {
    Object.assign(this, changes);
    this.host.requestUpdate();
  }

  /** @param {string} filter */
  #find(filter) {
    this.#set({ filter, found: null });
    clearTimeout(this.timer);
    if (!this.next || !filter.trim()) return;
    this.timer = setTimeout(() => attempt(async () => {
      const page = await context.session.conversations.membersPage(this.conversationId, { q: filter.trim() });
      if (filter === this.filter) this.#set({ found: page.results });
    }), PAUSE_MS);
  }

  /** More of those that are here, else the next page. */
  #more() {
    this.#set({ shown: this.shown * 4 });
    const { conversationId, next } = this;
    if (!next || this.shown < this.#loaded().length) return;
    attempt(async () => {
      const page = await context.session.conversations.membersPage(conversationId, { cursor: next });
      if (next === this.next) this.#set({ further: [...this.further, ...page.results], next: page.next });
    });
  }

  /** Sorted as a whole; what comes later stands below, so that nothing moves. */
  #loaded() {
    const members = context.store.members.get(this.conversationId) ?? [];
    return [...[...members].sort(byRole), ...this.further];
  }

  /** @param {Chat.Conversation} conversation */
  render(conversation) {
    const loaded = this.#loaded();
    const fitting = this.found ?? loaded.filter((each) => fold(each.name).includes(fold(this.filter)));
    const shown = fitting.slice(0, this.shown);
    const count = conversation.memberCount ?? loaded.length;
    const left = (this.filter ? fitting.length : Math.max(count, fitting.length)) - shown.length;
    return html`<section class="details-section" aria-label=${t("People")}>
      <div class="details-title"><h3>${plural("{count} person", "{count} people", count)}</h3>
        ${mayAdd(conversation) ? html`<button class="button-quiet" type="button" @click=${() => emit("dialog", { name: "add", id: conversation.id })}>${icon("plus")}${t("Add")}</button>` : nothing}</div>
      ${count > SHOWN_AT_FIRST ? html`<input class="field" type="search" aria-label=${t("Find people here")} placeholder=${t("Find people here")}
        .value=${this.filter} @input=${(/** @type {Chat.FieldEvent} */ event) => this.#find(event.target.value)}>` : nothing}
      <ul class="details-list">${shown.map((each) => html`<li>${member(conversation, each)}</li>`)}</ul>
      ${left > 0 ? html`<button class="button-quiet" type="button" @click=${() => this.#more()}>
        ${plural("Show more of {count} other", "Show more of {count} others", left)}</button>` : nothing}
    </section>`;
  }
}

/**
 * @param {Chat.Conversation} conversation
 * @param {Chat.Participant} person
 */
function member(conversation, person) {
  const isMe = person.userId === context.store.me.id;
  return html`<button class="person-row" type="button" aria-haspopup="menu" aria-expanded="false"
    @click=${(/** @type {Event} */ event) => openMemberMenu(conversation, person, event.currentTarget)}>
    ${avatar(person.userId, person.name, { size: "s", within: conversation.id, isOnline: context.presence.isOnline(person.userId) })}
    <span dir="auto">${person.name}${isMe ? html` <small>${t("you")}</small>` : nothing}${botBadge(person.isBot)}</span>
    ${person.role === "member" ? nothing : html`<small class="role">${roleName(person.role)}</small>`}</button>`;
}

/**
 * @param {Chat.Conversation} conversation
 * @param {Chat.Participant} person
 * @param {EventTarget | null} anchor
 */
function openMemberMenu(conversation, person, anchor) {
  const isMe = person.userId === context.store.me.id;
  const canManage = isManager(conversation) && person.role !== "owner" && !isMe;
  openMenu({
    anchor,
    label: person.name,
    items: [
      { icon: "person", label: t("Profile"), run: () => emit("dialog", { name: "profile", userId: person.userId }) },
      ...(isMe ? [] : [{ icon: "chats", label: t("Write a message"), run: () => openDirect(person.userId) }]),
      ...(conversation.role === "owner" && !isMe ? roleItems(conversation, person) : []),
      ...(canManage ? [null, { icon: "leave", label: t("Remove"), isDanger: true, run: () => confirmRemove(conversation, person) }] : []),
      ...(isMe ? [{ icon: "leave", label: t("Leave"), isDanger: true, run: () => confirmLeave(conversation) }] : []),
    ],
  });
}

/**
 * @param {Chat.Conversation} conversation
 * @param {Chat.Participant} person
 */
function roleItems({ id }, { userId, name, role }) {
  const set = (/** @type {"owner" | "admin" | "member"} */ next) => () => {
    attempt(() => context.session.commands.setRole(id, userId, next));
  };
  return [
    role === "admin"
      ? { icon: "person", label: t("Make a member"), run: set("member") }
      : { icon: "shield", label: t("Make an admin"), run: set("admin") },
    { icon: "shield", label: t("Transfer ownership"), run: () => confirmOwner(name, set("owner")) },
  ];
}

/**
 * @param {string} name
 * @param {() => void} run
 */
function confirmOwner(name, run) {
  emit("dialog", {
    name: "confirm",
    title: t("Make {name} the owner?", { name }),
    text: t("You become an admin. Only the new owner can undo this."),
    action: t("Transfer"),
    run,
  });
}

/**
 * @param {Chat.Conversation} conversation
 * @param {Chat.Participant} person
 */
function confirmRemove({ id }, { userId, name }) {
  emit("dialog", {
    name: "confirm",
    title: t("Remove {name}?", { name }),
    text: t("What was written until now stays readable for them."),
    action: t("Remove"),
    run: () => attempt(() => context.session.commands.removeMember(id, userId)),
  });
}

const ORDER = { owner: 0, admin: 1, member: 2 };

/**
 * @param {Chat.Participant} one
 * @param {Chat.Participant} other
 */
function byRole(one, other) {
  return ORDER[one.role] - ORDER[other.role] || one.name.localeCompare(other.name);
}

/** @param {Chat.Conversation} conversation */
function isManager(conversation) {
  return conversation.role === "owner" || conversation.role === "admin";
}

/** @param {Chat.Conversation} conversation */
function mayAdd(conversation) {
  return !conversation.leftAt && isManager(conversation);
}
