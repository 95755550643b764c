// The profile of a person: who they are, their presence, what both have in common, and actions.

import { html, nothing } from "../../vendor/lit.js";
import { plural, t } from "../core/i18n.js";
import { pathOf } from "../core/paths.js";
import { lastSeenText, timeIn } from "../core/times.js";
import { botBadge, personAvatar } from "./avatars.js";
import { attempt, context, emit } from "./context.js";
import { ChatElement } from "./element.js";
import { icon } from "./icons.js";
import { openDirect } from "./open-direct.js";
import { attemptUndoable } from "./undo.js";

const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  chat-profile { display: grid; gap: var(--space-4); min-block-size: 12rem; align-content: start; }
  .profile-head { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: var(--space-1) var(--space-4); align-items: center; }
  .profile-head .avatar { grid-row: span 2; }
  .profile-head h3 { font-size: var(--text-l); overflow-wrap: anywhere; align-self: end; }
  .profile-head p { color: var(--muted); align-self: start; }
  .profile-about { white-space: pre-line; overflow-wrap: anywhere; }
  .profile-facts { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: var(--space-1) var(--space-4); margin: 0; }
  .profile-facts dt { color: var(--muted); }
  .profile-facts dd { margin: 0; overflow-wrap: anywhere; }
  .profile-common ul { display: flex; flex-wrap: wrap; gap: var(--space-2); margin-block-start: var(--space-2); padding: 0; list-style: none; }
  .profile-common a { display: inline-block; max-inline-size: 100%; padding: var(--space-1) var(--space-3); border-radius: var(--radius-full); background: var(--accent-soft); color: var(--on-accent-soft); overflow-wrap: anywhere; text-decoration: none; }
  .profile-acts { display: flex; flex-wrap: wrap; gap: var(--space-2); }
}`);
document.adoptedStyleSheets.push(styles);

class ProfileCard extends ChatElement {
  /** @type {Chat.Topic[]} */
  static topics = ["people", "presence"];
  static properties = { userId: {}, profile: { state: true }, isNaming: { state: true } };

  constructor() {
    super();
    this.userId = "";
    /** @type {Chat.Profile | null} */
    this.profile = null;
    this.isNaming = false;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!changed.has("userId")) return;
    this.profile = null;
    this.isNaming = false;
    this.#load();
  }

  #load() {
    const { userId } = this;
    return this.attempt(async () => {
      const profile = await context.session.commands.loadProfile(userId);
      if (userId === this.userId) this.profile = profile;
    });
  }

  /**
   * Does it, and shows the card as it is then.
   *
   * @param {() => Promise<unknown>} act
   * @param {string} done
   */
  #act(act, done) {
    return attempt(async () => {
      await act();
      await this.#load();
    }, done);
  }

  /**
   * The same, which can be taken back.
   *
   * @param {() => Promise<unknown>} act
   * @param {string} done
   * @param {() => Promise<unknown>} undo
   */
  async #undoable(act, done, undo) {
    await attemptUndoable(act, done, async () => {
      await undo();
      await this.#load();
    });
    await this.#load();
  }

  render() {
    const { profile, userId } = this;
    const name = profile?.person.name ?? context.store.nameOf(userId);
    return html`<div class="profile-head">${personAvatar(userId, { size: "l", isOnline: profile?.presence.status === "online" })}
        <h3><bdi>${name}</bdi>${botBadge(profile?.person.isBot)}</h3>
        <p dir="auto">${profile ? standing(profile) : t("Loading…")}</p></div>
      ${profile ? html`${about(profile)}${facts(profile)}${inCommon(profile)}${this.isNaming ? this.#nameForm(profile) : this.#acts(profile)}` : nothing}`;
  }

  /** @param {Chat.Profile} profile */
  #acts(profile) {
    const { person: { id, name, isActive }, contact, isBlocked } = profile;
    const { commands } = context.session;
    if (id === context.store.me.id) return ownActs();
    return html`<div class="profile-acts">
      ${isActive ? html`<button class="button" type="button" @click=${() => { emit("dialog-done"); openDirect(id); }}>${icon("chats")}${t("Write a message")}</button>` : nothing}
      ${contact
        ? html`<button class="button-quiet" type="button" @click=${() => { this.isNaming = true; }}>${icon("edit")}${t("Nickname")}</button>
          <button class="button-quiet" type="button" @click=${() => this.#undoable(() => commands.removeContact(id), t("Removed from your contacts"), () => commands.addContact(id, contact.nickname))}>${icon("person")}${t("Remove from contacts")}</button>`
        : isActive ? html`<button class="button-quiet" type="button" @click=${() => this.#act(() => commands.addContact(id), t("Added to your contacts"))}>${icon("plus")}${t("Add to contacts")}</button>` : nothing}
      ${isBlocked
        ? html`<button class="button-quiet" type="button" @click=${() => this.#act(() => commands.unblock(id), t("Unblocked"))}>${icon("shield")}${t("Unblock")}</button>`
        : html`<button class="button-quiet button-danger" type="button" @click=${() => this.#undoable(() => commands.block(id), t("Blocked"), () => commands.unblock(id))}>${icon("shield")}${t("Block")}</button>`}
      <button class="button-quiet button-danger" type="button"
        @click=${() => emit("dialog", { name: "report", title: t("Report {name}", { name }), subject: { userId: id } })}>${icon("flag")}${t("Report")}</button>
    </div>`;
  }

  /** @param {Chat.Profile} profile */
  #nameForm({ person: { id }, contact }) {
    const save = (/** @type {Chat.FormEvent} */ event) => {
      event.preventDefault();
      const nickname = String(new FormData(event.target).get("nickname")).trim();
      return this.#act(async () => {
        await context.session.commands.addContact(id, nickname);
        this.isNaming = false;
      }, t("Saved"));
    };
    return html`<form class="stack" @submit=${save}>
      <label>${t("Nickname")}<input class="field" name="nickname" maxlength="100" autocomplete="off" .value=${contact?.nickname ?? ""}></label>
      <p class="hint">${t("Only you see it.")}</p>
      <div class="form-buttons"><button class="button-quiet" type="button" @click=${() => { this.isNaming = false; }}>${t("Cancel")}</button>
        <button class="button" type="submit">${t("Save")}</button></div></form>`;
  }
}

function ownActs() {
  return html`<div class="profile-acts">
    <button class="button" type="button" @click=${() => emit("dialog", { name: "picture", subject: {} })}>${icon("person")}${t("Picture")}</button>
    <button class="button-quiet" type="button" @click=${() => emit("dialog", { name: "status" })}>${icon("smile")}${t("Set a status")}</button>
    <a class="button-quiet" href=${context.urls.settings}>${icon("gear")}${t("Settings")}</a></div>`;
}

/** @param {Chat.Profile} profile */
function standing({ person, presence }) {
  if (!person.isActive) return t("Closed account");
  if (presence.status === "online") return t("Online");
  if (presence.status === "away") return t("Away");
  return presence.lastSeenAt ? lastSeenText(presence.lastSeenAt) : "";
}

/** @param {Chat.Profile} profile */
function about({ person: { about: words, status } }) {
  return html`${status ? html`<p dir="auto">${status.emoji} ${status.text}</p>` : nothing}
    ${words ? html`<p class="profile-about" dir="auto">${words}</p>` : nothing}`;
}

/** @param {Chat.Profile} profile */
function facts({ contact, timeZone }) {
  const rows = [
    ...(contact?.nickname ? [[t("Nickname"), contact.nickname]] : []),
    ...(contact?.number ? [[t("Number"), contact.number]] : []),
    ...(timeZone ? [[t("Local time"), timeIn(timeZone)]] : []),
  ];
  return rows.length ? html`<dl class="profile-facts">${rows.map(([term, value]) => html`<dt>${term}</dt><dd dir="auto">${value}</dd>`)}</dl>` : nothing;
}

/** @param {Chat.Profile} profile */
function inCommon({ inCommon: { count, conversations } }) {
  if (!count) return nothing;
  return html`<section class="profile-common"><h4>${plural("{count} conversation in common", "{count} conversations in common", count)}</h4>
    <ul>${conversations.map((each) => html`<li><a href=${pathOf(each.id)} dir="auto" @click=${() => emit("dialog-done")}>${each.name || t("Untitled")}</a></li>`)}</ul></section>`;
}

customElements.define("chat-profile", ProfileCard);
