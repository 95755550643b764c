// The third pane: what a conversation is, who is in it, and what is pinned there.

import { html, nothing } from "../../vendor/lit.js";
import { plainLine } from "../core/format.js";
import { kindOf } from "../core/pictures.js";
import { fold } from "../core/search.js";
import { plural, t } from "../core/texts.js";
import { shortTime } from "../core/times.js";
import { isMuted } from "../core/unread.js";
import { ask, context, toast } from "./context.js";
import { confirmLeave } from "./conversation-menu.js";
import { ChatElement } from "./element.js";
import { avatar, conversationAvatar, kindName, nameOf, titleOf } from "./faces.js";
import { file, picture } from "./attachments.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";

const SHOWN_AT_FIRST = 30;
const FILES = 12;

class Details extends ChatElement {
  static topics = ["inbox", "members", "people", "presence"];
  static properties = {
    conversationId: {}, pins: { state: true }, files: { state: true }, nextFiles: { state: true }, editing: { state: true }, filter: { state: true }, hasAll: { state: true },
  };

  constructor() {
    super();
    this.conversationId = null;
    this.pins = null;
    this.files = [];
    this.nextFiles = null;
    this.editing = null;
    this.filter = "";
    this.hasAll = false;
    this.stopEvents = context.session.onEvent((frame) => {
      if (frame.conversationId === this.conversationId && frame.type === "message.updated") this.#loadPins();
    });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.stopEvents();
  }

  concerns(topic, id) {
    return topic === "people" || topic === "presence" || id === this.conversationId;
  }

  willUpdate(changed) {
    if (!changed.has("conversationId")) return;
    Object.assign(this, { pins: null, files: [], nextFiles: null, editing: null, filter: "", hasAll: false });
    this.attempt(() => context.session.members(this.conversationId));
    this.#loadPins();
    this.#loadFiles();
  }

