// The details pane: title, topic and the person's own settings of a conversation; pinned messages,
// files and members have modules of their own.

import { html, nothing } from "../../vendor/lit.js";
import "./form-styles.js";
import { t } from "../core/i18n.js";
import { isMuted } from "../core/unread.js";
import { conversationAvatar, kindName, titleOf } from "./avatars.js";
import { attempt, context, emit } from "./context.js";
import { confirmLeave } from "./conversation-menu.js";
import { CommandList } from "./details-commands.js";
import { InviteList } from "./details-invites.js";
import { MemberList } from "./details-members.js";
import { OutgoingWebhookList } from "./details-outgoing-webhooks.js";
import { SharedParts } from "./details-shared.js";
import { WebhookList } from "./details-webhooks.js";
import { ChatElement } from "./element.js";
import { icon } from "./icons.js";
import { attemptUndoable } from "./undo.js";

const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .details-scroll { flex: 1; overflow-y: auto; padding: 0 var(--space-4) var(--space-6); overscroll-behavior: contain; scrollbar-width: thin; }
  .details-head { display: grid; justify-items: center; gap: var(--space-2); padding-block: var(--space-3) var(--space-4); text-align: center; font-size: var(--text-m); overflow-wrap: anywhere; }
  .details-head h3 { font-size: var(--text-xl); }
}`);
document.adoptedStyleSheets.push(styles);

class Details extends ChatElement {
  /** @type {Chat.Topic[]} */
  static topics = ["inbox", "members", "people", "presence"];
  static properties = { conversationId: {}, editing: { state: true } };

  constructor() {
    super();
    this.conversationId = "";
    /** @type {{title: string, topic: string} | null} what the form begins with */
    this.editing = null;
    this.shared = new SharedParts(this);
    this.members = new MemberList(this);
    this.invites = new InviteList(this);
    this.programs = [new WebhookList(this), new OutgoingWebhookList(this), new CommandList(this)];
    this.unsubscribeEvents = () => {};
  }

  connectedCallback() {
    super.connectedCallback();
    this.unsubscribeEvents = context.session.events.subscribe((frame) => {
      if (frame.conversationId === this.conversationId && frame.type === "message.updated") this.shared.loadPins();
    });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.unsubscribeEvents();
  }

  /**
   * @param {Chat.Topic} topic
   * @param {string} id
   */
  concerns(topic, id) {
    return topic === "people" || topic === "presence" || id === this.conversationId;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!changed.has("conversationId")) return;
    this.editing = null;
    this.members.load(this.conversationId);
    this.invites.reset(this.conversationId);
    this.shared.load(this.conversationId);
    for (const each of this.programs) each.reset(this.conversationId);
  }

  render() {
    const conversation = context.store.conversations.get(this.conversationId);
    if (!conversation) return nothing;
    return html`<aside class="pane-details" aria-label=${t("Details")}>
      <header class="bar">
        <h2>${t("Details")}</h2>
        <button class="icon-button" type="button" aria-label=${t("Close details")} title=${t("Close details")}
          @click=${() => emit("details", { isOpen: false })}>${icon("close")}</button>
      </header>
      <div class="details-scroll">
        ${this.editing ? this.#renderForm(conversation, this.editing) : this.#renderHead(conversation)}
        ${conversation.role && !conversation.leftAt ? ownSettings(conversation) : nothing}
        ${this.shared.render()}
        ${conversation.kind === "direct" ? nothing : this.members.render(conversation)}
        ${this.invites.render(conversation)}
        ${mayEdit(conversation) ? this.programs.map((each) => each.render()) : nothing}
        ${lastActions(conversation)}
      </div>
    </aside>`;
  }

  /** @param {Chat.Conversation} conversation */
  #renderHead(conversation) {
    const edit = () => { this.editing = { title: conversation.title ?? "", topic: conversation.topic }; };
    return html`<section class="details-head">
      ${headPicture(conversation)}
      <h3 dir="auto">${titleOf(conversation)}</h3>
      <p class="muted">${kindName(conversation)}</p>
      ${conversation.peer?.status ? html`<p dir="auto">${conversation.peer.status.emoji} ${conversation.peer.status.text}</p>` : nothing}
      ${conversation.topic ? html`<p dir="auto">${conversation.topic}</p>` : nothing}
      ${mayEdit(conversation) ? html`<button class="button-quiet" type="button" @click=${edit}>
        ${icon("edit")}${t("Name and topic")}</button>` : nothing}
    </section>`;
  }

  /**
   * @param {Chat.Conversation} conversation
   * @param {{title: string, topic: string}} values
   */
  #renderForm(conversation, { title, topic }) {
    return html`<form class="details-form" @submit=${(/** @type {Chat.FormEvent} */ event) => this.#save(event, conversation)}>
      <label>${t("Name")}<input class="field" name="title" maxlength="200" required .value=${title}></label>
      <label>${t("Topic")}<textarea class="field" name="topic" rows="3" maxlength="1000" .value=${topic}></textarea></label>
      <div class="form-buttons">
        <button class="button-quiet" type="button" @click=${() => { this.editing = null; }}>${t("Cancel")}</button>
        <button class="button" type="submit">${t("Save")}</button>
      </div></form>`;
  }

  /**
   * @param {Chat.FormEvent} event
   * @param {Chat.Conversation} conversation
   */
  async #save(event, conversation) {
    event.preventDefault();
    const form = new FormData(event.target);
    const [title, topic] = [String(form.get("title")).trim(), String(form.get("topic")).trim()];
    const changes = {
      ...(title === conversation.title ? {} : { title }),
      ...(topic === conversation.topic ? {} : { topic }),
    };
    await this.attempt(async () => {
      if (Object.keys(changes).length) await context.session.commands.changeConversation(conversation.id, changes);
      this.editing = null;
    });
  }
}

/**
 * The picture: of a person it leads to their card, of a conversation to another picture.
 *
 * @param {Chat.Conversation} conversation
 */
function headPicture(conversation) {
  const shown = conversationAvatar(conversation, { size: "l" });
  if (conversation.kind === "direct") {
    const userId = conversation.peer?.id ?? context.store.me.id;
    return html`<button class="avatar-button" type="button" aria-label=${t("Profile")} title=${t("Profile")}
      @click=${() => emit("dialog", { name: "profile", userId })}>${shown}</button>`;
  }
  if (!mayEdit(conversation)) return shown;
  return html`<button class="avatar-button" type="button" aria-label=${t("Change the picture")} title=${t("Change the picture")}
    @click=${() => emit("dialog", { name: "picture", subject: { conversationId: conversation.id } })}>${shown}</button>`;
}

/**
 * One's own settings of the conversation, which nobody else sees.
 *
 * @param {Chat.Conversation} conversation
 */
function ownSettings(conversation) {
  const { commands } = context.session;
  const { id, notify } = conversation;
  const set = (/** @type {"mute" | "pin"} */ what) => (/** @type {Chat.FieldEvent} */ event) => {
    attempt(() => commands.setOwnState(id, what, event.target.checked));
  };
  const setNotify = (/** @type {Chat.FieldEvent} */ event) => {
    attempt(() => commands.setNotify(id, event.target.value));
  };
  return html`<section class="details-section">
    <label class="switch-row">${icon(isMuted(conversation) ? "mute" : "bell")}<span>${t("Mute")}</span>
      <input type="checkbox" role="switch" .checked=${isMuted(conversation)} @change=${set("mute")}></label>
    <label class="switch-row">${icon("pin")}<span>${t("Pin to the top")}</span>
      <input type="checkbox" role="switch" .checked=${Boolean(conversation.pinnedAt)} @change=${set("pin")}></label>
    <label class="switch-row">${icon("bell")}<span>${t("Notify me")}</span>
      <select class="field" .value=${notify ?? "all"} @change=${setNotify}>
        <option value="all" ?selected=${notify === "all"}>${t("of all messages")}</option>
        <option value="mentions" ?selected=${notify === "mentions"}>${t("when I am mentioned")}</option>
        <option value="none" ?selected=${notify === "none"}>${t("never")}</option>
      </select></label>
  </section>`;
}

/** @param {Chat.Conversation} conversation */
function lastActions(conversation) {
  if (conversation.kind === "direct") return peerActions(conversation);
  if (!conversation.role || conversation.leftAt) return nothing;
  return html`<section class="details-section"><button class="button-quiet button-danger" type="button" @click=${() => confirmLeave(conversation)}>
    ${icon("leave")}${t("Leave this conversation")}</button></section>`;
}

/** @param {Chat.Conversation} conversation */
function peerActions(conversation) {
  const { peer } = conversation;
  if (!peer || peer.id === context.store.me.id) return nothing;
  const name = titleOf(conversation);
  const report = () => emit("dialog", { name: "report", subject: { userId: peer.id } });
  return html`<section class="details-section">
    <button class="button-quiet button-danger" type="button" @click=${() => confirmBlock(peer.id, name)}>${icon("shield")}${t("Block {name}", { name })}</button>
    <button class="button-quiet button-danger" type="button" @click=${report}>${icon("flag")}${t("Report {name}", { name })}</button></section>`;
}

/**
 * @param {string} userId
 * @param {string} name
 */
function confirmBlock(userId, name) {
  emit("dialog", {
    name: "confirm",
    title: t("Block {name}?", { name }),
    text: t("Neither of you can write to the other until you take it back in your settings."),
    action: t("Block"),
    run: () => attemptUndoable(() => context.session.commands.block(userId), t("Blocked"), () => context.session.commands.unblock(userId)),
  });
}

/** @param {Chat.Conversation} conversation */
function mayEdit({ kind, leftAt, role }) {
  return kind !== "direct" && !leftAt && (role === "owner" || role === "admin");
}

customElements.define("chat-details", Details);
