// The directory of public conversations: what each is about, how many are in it and what was said last.

import { html, nothing, repeat } from "../../vendor/lit.js";
import { plural, t } from "../core/i18n.js";
import { listTime } from "../core/times.js";
import { conversationFromWire } from "../core/wire.js";
import { conversationAvatar, titleOf } from "./avatars.js";
import { context, emit } from "./context.js";
import { ChatElement } from "./element.js";

// Here, since the first view does without.
const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  chat-directory { display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--space-3); }
  .dialog.dialog-directory { inline-size: min(40rem, calc(100vi - 2rem)); }
  .directory-tools { display: flex; flex-wrap: wrap; gap: var(--space-2); }
  .directory-tools .field { flex: 1 1 12rem; inline-size: auto; }
  .directory-tools label { flex: 0 1 auto; }
  .directory-list { display: grid; grid-template-columns: minmax(0, 1fr); align-content: start; min-block-size: min(24rem, 50dvb); }
  .directory-row { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: 2px var(--space-3); align-items: center; inline-size: 100%; padding: var(--space-3) var(--space-2); border: 0; border-radius: var(--radius-m); background: none; color: inherit; text-align: start; cursor: pointer; }
  .directory-row:hover { background: var(--hover); }
  .directory-row .avatar { grid-row: span 3; align-self: start; }
  .directory-name { overflow: hidden; font-weight: var(--bold); text-overflow: ellipsis; white-space: nowrap; }
  .directory-facts { color: var(--muted); font-size: var(--text-s); white-space: nowrap; }
  .directory-topic, .directory-preview { grid-column: 2 / -1; overflow: hidden; font-size: var(--text-s); text-overflow: ellipsis; white-space: nowrap; }
  .directory-preview { color: var(--muted); }
  .directory-joined { margin-inline-start: var(--space-2); padding-inline: var(--space-2); border-radius: var(--radius-full); background: var(--accent-soft); color: var(--on-accent-soft); font-weight: var(--medium); font-size: var(--text-xs); }
}`);
document.adoptedStyleSheets.push(styles);

const PAGE = 20;
const PAUSE_MS = 220;
const NEAR_END = 400; // pixels

/** @typedef {"name" | "people" | "activity"} Sort */

class Directory extends ChatElement {
  static properties = { found: { state: true }, next: { state: true }, sort: { state: true }, isBusy: { state: true } };

  constructor() {
    super();
    /** @type {Chat.PublicConversation[] | null} */
    this.found = null;
    /** @type {string | null} */
    this.next = null;
    /** @type {Sort} */
    this.sort = "people";
    this.query = "";
    this.isBusy = false;
    this.turn = 0;
    /** @type {HTMLDialogElement | null} */
    this.dialog = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.#load();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.timer);
    this.dialog?.removeEventListener("scroll", this.#scrolled);
  }

  /** @param {string | null} [cursor] goes on from there, else anew */
  async #load(cursor = null) {
    clearTimeout(this.timer);
    this.turn += 1;
    const { turn } = this;
    this.isBusy = true;
    const page = await this.attempt(() => context.session.rest.get(["conversations"], {
      kind: "public", sort: this.sort, limit: PAGE, ...(this.query && { q: this.query }), ...(cursor && { cursor }),
    }));
    if (turn !== this.turn) return; // something else was asked for meanwhile
    this.isBusy = false;
    if (!page) return;
    this.found = [...(cursor ? this.found ?? [] : []), ...page.results.map(conversationFromWire)];
    this.next = page.next;
  }

  /** @param {any} event */
  #type(event) {
    this.query = event.target.value.trim();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#load(), PAUSE_MS);
  }

  /** @param {any} event */
  #order(event) {
    this.sort = event.target.value;
    this.#load();
  }

  /** Loads on where the end comes near. */
  #scrolled = () => {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = this.dialog ?? {};
    if (this.next && !this.isBusy && clientHeight && scrollHeight - scrollTop - clientHeight < NEAR_END) this.#load(this.next);
  };

  updated() {
    if (!this.dialog) {
      this.dialog = this.closest("dialog");
      this.dialog?.addEventListener("scroll", this.#scrolled);
    }
    this.#scrolled(); // what has come may not reach below the view
  }

  render() {
    const sorts = [["people", t("Most people")], ["activity", t("Latest activity")], ["name", t("Name")]];
    return html`<div class="directory-tools">
        <input class="field" type="search" autofocus autocomplete="off" maxlength="200" aria-label=${t("Find public conversations")} placeholder=${t("Find public conversations")} @input=${this.#type}>
        <label><span class="visually-hidden">${t("Sort by")}</span><select class="field" @change=${this.#order}>${sorts.map(
          ([value, label]) => html`<option value=${value} ?selected=${value === this.sort}>${label}</option>`)}</select></label>
      </div>
      <ul class="directory-list" aria-label=${t("Public conversations")} aria-busy=${String(this.isBusy)}>${repeat(this.found ?? [], (each) => each.id, (each) => html`<li>${directoryRow(each)}</li>`)}</ul>
      <p class="hint" role="status" ?hidden=${Boolean(this.found?.length)}>${!this.found || this.isBusy ? t("Loading…") : this.query ? t("No matches") : t("There is no public conversation yet.")}</p>
      ${this.next ? html`<button class="button-quiet" type="button" ?disabled=${this.isBusy} @click=${() => this.#load(this.next)}>${t("Show more")}</button>` : nothing}`;
  }
}

/** @param {Chat.PublicConversation} conversation */
function directoryRow(conversation) {
  const { preview, topic } = conversation;
  return html`<button class="directory-row" type="button" data-id=${conversation.id} @click=${() => emit("go", { id: conversation.id })}>
    ${conversationAvatar(conversation)}
    <span class="directory-name"><span dir="auto">${titleOf(conversation)}</span>${conversation.joined ? html`<span class="directory-joined">${t("Joined")}</span>` : nothing}</span>
    <span class="directory-facts">${plural("{count} person", "{count} people", conversation.memberCount ?? 0)}${conversation.lastMessageAt ? html` · <time datetime=${conversation.lastMessageAt}>${listTime(conversation.lastMessageAt)}</time>` : nothing}</span>
    ${topic ? html`<span class="directory-topic" dir="auto">${topic}</span>` : nothing}
    <span class="directory-preview" dir="auto">${preview ? previewLine(preview) : t("No messages yet")}</span>
  </button>`;
}

/** @param {Chat.PublicPreview} preview */
function previewLine({ kind, text, senderName }) {
  const said = text || (kind === "image" ? t("A picture") : t("A file"));
  return senderName ? t("{name}: {text}", { name: senderName, text: said }) : said;
}

customElements.define("chat-directory", Directory);
