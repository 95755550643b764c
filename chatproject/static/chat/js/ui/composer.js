// The composer: a field that grows with its text, completes names and emoji, and replies to or edits a
// message. Drafts, files, keys, pasting and sending are in the modules `composer-….js`.

import { html, live, nothing } from "../../vendor/lit.js";
import { completed, edited, EMPTY, lengthOf, toContent, toEditable } from "../core/composer-text.js";
import { plural, t } from "../core/i18n.js";
import { logger } from "../core/logger.js";
import { nameOf } from "./avatars.js";
import { aboutEdit, aboutGone, aboutReply } from "./composer-about.js";
import { ComposerDrafts } from "./composer-drafts.js";
import { ComposerFiles } from "./composer-files.js";
import { formatOf, isInFence, isInList, isOfInputMethod } from "./composer-keys.js";
import { handlePaste } from "./composer-pasting.js";
import { ComposerSending } from "./composer-sending.js";
import { context, emojiIfLoaded, pickEmoji } from "./context.js";
import { ChatElement } from "./element.js";
import { icon } from "./icons.js";
import { loadPart } from "./lazy-parts.js";

const CAN_RECORD = "mediaDevices" in navigator && "MediaRecorder" in globalThis;
const NEAR_LIMIT = 500;
const DEFAULT_LIMIT = 8000;

export class Composer extends ChatElement {
  /** @type {Chat.Topic[]} */
  static topics = ["members", "people", "timeline", "drafts"];
  static properties = {
    conversationId: {}, threadSeq: {}, reply: {}, editing: {}, composed: { state: true }, toolbar: { state: true }, refusal: { state: true },
  };

  constructor() {
    super();
    this.conversationId = "";
    /** @type {number | null} the root of the thread, in a thread */
    this.threadSeq = null;
    this.key = "";
    /** @type {Chat.Message | null} */
    this.reply = null;
    /** @type {Chat.Message | null} */
    this.editing = null;
    /** @type {Chat.ComposerText} */
    this.composed = EMPTY;
    this.refusal = ""; // why Enter did nothing
    /** @type {((format: (name: string) => void, place: {conversationId: string, threadSeq: number | null}) => unknown) | null} */
    this.toolbar = null;
    this.drafts = new ComposerDrafts(this);
    this.files = new ComposerFiles(this);
    this.sending = new ComposerSending(this);
    /** @type {import("./completion-list.js").CompletionList | null} once its part is loaded */
    this.completions = null;
    this.suggestions = 0; // counts requests for completions
  }

  get text() {
    return this.composed.text;
  }

  get limit() {
    return context.limits.messageLength ?? DEFAULT_LIMIT;
  }

  get isReplyGone() {
    return Boolean(this.reply && context.store.isGone(this.conversationId, this.reply.seq));
  }

  get field() {
    return this.querySelector("textarea");
  }

  /** @param {Map<string, any>} changed */
  willUpdate(changed) {
    const key = this.threadSeq ? `${this.conversationId}/t/${this.threadSeq}` : this.conversationId;
    if (key !== this.key) {
      if (this.key) this.drafts.keep(this.key);
      this.key = key;
      this.drafts.load();
      this.isNewPlace = true;
    } else if (changed.has("reply") && this.text) {
      this.drafts.keepSoon();
    } else if (changed.has("editing")) {
      this.drafts.switchEditing(changed.get("editing"));
    }
  }

  /** @param {Map<string, any>} changed */
  updated(changed) {
    if (changed.has("composed") || this.isNewPlace) this.#grow();
    if (this.isNewPlace && matchMedia("(hover: hover)").matches) this.focus();
    this.isNewPlace = false;
  }

  /**
   * @param {Chat.Topic} topic
   * @param {string} [id]
   */
  concerns(topic, id) {
    if (topic === "drafts" && id === this.key) this.drafts.loadUnlessTyping();
    return topic !== "timeline" || (this.reply !== null && id === this.conversationId);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.files.recording?.cancel();
    this.drafts.keep(this.key);
  }

  focus() {
    this.field?.focus();
  }

  /**
   * @param {string} type
   * @param {any} [detail]
   */
  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  // -- the text

  /** @param {string} content */
  setContent(content) {
    this.setText(toEditable(content, nameOf));
  }

  /** @param {Chat.ComposerText} composed */
  setText({ text, mentions }) {
    this.composed = { text, mentions };
    this.refusal = "";
  }

  /** What the server would store. */
  content() {
    const index = emojiIfLoaded();
    return toContent(this.composed, (code) => index?.named(code));
  }

