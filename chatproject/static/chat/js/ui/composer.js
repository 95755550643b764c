// The composer: a field that grows with its text, keeps drafts, completes names and emoji, takes
// files and voice messages, and replies to or edits a message.

import { html, live, nothing } from "../../vendor/lit.js";
import { completed, edited, EMPTY, lengthOf, toContent, toEditable } from "../core/composer-text.js";
import { plural, t } from "../core/i18n.js";
import { logger } from "../core/logger.js";
import { Uploads } from "../core/uploads.js";
import { nameOf } from "./avatars.js";
import { CompletionList } from "./completion-list.js";
import { aboutEdit, aboutGone, aboutReply } from "./composer-about.js";
import { context, emojiIfLoaded, pickEmoji, toast } from "./context.js";
import { DraftKeeper } from "./draft-keeper.js";
import { ChatElement } from "./element.js";
import { pastedFiles, upload } from "./file-upload.js";
import { icon } from "./icons.js";
import { uploadTray } from "./upload-tray.js";
import { loadPart } from "./lazy-parts.js";
import { canRecord, VoiceRecording } from "./voice-recording.js";

const IME = 229; // the `keyCode` of a key that an input method takes; Safari sets no `isComposing` on Enter
const NEAR_LIMIT = 500;
const DEFAULT_LIMIT = 8000;

class Composer extends ChatElement {
  /** @type {Chat.Topic[]} */
  static topics = ["members", "people", "timeline"];
  static properties = { conversationId: {}, reply: {}, editing: {}, composed: { state: true }, refusal: { state: true } };

  constructor() {
    super();
    this.conversationId = "";
    /** @type {Chat.Message | null} */
    this.reply = null;
    /** @type {Chat.Message | null} */
    this.editing = null;
    /** @type {Chat.ComposerText} */
    this.composed = EMPTY;
    this.refusal = ""; // why Enter did nothing
    /** @type {Map<string, Uploads>} the files of each conversation wait for their message */
    this.uploadsById = new Map();
    this.drafts = new DraftKeeper();
    this.completions = new CompletionList(this, (completion, option) => this.#complete(completion, option));
    this.recording = new VoiceRecording(this, (file, duration) => this.addFiles([file], { duration }));
  }

  get text() {
    return this.composed.text;
  }

  get uploads() {
    const { conversationId } = this;
    let uploads = this.uploadsById.get(conversationId);
    if (!uploads) {
      const { attachments = 10, attachmentBytes } = context.limits;
      uploads = new Uploads({ upload, onChange: () => this.requestUpdate(), most: attachments, mostBytes: attachmentBytes });
      this.uploadsById.set(conversationId, uploads);
    }
    return uploads;
  }

  /** @param {Map<string, any>} changed */
  willUpdate(changed) {
    if (changed.has("conversationId")) {
      if (changed.get("conversationId")) this.#keepDraft(changed.get("conversationId"));
      this.#loadDraft();
    } else if (changed.has("editing")) {
      this.#switchEditing(changed.get("editing"));
    }
  }

  /** @param {Map<string, any>} changed */
  updated(changed) {
    if (changed.has("composed") || changed.has("conversationId")) this.#grow();
    if (changed.has("conversationId") && matchMedia("(hover: hover)").matches) this.focus();
  }

  /**
   * @param {Chat.Topic} topic
   * @param {string} [id]
   */
  concerns(topic, id) {
    return topic !== "timeline" || (this.reply !== null && id === this.conversationId);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.recording.cancel();
    this.#keepDraft(this.conversationId);
  }

  focus() {
    this.#field()?.focus();
  }

  #field() {
    return this.querySelector("textarea");
  }

  // -- drafts

