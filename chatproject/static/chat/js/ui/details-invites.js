// Invitations to a conversation, in its details: links to copy, their QR codes, who came by them.

import { html, nothing } from "../../vendor/lit.js";
import { plural, t } from "../core/i18n.js";
import { shortTime } from "../core/times.js";
import { attempt, context } from "./context.js";
import { icon } from "./icons.js";

/** A reactive controller of the details; loads nothing before somebody opens the section. */
export class InviteList {
  /** @param {Chat.ReactiveHost} host */
  constructor(host) {
    this.host = host;
    this.conversationId = "";
    /** @type {Chat.Invite[] | null} not loaded yet */
    this.invites = null;
    this.shownCode = "";
  }

  /** Begins anew with another conversation. @param {string} conversationId */
  reset(conversationId) {
    this.conversationId = conversationId;
    this.invites = null;
    this.shownCode = "";
  }

  /** @param {Chat.Conversation} conversation */
  render(conversation) {
    if (!mayInvite(conversation)) return nothing;
    return html`<section class="details-section" aria-label=${t("Invitations")}>
      <div class="details-title"><h3>${t("Invitations")}</h3>
        ${this.invites
          ? html`<button class="button-quiet" type="button" @click=${() => this.#invite({})}>${icon("plus")}${t("New link")}</button>`
          : html`<button class="button-quiet" type="button" @click=${() => this.#load()}>${icon("link")}${t("Show")}</button>`}</div>
      ${this.invites ? this.#renderList(this.invites) : nothing}
    </section>`;
  }

  /** @param {Chat.Invite[]} invites */
  #renderList(invites) {
    return html`<form class="details-form" @submit=${(/** @type {Chat.FormEvent} */ event) => this.#send(event)}>
        <label>${t("Invite by email")}<input class="field" type="email" name="email" required maxlength="254" autocomplete="off"></label>
        <div class="form-buttons"><button class="button-quiet" type="submit">${t("Send")}</button></div></form>
      ${invites.length ? nothing : html`<p class="muted">${t("No invitation is open.")}</p>`}
      <ul class="details-list">${invites.map((each) => html`<li class="stack">${this.#renderInvite(each)}</li>`)}</ul>`;
  }

  /** @param {Chat.Invite} invite */
  #renderInvite(invite) {
    const isShown = this.shownCode === invite.id;
    const toggle = () => this.#set({ shownCode: isShown ? "" : invite.id });
    return html`<input class="field" readonly aria-label=${t("Invitation link")} .value=${invite.url}
        @focus=${(/** @type {Chat.FieldEvent} */ event) => event.target.select()}>
      <small class="muted">${inviteState(invite)}</small>
      <div class="form-buttons">
        <button class="button-quiet" type="button" @click=${() => copyLink(invite.url)}>${icon("copy")}${t("Copy link")}</button>
        <button class="button-quiet" type="button" aria-expanded=${isShown} @click=${toggle}>${t("QR code")}</button>
        <button class="button-quiet button-danger" type="button" @click=${() => this.#revoke(invite)}>${icon("trash")}${t("Revoke")}</button>
      </div>
      ${isShown ? html`<img src=${`/invite/${invite.token}/qr.svg`} width="222" height="222" alt=${t("QR code of the invitation")}>` : nothing}`;
  }

  async #load() {
    const { conversationId } = this;
    const answer = await attempt(() => context.session.rest.get(["invites"], { conversationId }));
    if (answer && conversationId === this.conversationId) this.#set({ invites: answer.results.filter(isOpen) });
  }

  /** @param {Record<string, unknown>} fields */
  async #invite(fields) {
    const { conversationId } = this;
    const invite = await attempt(() => context.session.rest.post(["invites"], { conversationId, ...fields }));
    if (!invite || conversationId !== this.conversationId) return false;
    this.#set({ invites: [invite, ...(this.invites ?? [])] });
    return true;
  }

  /** @param {Chat.FormEvent} event */
  async #send(event) {
    event.preventDefault();
    const form = event.target;
    if (await this.#invite({ email: String(new FormData(form).get("email")).trim() })) form.reset();
  }

  /** @param {Chat.Invite} invite */
  async #revoke({ id }) {
    const isDone = await attempt(async () => {
      await context.session.rest.delete(["invites", id]);
      return true;
    });
    if (isDone) this.#set({ invites: (this.invites ?? []).filter((each) => each.id !== id) });
  }

  /** @param {Partial<InviteList>} changes */
  #set(changes) {
    Object.assign(this, changes);
    this.host.requestUpdate();
  }
}

/** @param {Chat.Invite} invite */
function inviteState(invite) {
  const came = plural("{count} joined", "{count} joined", invite.uses);
  const parts = [
    invite.email ? t("Sent to {email}", { email: invite.email }) : "",
    invite.expiresAt ? t("until {time}", { time: shortTime(invite.expiresAt) }) : "",
    invite.uses ? `${came}: ${invite.usedBy.map((each) => each.name).join(", ")}` : "",
  ];
  return parts.filter(Boolean).join(" · ");
}

/** @param {string} url */
function copyLink(url) {
  attempt(() => navigator.clipboard.writeText(url), t("Copied"));
}

/** @param {Chat.Invite} invite */
function isOpen({ revokedAt, expiresAt, maxUses, uses }) {
  const isOver = expiresAt !== null && Date.parse(expiresAt) <= Date.now();
  return revokedAt === null && !isOver && (maxUses === null || uses < maxUses);
}

/** @param {Chat.Conversation} conversation */
function mayInvite({ kind, leftAt, role }) {
  return kind !== "direct" && !leftAt && (role === "owner" || role === "admin");
}