  /** @param {Chat.FieldEvent} event */
  #handleInput(event) {
    const { value, selectionStart } = event.target;
    this.setText(edited(this.composed, value, selectionStart ?? value.length));
    this.#suggest(value, selectionStart ?? 0);
    this.drafts.keepSoon();
    if (!this.editing && !this.threadSeq && this.text) context.typing.reportTyping(this.conversationId);
  }

  /**
   * @param {string} value
   * @param {number} cursor
   */
  async #suggest(value, cursor) {
    this.suggestions += 1;
    const turn = this.suggestions;
    try {
      // No await once they are loaded, so that the next key press finds the list up to date.
      this.completions ??= await this.#loadCompletions();
    } catch (error) {
      logger.failure("Loading the suggestions", error); // the composer works without them
    }
    if (turn === this.suggestions && value === this.field?.value) this.completions?.update(this.conversationId, value, cursor);
  }

  async #loadCompletions() {
    const { CompletionList } = await loadPart("composing");
    return this.completions ?? new CompletionList(this, (/** @type {Chat.Completion} */ completion, /** @type {Chat.CompletionOption} */ option) => this.#complete(completion, option));
  }

  #grow() {
    const field = this.field;
    if (!field || CSS.supports("field-sizing", "content")) return;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
  }

  /** @param {KeyboardEvent} event */
  #handleKey(event) {
    if (isOfInputMethod(event)) return;
    if (this.completions?.handleKey(event)) return;
    if (event.key === "Escape") this.suggestions += 1; // the list that is being loaded does not open
    const format = formatOf(event);
    if (format) {
      event.preventDefault();
      this.#format(format);
      return;
    }
    const { selectionStart: cursor } = /** @type {HTMLTextAreaElement} */ (event.target);
    if (event.key === "Enter" && event.shiftKey && isInList(this.text, cursor)) {
      event.preventDefault();
      this.#format("newline");
      return;
    }
    if (event.key === "Enter" && !event.shiftKey && isInFence(this.text, cursor)) return; // code goes on
    if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      this.sending.submit();
    } else if (event.key === "Escape" && (this.reply || this.editing)) {
      event.preventDefault();
      this.tell("cancel-context");
    } else if (event.key === "ArrowUp" && !this.text && !event.altKey) {
      event.preventDefault();
      this.tell("edit-last");
    }
  }

  /** @param {Event} event */
  #handleSubmit(event) {
    event.preventDefault();
    this.sending.submit();
  }

  /** Empties the composer after its text was sent. */
  clear() {
    this.setText(EMPTY);
    this.completions?.close();
    this.drafts.clear(this.key);
    context.typing.reportStopped(this.conversationId);
    this.files.clear();
    this.tell("done");
  }

  // -- completion and emoji

  /**
   * @param {Chat.Completion} completion
   * @param {Chat.CompletionOption} option
   */
  #complete(completion, option) {
    if (option.emoji) context.recentEmoji.add(option.emoji);
    this.#insertAt(completion, option.insert, option.userId);
  }

  /**
   * @param {Chat.TextRange} range
   * @param {string} insert
   * @param {string} [userId]
   */
  async #insertAt(range, insert, userId) {
    const { cursor, ...composed } = completed(this.composed, range, insert, userId);
    this.setText(composed);
    this.completions?.close();
    this.drafts.keepSoon();
    await this.updateComplete;
    const field = this.field;
    field?.focus();
    field?.setSelectionRange(cursor, cursor);
  }

  /** @param {Event} event */
  #pickEmoji(event) {
    const { selectionStart: start = 0, selectionEnd: end = 0 } = this.field ?? {};
    pickEmoji(event.currentTarget, (emoji) => this.#insertAt({ start, end }, emoji));
  }

  // -- pasting and formats

  /** @param {ClipboardEvent} event */
  #handlePaste(event) {
    handlePaste(event, { addFiles: (files) => this.files.add(files), insert: (text) => this.#insert(text) });
  }

  /** @param {string} insert in the place of the selection */
  #insert(insert) {
    const { selectionStart: start = 0, selectionEnd: end = 0 } = this.field ?? {};
    return this.#replace(this.text.slice(0, start) + insert + this.text.slice(end), start + insert.length, start + insert.length);
  }

  /** @param {string} name of a format, see core/formatting.js */
  #format(name) {
    return this.attempt(async () => {
      const { formatted } = await loadPart("composing");
      const { selectionStart = 0, selectionEnd = 0 } = this.field ?? {};
      const { text, start, end } = formatted(name, this.text, selectionStart, selectionEnd);
      await this.#replace(text, start, end);
    });
  }

  /**
   * @param {string} text
   * @param {number} start of the selection
   * @param {number} end
   */
  async #replace(text, start, end) {
    this.setText(edited(this.composed, text, end));
    this.drafts.keepSoon();
    await this.updateComplete;
    const field = this.field;
    field?.focus();
    field?.setSelectionRange(start, end);
  }

  #toggleTools() {
    return this.attempt(async () => {
      const { toolbar } = await loadPart("composing");
      this.toolbar = this.toolbar ? null : toolbar;
    });
  }

  /**
   * The menu on a phone, which has no room for all buttons.
   *
   * @param {any} event
   */
  #openMore({ currentTarget }) {
    const { conversationId, threadSeq } = this;
    return this.attempt(async () => (await loadPart("composing")).openMore(currentTarget, {
      place: { conversationId, threadSeq }, isEditing: Boolean(this.editing), hasTools: Boolean(this.toolbar),
      chooseFiles: () => this.files.choose(), toggleTools: () => this.#toggleTools(),
      sendLater: this.#canSendLater(this.#left) && (() => this.sending.sendLater(currentTarget)),
    }));
  }

  // -- rendering

  render() {
    const { completions } = this;
    const { recording } = this.files;
    return html`<form class="composer" @submit=${this.#handleSubmit}>
      ${completions?.isOpen ? completions.render() : nothing}
      ${this.#renderAbout()}
      ${this.files.render()}
      ${this.toolbar ? this.toolbar((/** @type {string} */ name) => this.#format(name), { conversationId: this.conversationId, threadSeq: this.threadSeq }) : nothing}
      ${recording?.isRunning ? recording.render() : this.#renderLine()}
      ${this.threadSeq && !this.editing ? html`<label class="composer-also"><input type="checkbox" name="also">${t("Also send to the conversation")}</label>` : nothing}
    </form>`;
  }

  #renderLine() {
    const left = this.#left;
    const isOpen = Boolean(this.completions?.isOpen);
    const label = this.threadSeq ? t("Reply in thread") : t("Message");
    return html`<div class="composer-line">
        <button class="icon-button only-narrow" type="button" aria-label=${t("Add to the message")} title=${t("Add to the message")}
          aria-haspopup="menu" aria-expanded="false" @click=${this.#openMore}>${icon("plus")}</button>
        <button class="icon-button only-wide" type="button" aria-label=${t("Attach files")} title=${t("Attach files")} ?disabled=${Boolean(this.editing)}
          @click=${() => this.files.choose()}>${icon("clip")}</button>
        <input class="visually-hidden" type="file" multiple tabindex="-1" aria-label=${t("Files")} @change=${(/** @type {Chat.FieldEvent} */ event) => this.files.handleChosen(event)}>
        <button class="icon-button" type="button" aria-label=${t("Choose an emoji")} title=${t("Choose an emoji")} @click=${this.#pickEmoji}>${icon("smile")}</button>
        <button class="icon-button only-wide" type="button" aria-label=${t("Formatting")} title=${t("Formatting")} aria-pressed=${String(Boolean(this.toolbar))}
          @click=${this.#toggleTools}>${icon("edit")}</button>
        <textarea class="composer-field" rows="1" dir="auto" aria-label=${label} placeholder=${this.threadSeq ? t("Reply") : label}
          autocomplete="off" aria-autocomplete="list" aria-controls=${isOpen ? "completions" : nothing}
          aria-activedescendant=${isOpen ? this.completions?.activeId : nothing}
          .value=${live(this.text)} @input=${this.#handleInput} @keydown=${this.#handleKey} @paste=${this.#handlePaste} @blur=${() => this.completions?.close()}></textarea>
        ${this.refusal ? html`<span class="composer-refusal" role="alert">${this.refusal}</span>` : nothing}
        ${left < NEAR_LIMIT ? html`<span class="composer-left ${left < 0 ? "is-over" : ""}" role="status">${left < 0
          ? plural("{count} character too many", "{count} characters too many", -left) : left}</span>` : nothing}
        ${CAN_RECORD && !this.text && !this.editing && this.files.isEmpty
          ? html`<button class="icon-button" type="button" aria-label=${t("Record a voice message")} title=${t("Record a voice message")} @click=${() => this.files.record()}>${icon("mic")}</button>` : nothing}
        ${this.#canSendLater(left) ? html`<button class="icon-button only-wide" type="button" aria-label=${t("Send later")} title=${t("Send later")}
          aria-haspopup="menu" aria-expanded="false" @click=${(/** @type {any} */ { currentTarget }) => this.sending.sendLater(currentTarget)}>${icon("clock")}</button>` : nothing}
        <button class="send-button" type="submit" aria-label=${this.editing ? t("Save") : t("Send")} title=${this.editing ? t("Save") : t("Send")}
          ?disabled=${!this.#isReady(left)}>${this.editing ? icon("check") : icon("send")}</button>
      </div>`;
  }

  /** How many characters may still be added. */
  get #left() {
    return this.limit - lengthOf(this.content());
  }

  /** @param {number} left */
  #isReady(left) {
    if (left < 0 || this.files.isBusy) return false;
    return Boolean(this.text.trim()) || (!this.editing && this.files.ready.length > 0);
  }

  /**
   * Whether there is a message that may be sent later.
   *
   * @param {number} left
   */
  #canSendLater(left) {
    return !this.editing && this.#isReady(left);
  }

  /** Renders the message that is edited or replied to. */
  #renderAbout() {
    const cancel = () => this.tell("cancel-context");
    if (this.editing) return aboutEdit(this.editing, cancel);
    if (!this.reply) return nothing;
    return this.isReplyGone ? aboutGone(() => this.#sendWithoutReply()) : aboutReply(this.reply, cancel);
  }

  #sendWithoutReply() {
    this.reply = null;
    if (this.content() || this.files.ready.length) this.sending.submit();
    else this.tell("cancel-context");
  }
}

customElements.define("chat-composer", Composer);
