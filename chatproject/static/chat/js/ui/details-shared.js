// Pinned messages and files of a conversation, in its details.

import { html, nothing } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { logger } from "../core/logger.js";
import { plainLine } from "../core/markdown.js";
import { kindOf } from "../core/media.js";
import { shortTime } from "../core/times.js";
import { file, picture } from "./attachments.js";
import { nameOf } from "./avatars.js";
import { context, emit, showFailure } from "./context.js";

const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .details-pin { display: grid; gap: 2px; inline-size: 100%; padding: var(--space-2) var(--space-3); border: 0; border-radius: var(--radius-m); background: var(--raised); font-size: var(--text-s); text-align: start; cursor: pointer; box-shadow: var(--shadow-s); overflow-wrap: anywhere; }
  .details-list li + li .details-pin { margin-block-start: var(--space-2); }
  .details-pin:hover { background: var(--hover); }
  .details-pin > span:last-child { display: -webkit-box; overflow: hidden; -webkit-box-orient: vertical; -webkit-line-clamp: 4; }
  .details-pin-head { display: flex; justify-content: space-between; gap: var(--space-2); }
  .details-pin time { color: var(--muted); font-size: var(--text-xs); white-space: nowrap; }
}`);
document.adoptedStyleSheets.push(styles);

const FILES = 12; // a page

/** A reactive controller of the details: loads both parts and renders them. */
export class SharedParts {
  /** @param {Chat.ReactiveHost} host */
  constructor(host) {
    this.host = host;
    /** @type {string | null} */
    this.conversationId = null;
    /** @type {Chat.Message[]} */
    this.pins = [];
    /** @type {Chat.Attachment[]} */
    this.files = [];
    /** @type {string | null} */
    this.nextFiles = null;
    this.hasFailed = false;
  }

  /** @param {string} conversationId */
  load(conversationId) {
    Object.assign(this, { conversationId, pins: [], files: [], nextFiles: null, hasFailed: false });
    this.loadPins();
    this.#loadFiles().catch((error) => this.#handleFailure("Loading files", error));
  }

  async loadPins() {
    const id = this.conversationId;
    try {
      const found = await context.session.rest.get(["conversations", id, "pins"]);
      if (id !== this.conversationId) return;
      context.store.addPeople(found.people);
      this.pins = found.results;
      this.host.requestUpdate();
    } catch (error) {
      this.#handleFailure("Loading pinned messages", error);
    }
  }

  async #loadFiles() {
    const id = this.conversationId;
    const path = ["conversations", id, "attachments"];
    const page = await context.session.rest.get(path, { limit: FILES, cursor: this.nextFiles });
    if (id !== this.conversationId) return;
    const attachments = page.results.map((/** @type {{attachment: Chat.Attachment}} */ each) => each.attachment);
    this.files = [...this.files, ...attachments];
    this.nextFiles = page.next;
    this.host.requestUpdate();
  }

  async #loadMoreFiles() {
    try {
      await this.#loadFiles();
    } catch (error) {
      showFailure(error);
    }
  }

  /**
   * @param {string} what
   * @param {unknown} error
   */
  #handleFailure(what, error) {
    logger.failure(what, error);
    this.hasFailed = true;
    this.host.requestUpdate();
  }

  render() {
    return html`${this.hasFailed ? this.#renderFailure() : nothing} ${this.#renderPins()} ${this.#renderFiles()}`;
  }

  #renderFailure() {
    return html`<section class="details-section" role="status">
      <p class="hint">${t("Pinned messages and files could not be loaded.")}</p>
      <button class="button-quiet" type="button" @click=${() => this.conversationId && this.load(this.conversationId)}>${t("Try again")}</button>
    </section>`;
  }

  #renderPins() {
    return html`<section class="details-section" aria-label=${t("Pinned messages")}>
      <h3>${t("Pinned messages")}</h3>
      ${this.pins.length ? html`<ul class="details-list">${this.pins.map((message) => html`<li>
        <button class="details-pin" type="button" @click=${() => emit("go", { id: message.conversationId, seq: message.seq })}>
          <span class="details-pin-head"><strong dir="auto">${nameOf(message.senderId)}</strong>
            <time datetime=${message.createdAt}>${shortTime(message.createdAt)}</time></span>
          <span dir="auto">${plainLine(message.content, nameOf) || t("A file")}</span></button></li>`)}</ul>`
        : html`<p class="hint">${t("Pin what should not get lost, from a message’s menu.")}</p>`}
    </section>`;
  }

  #renderFiles() {
    if (!this.files.length) return nothing;
    const pictures = this.files.filter((each) => kindOf(each) === "picture");
    const others = this.files.filter((each) => kindOf(each) !== "picture");
    return html`<section class="details-section" aria-label=${t("Files")}>
      <h3>${t("Files")}</h3>
      ${pictures.length ? html`<div class="details-pictures">${pictures.map((_, at) => picture(pictures, at))}</div>` : nothing}
      ${others.length ? html`<ul class="details-list">${others.map((each) => html`<li>${file(each)}</li>`)}</ul>` : nothing}
      ${this.nextFiles ? html`<button class="button-quiet" type="button" @click=${() => this.#loadMoreFiles()}>${t("Show older files")}</button>` : nothing}
    </section>`;
  }
}
