// The composer: a field that grows with its text, keeps drafts, completes names and emoji, takes
// files and voice messages, and replies to or edits a message.

import { html, live, nothing } from "../../vendor/lit.js";
import { complete } from "../core/completion.js";
import { plural, t } from "../core/i18n.js";
import { logger } from "../core/logger.js";
import { plainLine } from "../core/markdown.js";
import { toContent, toEditable } from "../core/mention-text.js";
import { Uploads } from "../core/uploads.js";
import { nameOf } from "./avatars.js";
import { CompletionList } from "./completion-list.js";
import { context, emojiIfLoaded, pickEmoji, toast } from "./context.js";
import { DraftKeeper } from "./draft-keeper.js";
import { ChatElement } from "./element.js";
import { upload } from "./file-upload.js";
import { icon } from "./icons.js";
import { canRecord } from "./recorder.js";
import { uploadTray } from "./upload-tray.js";
import { VoiceRecording } from "./voice-recording.js";

const NEAR_LIMIT = 500;
const DEFAULT_LIMIT = 8000;

class Composer extends ChatElement {
  /** @type {Chat.Topic[]} */
  static topics = ["members", "people"];
  static properties = { conversationId: {}, reply: {}, editing: {}, text: { state: true } };

  constructor() {
    super();
    this.conversationId = "";
    /** @type {Chat.Message | null} */
    this.reply = null;
    /** @type {Chat.Message | null} */
    this.editing = null;
    this.text = "";
    /** @type {Map<string, string>} the people mentioned in the text: name → user id */
    this.names = new Map();
    /** @type {Map<string, Uploads>} the files of each conversation wait for their message */
    this.uploadsById = new Map();
    this.drafts = new DraftKeeper();
    this.completions = new CompletionList(this, (completion, option) => this.#complete(completion, option));
    this.recording = new VoiceRecording(this, (file, duration) => this.addFiles([file], { duration }));
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
    if (changed.has("text") || changed.has("conversationId")) this.#grow();
    if (changed.has("conversationId") && matchMedia("(hover: hover)").matches) this.focus();
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
    const message = context.store.message(this.conversationId, draft.replyToSeq);
    if (message) this.#emit("restore-reply", message);
  }

  /** @param {string} id */
  #keepDraft(id) {
    if (this.editing) {
      this.drafts.cancel();
      return;
    }
    const content = toContent(this.text, this.names);
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
      if (!before) this.beforeEditing = { text: this.text, names: this.names };
      this.#setContent(this.editing.content);
    } else if (before) {
      Object.assign(this, this.beforeEditing ?? { text: "", names: new Map() });
      this.beforeEditing = undefined;
    }
  }

  /** @param {string} content */
  #setContent(content) {
    Object.assign(this, toEditable(content, nameOf));
  }

  // -- writing

  /** @param {Chat.FieldEvent} event */
  #handleInput(event) {
    this.text = event.target.value;
    this.completions.update(this.conversationId, this.text, event.target.selectionStart ?? 0);
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
    if (event.isComposing) return;
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
    const content = toContent(emojiIfLoaded()?.replace(this.text) ?? this.text, this.names);
    if (content.length > this.#limit()) return;
    if (this.editing) this.#saveEdit(this.editing, content);
    else if ((content || this.uploads.ready.length) && !this.uploads.isBusy) this.#send(content);
  }

  /** @param {string} content */
  #send(content) {
    const replyToSeq = this.reply?.seq ?? null;
    this.text = "";
    this.names = new Map();
    this.completions.close();
    this.drafts.clear(this.conversationId);
    context.typing.reportStopped(this.conversationId);
    context.session.commands.send(this.conversationId, { content, replyToSeq, attachments: this.uploads.ready });
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
    if (!content) return;
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
    if (option.userId) this.names.set(option.label, option.userId);
    if (option.emoji) context.recentEmoji.add(option.emoji);
    this.#insertAt(completion, option.insert);
  }

  /**
   * @param {{start: number, end: number}} range
   * @param {string} insert
   */
  async #insertAt(range, insert) {
    const { text, cursor } = complete(this.text, range, insert);
    this.text = text;
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
    const files = [...(event.clipboardData?.files ?? [])];
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
      ${this.#renderContext()}
      ${uploads.items.length ? uploadTray(uploads.items, { remove, retry }) : nothing}
      ${recording.isRunning ? recording.render() : this.#renderLine()}
    </form>`;
  }

  #renderLine() {
    const left = this.#limit() - this.text.length;
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
  #renderContext() {
    if (this.editing) return this.#renderQuoted(t("Edit message"), this.editing, "edit");
    if (!this.reply) return nothing;
    return this.#renderQuoted(t("Reply to {name}", { name: nameOf(this.reply.senderId) }), this.reply, "reply");
  }

  /**
   * @param {string} title
   * @param {Chat.Message} message
   * @param {string} name of the icon
   */
  #renderQuoted(title, message, name) {
    return html`<div class="composer-about">${icon(name)}
      <p><strong dir="auto">${title}</strong><span dir="auto">${plainLine(message.content, nameOf) || t("A file")}</span></p>
      <button class="icon-button" type="button" aria-label=${t("Cancel")} @click=${() => this.#emit("cancel-context")}>${icon("close")}</button></div>`;
  }
}

customElements.define("chat-composer", Composer);