  async #loadFiles() {
    const id = this.conversationId;
    const path = ["conversations", id, "attachments"];
    const page = await context.session.rest.get(path, { limit: FILES, cursor: this.nextFiles }).catch(() => null);
    if (!page || id !== this.conversationId) return;
    this.files = [...this.files, ...page.results];
    this.nextFiles = page.next;
  }

  async #loadPins() {
    const id = this.conversationId;
    const found = await context.session.rest.get(["conversations", id, "pins"]).catch(() => null);
    if (!found || id !== this.conversationId) return;
    context.store.learn(found.people);
    this.pins = found.results;
  }

  render() {
    const it = context.store.conversations.get(this.conversationId);
    if (!it) return nothing;
    return html`<aside class="pane-details" aria-label=${t("Details")}>
      <header class="bar">
        <h2>${t("Details")}</h2>
        <button class="icon-button" type="button" aria-label=${t("Close details")} title=${t("Close details")}
          @click=${() => ask("details", { isOpen: false })}>${icon("close")}</button>
      </header>
      <div class="details-scroll">
        ${this.#head(it)} ${it.role && !it.leftAt ? this.#own(it) : nothing}
        ${this.#pinned()} ${this.#shared()} ${it.kind === "direct" ? nothing : this.#people(it)} ${this.#end(it)}
      </div>
    </aside>`;
  }

  // -- what it is

  #head(it) {
    if (this.editing) return this.#form(it);
    return html`<section class="details-head">
      ${conversationAvatar(it, { size: "l" })}
      <h3 dir="auto">${titleOf(it)}</h3>
      <p class="muted">${kindName(it)}</p>
      ${it.topic ? html`<p dir="auto">${it.topic}</p>` : nothing}
      ${mayEdit(it) ? html`<button class="button-quiet" type="button" @click=${() => { this.editing = { name: it.name, topic: it.topic }; }}>
        ${icon("edit")}${t("Name and topic")}</button>` : nothing}
    </section>`;
  }

  #form(it) {
    return html`<form class="details-form" @submit=${(event) => this.#save(event, it)}>
      <label>${t("Name")}<input class="field" name="name" maxlength="200" required .value=${this.editing.name}></label>
      <label>${t("Topic")}<textarea class="field" name="topic" rows="3" maxlength="1000" .value=${this.editing.topic}></textarea></label>
      <div class="form-buttons">
        <button class="button-quiet" type="button" @click=${() => { this.editing = null; }}>${t("Cancel")}</button>
        <button class="button" type="submit">${t("Save")}</button>
      </div></form>`;
  }

  async #save(event, it) {
    event.preventDefault();
    const { name, topic } = Object.fromEntries(new FormData(event.target));
    const changes = {};
    if (name.trim() !== it.name) changes.name = name.trim();
    if (topic.trim() !== it.topic) changes.topic = topic.trim();
    if (!Object.keys(changes).length) this.editing = null;
    else await this.attempt(async () => {
      await context.session.changeConversation(it.id, changes);
      this.editing = null;
    });
  }

  // -- one's own view of it

  #own(it) {
    const { session } = context;
    return html`<section class="details-section">
      <label class="switch-row">${icon(isMuted(it) ? "mute" : "bell")}<span>${t("Mute")}</span>
        <input type="checkbox" role="switch" .checked=${isMuted(it)}
          @change=${(event) => this.attempt(() => session.setOwn(it.id, "mute", event.target.checked))}></label>
      <label class="switch-row">${icon("pin")}<span>${t("Keep at the top")}</span>
        <input type="checkbox" role="switch" .checked=${Boolean(it.pinnedAt)}
          @change=${(event) => this.attempt(() => session.setOwn(it.id, "pin", event.target.checked))}></label>
      <label class="switch-row">${icon("bell")}<span>${t("Notify me")}</span>
        <select class="field" .value=${it.notify ?? "all"} @change=${(event) => this.attempt(() => session.setNotify(it.id, event.target.value))}>
          <option value="all" ?selected=${it.notify === "all"}>${t("of all messages")}</option>
          <option value="mentions" ?selected=${it.notify === "mentions"}>${t("when I am mentioned")}</option>
          <option value="none" ?selected=${it.notify === "none"}>${t("never")}</option>
        </select></label>
    </section>`;
  }

  // -- what is pinned

  #pinned() {
    const pins = this.pins ?? [];
    return html`<section class="details-section" aria-label=${t("Pinned messages")}>
      <h3>${t("Pinned messages")}</h3>
      ${pins.length ? html`<ul class="details-list">${pins.map((message) => html`<li>
        <button class="details-pin" type="button" @click=${() => ask("go", { id: message.conversationId, seq: message.seq })}>
          <span class="details-pin-head"><strong dir="auto">${nameOf(message.senderId)}</strong>
            <time datetime=${message.createdAt}>${shortTime(message.createdAt)}</time></span>
          <span dir="auto">${plainLine(message.content, nameOf) || t("A file")}</span></button></li>`)}</ul>`
        : html`<p class="hint">${t("What should not get lost can be pinned from a message’s menu.")}</p>`}
    </section>`;
  }

  #shared() {
    if (!this.files.length) return nothing;
    const pictures = this.files.map((each) => each.attachment).filter((each) => kindOf(each) === "picture");
    const others = this.files.map((each) => each.attachment).filter((each) => kindOf(each) !== "picture");
    return html`<section class="details-section" aria-label=${t("Files")}>
      <h3>${t("Files")}</h3>
      ${pictures.length ? html`<div class="details-pictures">${pictures.map((each, at) => picture(pictures, at))}</div>` : nothing}
      ${others.length ? html`<ul class="details-list">${others.map((each) => html`<li>${file(each)}</li>`)}</ul>` : nothing}
      ${this.nextFiles ? html`<button class="button-quiet" type="button" @click=${() => this.#loadFiles()}>${t("Show older files")}</button>` : nothing}
    </section>`;
  }

  // -- who is in

  #people(it) {
    const members = context.store.members.get(it.id) ?? [];
    const fitting = members.filter((each) => fold(each.name).includes(fold(this.filter)));
    const shown = this.hasAll ? fitting : fitting.slice(0, SHOWN_AT_FIRST);
    return html`<section class="details-section" aria-label=${t("People")}>
      <div class="details-title"><h3>${plural("{count} person", "{count} people", it.memberCount ?? members.length)}</h3>
        ${mayAdd(it) ? html`<button class="button-quiet" type="button" @click=${() => ask("dialog", { name: "add", id: it.id })}>${icon("plus")}${t("Add")}</button>` : nothing}</div>
      ${members.length > SHOWN_AT_FIRST ? html`<input class="field" type="search" aria-label=${t("Find people here")} placeholder=${t("Find people here")}
        .value=${this.filter} @input=${(event) => { this.filter = event.target.value; }}>` : nothing}
      <ul class="details-list">${[...shown].sort(byRole).map((each) => html`<li>${this.#person(it, each)}</li>`)}</ul>
      ${shown.length < fitting.length ? html`<button class="button-quiet" type="button" @click=${() => { this.hasAll = true; }}>
        ${plural("Show {count} more", "Show {count} more", fitting.length - shown.length)}</button>` : nothing}
    </section>`;
  }

  #person(it, person) {
    const isMe = person.userId === context.store.me.id;
    return html`<button class="person-row" type="button" aria-haspopup="menu" aria-expanded="false"
      @click=${(event) => this.#personMenu(it, person, event.currentTarget)}>
      ${avatar(person.userId, person.name, { size: "s", isOnline: context.presence?.isOnline(person.userId) })}
      <span dir="auto">${person.name}${isMe ? html` <small>${t("you")}</small>` : nothing}</span>
      ${person.role === "member" ? nothing : html`<small class="role">${roleName(person.role)}</small>`}</button>`;
  }

  #personMenu(it, person, anchor) {
    const isMe = person.userId === context.store.me.id;
    const path = ["conversations", it.id, "participants", person.userId];
    const { session } = context;
    const setRole = (role) => this.attempt(async () => {
      await session.rest.patch(path, { role });
      await session.members(it.id);
    });
    const canManage = ["owner", "admin"].includes(it.role) && person.role !== "owner" && !isMe;
    openMenu({
      anchor,
      label: person.name,
      items: [
        ...(isMe ? [] : [{ icon: "chats", label: t("Write a message"), run: () => this.#write(person.userId) }]),
        ...(it.role === "owner" && !isMe ? [
          person.role === "admin"
            ? { icon: "person", label: t("Make a member"), run: () => setRole("member") }
            : { icon: "shield", label: t("Make an admin"), run: () => setRole("admin") },
          { icon: "shield", label: t("Hand the ownership over"), run: () => confirmOwner(person, () => setRole("owner")) },
        ] : []),
        ...(canManage ? [null, { icon: "leave", label: t("Remove"), isDanger: true, run: () => this.#confirmRemove(it, person, path) }] : []),
        ...(isMe ? [{ icon: "leave", label: t("Leave"), isDanger: true, run: () => confirmLeave(it) }] : []),
      ],
    });
  }

  async #write(userId) {
    const id = await this.attempt(() => context.session.beginConversation({ kind: "direct", memberIds: [userId] }));
    if (id) ask("go", { id });
  }

  #confirmRemove(it, person, path) {
    ask("dialog", {
      name: "confirm",
      title: t("Remove {name}?", { name: person.name }),
      text: t("What was written until now stays readable for them."),
      action: t("Remove"),
      run: () => this.attempt(async () => {
        await context.session.rest.delete(path);
        await context.session.members(it.id);
      }),
    });
  }

  #end(it) {
    if (it.kind === "direct") return this.#directEnd(it);
    if (!it.role || it.leftAt) return nothing;
    return html`<section class="details-section"><button class="button-quiet button-danger" type="button" @click=${() => confirmLeave(it)}>
      ${icon("leave")}${t("Leave this conversation")}</button></section>`;
  }

  #directEnd(it) {
    if (!it.peer || it.peer.id === context.store.me.id) return nothing;
    return html`<section class="details-section">
      <button class="button-quiet button-danger" type="button" @click=${() => this.#confirmBlock(it)}>${icon("shield")}${t("Block {name}", { name: titleOf(it) })}</button>
      <button class="button-quiet button-danger" type="button" @click=${() => ask("dialog", { name: "report", subject: { userId: it.peer.id } })}>
        ${icon("flag")}${t("Report {name}", { name: titleOf(it) })}</button></section>`;
  }

  #confirmBlock(it) {
    ask("dialog", {
      name: "confirm",
      title: t("Block {name}?", { name: titleOf(it) }),
      text: t("Neither of you can write to the other until you take it back in your settings."),
      action: t("Block"),
      run: () => this.attempt(async () => {
        await context.session.rest.post(["blocks"], { userId: it.peer.id });
        toast(t("Blocked"));
      }),
    });
  }
}

function confirmOwner(person, run) {
  ask("dialog", {
    name: "confirm",
    title: t("Make {name} the owner?", { name: person.name }),
    text: t("You become an admin. Only the new owner can give it back."),
    action: t("Hand over"),
    run,
  });
}

function roleName(role) {
  return { owner: t("Owner"), admin: t("Admin"), member: t("Member") }[role];
}

const ORDER = { owner: 0, admin: 1, member: 2 };

function byRole(one, other) {
  return ORDER[one.role] - ORDER[other.role] || one.name.localeCompare(other.name);
}

function mayEdit(it) {
  return it.kind !== "direct" && !it.leftAt && ["owner", "admin"].includes(it.role);
}

function mayAdd(it) {
  return !it.leftAt && ["owner", "admin"].includes(it.role);
}

customElements.define("chat-details", Details);