  #loadDraft() {
    const draft = context.drafts.get(this.conversationId);
    this.#setContent(draft?.content ?? "");
    this.completions.close();
    if (!draft?.replyToSeq) return;
    const message = context.store.known(this.conversationId, draft.replyToSeq);
    if (message) this.#emit("restore-reply", message);
  }

  /** @param {string} id */
  #keepDraft(id) {
    if (this.editing) {
      this.drafts.cancel();
      return;
    }
    const content = toContent(this.composed);
    this.drafts.keep(id, { content, replyToSeq: content && this.reply ? this.reply.seq : null });
  }

  #keepDraftSoon() {
    const id = this.conversationId;
    this.drafts.keepSoon(() => {
      if (id === this.conversationId) this.#keepDraft(id);
    });
  }

  /** @param {Chat.Message | null} before */
  #switchEditing(before) {
    if (this.editing) {
      if (!before) this.beforeEditing = this.composed;
      this.#setContent(this.editing.content);
    } else if (before) {
      this.#set(this.beforeEditing ?? EMPTY);
      this.beforeEditing = undefined;
    }
  }

  /** @param {string} content */
  #setContent(content) {
    this.#set(toEditable(content, nameOf));
  }

  /** @param {Chat.ComposerText} composed */
  #set({ text, mentions }) {
    this.composed = { text, mentions };
    this.refusal = "";
  }

  /** What the server would store. */
  #content() {
    const index = emojiIfLoaded();
    return toContent(this.composed, (code) => index?.named(code));
  }

  // -- writing

  /** @param {Chat.FieldEvent} event */
  #handleInput(event) {
    const { value, selectionStart } = event.target;
    this.#set(edited(this.composed, value, selectionStart ?? value.length));
    this.completions.update(this.conversationId, value, selectionStart ?? 0);
    this.#keepDraftSoon();
    if (!this.editing && this.text) context.typing.reportTyping(this.conversationId);
  }

  #grow() {
    const field = this.#field();
    if (!field || CSS.supports("field-sizing", "content")) return;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
  }

  /** @param {KeyboardEvent} event */
  #handleKey(event) {
    if (event.isComposing || event.keyCode === IME) return;
    if (this.completions.handleKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "Escape" && (this.reply || this.editing)) {
      event.preventDefault();
      this.#emit("cancel-context");
    } else if (event.key === "ArrowUp" && !this.text && !event.altKey) {
      event.preventDefault();
      this.#emit("edit-last");
    }
  }

  /** @param {Event} [event] */
  #submit(event) {
    event?.preventDefault();
    const content = this.#content();
    this.refusal = this.#refusalOf(content);
    if (this.refusal) return;
    if (this.editing) this.#saveEdit(this.editing, content);
    else this.#send(content);
  }

  /**
   * Why a content cannot be sent as it is; empty when it can.
   *
   * @param {string} content
   */
  #refusalOf(content) {
    const excess = lengthOf(content) - this.#limit();
    if (excess > 0) return plural("The message is {count} character too long.", "The message is {count} characters too long.", excess);
    if (this.editing) return content ? "" : t("An edited message needs a text. Delete it instead.");
    if (this.uploads.isBusy) return t("Files are still being uploaded.");
    if (!content && !this.uploads.ready.length) return t("Write something first.");
    return this.#isReplyGone() ? t("The message that you reply to is gone. Send without it?") : "";
  }

  #isReplyGone() {
    return Boolean(this.reply && context.store.isGone(this.conversationId, this.reply.seq));
  }

  /** @param {string} content */
  #send(content) {
    const replyToSeq = this.reply?.seq ?? null;
    const id = this.conversationId;
    this.#set(EMPTY);
    this.completions.close();
    this.drafts.clear(this.conversationId);
    context.typing.reportStopped(this.conversationId);
    const draft = { content, replyToSeq, attachments: this.uploads.ready };
    const send = () => { context.session.commands.send(id, draft); };
    if (content[0] === "/" && !draft.attachments.length) loadPart("slash").then(({ callOrSend }) => callOrSend(id, content, send), send);
    else send();
    this.uploads.clear();
    this.#emit("done");
    this.#emit("sent");
    this.focus();
  }

  /**
   * @param {Chat.Message} message
   * @param {string} content
   */
  async #saveEdit(message, content) {
    this.#emit("done");
    if (content === message.content) return;
    await this.attempt(() => context.session.commands.edit(message.conversationId, message.seq, content));
  }

  /**
   * @param {string} type
   * @param {any} [detail]
   */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #limit() {
    return context.limits.messageLength ?? DEFAULT_LIMIT;
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
    this.#set(composed);
    this.completions.close();
    this.#keepDraftSoon();
    await this.updateComplete;
    const field = this.#field();
    field?.focus();
    field?.setSelectionRange(cursor, cursor);
  }

  /** @param {Event} event */
  #pickEmoji(event) {
    const { selectionStart: start = 0, selectionEnd: end = 0 } = this.#field() ?? {};
    pickEmoji(event.currentTarget, (emoji) => this.#insertAt({ start, end }, emoji));
  }

  // -- files

  /**
   * Files from the picker, the clipboard or a drop.
   *
   * @param {Iterable<File>} files
   * @param {Record<string, unknown>} [fields] sent along with each
   */
  addFiles(files, fields) {
    const list = [...files];
    if (this.editing || !list.length) return;
    const left = this.uploads.add(list, fields);
    if (left) toast(plural("{count} file does not fit into this message.", "{count} files do not fit into this message.", left), { isError: true });
    this.focus();
  }

  /** @param {ClipboardEvent} event */
  #handlePaste(event) {
    const files = pastedFiles(event.clipboardData);
    if (!files.length) return;
    event.preventDefault();
    this.addFiles(files);
  }

  /** @param {Chat.FieldEvent} event */
  #handleFiles(event) {
    this.addFiles(event.target.files ?? []);
    event.target.value = "";
  }

  /** @param {string} key */
  #removeFile(key) {
    const attachment = this.uploads.remove(key)?.attachment;
    if (!attachment) return;
    // The server deletes unsent files after a while in any case.
    context.session.commands.deleteAttachment(attachment.id).catch(
      (error) => logger.failure("Deleting an unsent file", error),
    );
  }

  // -- rendering

  render() {
    const { completions, recording, uploads } = this;
    const remove = (/** @type {string} */ key) => this.#removeFile(key);
    const retry = (/** @type {string} */ key) => uploads.retry(key);
    return html`<form class="composer" @submit=${this.#submit}>
      ${completions.isOpen ? completions.render() : nothing}
      ${this.#renderAbout()}
      ${uploads.items.length ? uploadTray(uploads.items, { remove, retry }) : nothing}
      ${recording.isRunning ? recording.render() : this.#renderLine()}
    </form>`;
  }

  #renderLine() {
    const left = this.#limit() - lengthOf(this.#content());
    const isOpen = this.completions.isOpen;
    return html`<div class="composer-line">
        <button class="icon-button" type="button" aria-label=${t("Attach files")} title=${t("Attach files")} ?disabled=${Boolean(this.editing)}
          @click=${() => /** @type {HTMLElement | null} */ (this.querySelector("input[type=file]"))?.click()}>${icon("clip")}</button>
        <input class="visually-hidden" type="file" multiple tabindex="-1" aria-label=${t("Files")} @change=${this.#handleFiles}>
        <button class="icon-button" type="button" aria-label=${t("Choose an emoji")} title=${t("Choose an emoji")} @click=${this.#pickEmoji}>${icon("smile")}</button>
        <textarea class="composer-field" rows="1" dir="auto" aria-label=${t("Message")} placeholder=${t("Message")}
          autocomplete="off" aria-autocomplete="list" aria-controls=${isOpen ? "completions" : nothing}
          aria-activedescendant=${isOpen ? this.completions.activeId : nothing}
          .value=${live(this.text)} @input=${this.#handleInput} @keydown=${this.#handleKey} @paste=${this.#handlePaste} @blur=${() => this.completions.close()}></textarea>
        ${this.refusal ? html`<span class="composer-refusal" role="alert">${this.refusal}</span>` : nothing}
        ${left < NEAR_LIMIT ? html`<span class="composer-left ${left < 0 ? "is-over" : ""}" role="status">${left < 0
          ? plural("{count} sign too many", "{count} signs too many", -left) : left}</span>` : nothing}
        ${canRecord() && !this.text && !this.editing && !this.uploads.items.length
          ? html`<button class="icon-button" type="button" aria-label=${t("Record a voice message")} title=${t("Record a voice message")} @click=${this.recording.start}>${icon("mic")}</button>` : nothing}
        <button class="send-button" type="submit" aria-label=${this.editing ? t("Save") : t("Send")} title=${this.editing ? t("Save") : t("Send")}
          ?disabled=${!this.#isReady(left)}>${this.editing ? icon("check") : icon("send")}</button>
      </div>`;
  }

  /** @param {number} left */
  #isReady(left) {
    if (left < 0 || this.uploads.isBusy) return false;
    return Boolean(this.text.trim()) || (!this.editing && this.uploads.ready.length > 0);
  }

  /** The message that is edited or replied to. */
  #renderAbout() {
    const cancel = () => this.#emit("cancel-context");
    if (this.editing) return aboutEdit(this.editing, cancel);
    if (!this.reply) return nothing;
    return this.#isReplyGone() ? aboutGone(() => this.#sendWithoutReply()) : aboutReply(this.reply, cancel);
  }

  #sendWithoutReply() {
    this.reply = null;
    if (this.#content() || this.uploads.ready.length) this.#submit();
    else this.#emit("cancel-context");
  }
}

customElements.define("chat-composer", Composer);
