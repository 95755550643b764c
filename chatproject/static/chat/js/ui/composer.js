// The composer: a field that grows with its text, keeps drafts, completes names and emoji, takes
// files and voice messages, and replies to or edits a message.

import { html, live, nothing } from "../../vendor/lit.js";
import { COMMAND, IS_RICH, isInFence, isInList } from "../core/fences.js";
import { completed, edited, EMPTY, lengthOf, toContent, toEditable } from "../core/composer-text.js";
import { plural, t } from "../core/i18n.js";
import { logger } from "../core/logger.js";
import { Uploads } from "../core/uploads.js";
import { nameOf } from "./avatars.js";
import { aboutEdit, aboutGone, aboutReply } from "./composer-about.js";
import { context, emit, emojiIfLoaded, pickEmoji, showFailure, toast } from "./context.js";
import { DraftKeeper } from "./draft-keeper.js";
import { ChatElement } from "./element.js";
import { pastedFiles, upload } from "./file-upload.js";
import { icon } from "./icons.js";
import { loadPart } from "./lazy-parts.js";
import { canRecord, VoiceRecording } from "./voice-recording.js";

const IME = 229; // the `keyCode` of a key that an input method takes; Safari sets no `isComposing` on Enter
const NEAR_LIMIT = 500;
const DEFAULT_LIMIT = 8000;

/** @type {Record<string, string>} */
const FORMATS = { b: "bold", i: "italic", e: "code", "shift x": "strike" };

/** @param {KeyboardEvent} event */
function formatOf(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return undefined;
  return FORMATS[`${event.shiftKey ? "shift " : ""}${event.key.toLowerCase()}`];
}

/** For how long a message can be taken back, as one has set it. */
function undoMs() {
  return (context.settings?.undoSeconds ?? 0) * 1000;
}

class Composer extends ChatElement {
  /** @type {Chat.Topic[]} */
  static topics = ["members", "people", "timeline", "drafts"];
  static properties = {
    conversationId: {}, threadSeq: {}, reply: {}, editing: {}, composed: { state: true }, toolbar: { state: true }, refusal: { state: true },
  };

  constructor() {
    super();
    this.conversationId = "";
    /** @type {number | null} the root of the thread that is written in */
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
    /** @type {Map<string, Uploads>} the files of each conversation wait for their message */
    this.uploadsById = new Map();
    this.drafts = new DraftKeeper();
    /** @type {import("./completion-list.js").CompletionList | null} when its part is there */
    this.completions = null;
    this.suggestions = 0; // how often they were asked for
    /** @type {typeof import("./upload-tray.js").uploadTray | null} */
    this.uploadTray = null;
    this.recording = new VoiceRecording(this, (file, duration) => this.addFiles([file], { duration }));
  }

  get text() {
    return this.composed.text;
  }

  get uploads() {
    const { key } = this;
    let uploads = this.uploadsById.get(key);
    if (!uploads) {
      const { attachments = 10, attachmentBytes } = context.limits;
      uploads = new Uploads({ upload, onChange: () => this.requestUpdate(), most: attachments, mostBytes: attachmentBytes });
      this.uploadsById.set(key, uploads);
    }
    return uploads;
  }

  /** @param {Map<string, any>} changed */
  willUpdate(changed) {
    const key = this.threadSeq ? `${this.conversationId}/t/${this.threadSeq}` : this.conversationId;
    if (key !== this.key) {
      if (this.key) this.#keepDraft(this.key);
      this.key = key;
      this.#loadDraft();
      this.isNewPlace = true;
    } else if (changed.has("reply") && this.text) {
      this.#keepDraftSoon();
    } else if (changed.has("editing")) {
      this.#switchEditing(changed.get("editing"));
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
    if (topic === "drafts" && id === this.key && !this.#isTyping()) this.#loadDraft();
    return topic !== "timeline" || (this.reply !== null && id === this.conversationId);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.recording.cancel();
    this.#keepDraft(this.key);
  }

  focus() {
    this.#field()?.focus();
  }

  #field() {
    return this.querySelector("textarea");
  }

  // -- drafts

  /** What is being typed is not overwritten under the cursor. */
  #isTyping() {
    return Boolean(this.editing) || (this.isTouched && Boolean(this.text) && document.hasFocus() && document.activeElement === this.#field());
  }

  #loadDraft() {
    this.isTouched = false;
    const draft = context.drafts.get(this.key);
    this.#setContent(draft?.content ?? "");
    this.completions?.close();
    if (!draft?.replyToSeq) return;
    const message = context.store.known(this.conversationId, draft.replyToSeq);
    if (message) this.#emit("restore-reply", message);
  }

  /** @param {string} id */
  #keepDraft(id) {
    if (this.editing || !this.isTouched) {
      this.drafts.cancel();
      return;
    }
    const content = toContent(this.composed);
    this.drafts.keep(id, { content, replyToSeq: content && this.reply ? this.reply.seq : null });
  }

  #keepDraftSoon() {
    this.isTouched = true;
    const { key } = this;
    this.drafts.keepSoon(() => {
      if (key === this.key) this.#keepDraft(key);
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
    this.#suggest(value, selectionStart ?? 0);
    this.#keepDraftSoon();
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
      // Without a pause where they are there: what is typed next finds the list as it is.
      this.completions ??= await this.#loadCompletions();
    } catch (error) {
      logger.failure("Loading the suggestions", error); // the text can be written without
    }
    if (turn === this.suggestions && value === this.#field()?.value) this.completions?.update(this.conversationId, value, cursor);
  }

  async #loadCompletions() {
    const { CompletionList } = await loadPart("composing");
    return this.completions ?? new CompletionList(this, (/** @type {Chat.Completion} */ completion, /** @type {Chat.CompletionOption} */ option) => this.#complete(completion, option));
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
    const command = this.editing ? null : COMMAND.exec(content);
    if (this.editing) this.#saveEdit(this.editing, content);
    else if (command) this.#runCommand(command[1], command[2] ?? "");
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

  /**
   * @param {string} name
   * @param {string} given
   */
  #runCommand(name, given) {
    const { conversationId, reply, text, threadSeq } = this;
    return this.attempt(async () => {
      const { runCommand } = await loadPart("composing");
      const { send, refusal } = await runCommand(name, given, { conversationId, reply, threadSeq });
      if (conversationId !== this.conversationId || text !== this.text) return; // the next is being typed
      if (refusal) this.refusal = refusal;
      else if (send) this.#send(send);
      else this.#clear();
    });
  }

  /** @param {string} content */
  #send(content) {
    const { conversationId, key } = this;
    const draft = {
      content, replyToSeq: this.reply?.seq ?? null, attachments: this.uploads.ready,
      threadSeq: this.threadSeq, alsoToConversation: this.#isAlsoToConversation(),
    };
    this.#clear();
    const send = () => this.#undoable(key, context.session.commands.send(conversationId, { ...draft, heldMs: undoMs() }));
    if (content[0] === "/" && !draft.attachments.length) this.#callOrSend(draft, send);
    else send();
    this.#emit("sent");
    this.focus();
  }

  /**
   * What begins with a slash may call a program of the conversation.
   *
   * @param {{content: string, replyToSeq: number | null}} draft
   * @param {() => void} send
   */
  async #callOrSend(draft, send) {
    const { conversationId, key } = this;
    const restore = () => this.#restore(key, draft);
    const part = await loadPart("composing").catch(() => null);
    if (part) await part.callOrSend(conversationId, draft.content, { send, restore });
    else send();
  }

  /**
   * Offers to take back what has just been written, while it is held.
   *
   * @param {string} key of the place that it was written in
   * @param {Chat.OutboxEntry} entry
   */
  #undoable(key, entry) {
    if (!entry.heldUntil) return;
    const run = () => {
      if (context.session.outbox.takeBack(entry.clientId)) this.#restore(key, entry);
    };
    emit("toast", { text: t("Sent."), milliseconds: undoMs(), action: { label: t("Undo"), run } });
  }

  /**
   * @param {string} key
   * @param {{content: string, replyToSeq: number | null}} draft
   */
  #restore(key, { content, replyToSeq }) {
    context.drafts.set(key, { content, replyToSeq });
    if (key === this.key && !this.text) this.#loadDraft();
  }

  /** What was written is on its way. */
  #clear() {
    this.#set(EMPTY);
    this.completions?.close();
    this.drafts.clear(this.key);
    context.typing.reportStopped(this.conversationId);
    this.uploads.clear();
    this.#emit("done");
  }

  /** @param {any} event */
  #sendLater({ currentTarget }) {
    const content = this.#content();
    this.refusal = this.#refusalOf(content);
    if (this.refusal) return;
    const { conversationId } = this;
    const draft = {
      content, replyToSeq: this.reply?.seq ?? null, attachments: this.uploads.ready,
      threadSeq: this.threadSeq, alsoToConversation: Boolean(this.querySelector("input[name=also]:checked")),
    };
    this.attempt(async () => {
      const { openSendLater, scheduleDraft } = await loadPart("later");
      openSendLater(currentTarget, (/** @type {Date} */ at) => this.attempt(async () => {
        await scheduleDraft(conversationId, draft, at);
        if (conversationId !== this.conversationId || content !== this.#content()) return;
        this.#isAlsoToConversation();
        this.#clear();
      }));
    });
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

  /** Whether the box below a reply in a thread is ticked; it stands for one message. */
  #isAlsoToConversation() {
    const box = /** @type {HTMLInputElement | null} */ (this.querySelector("input[name=also]"));
    const { checked = false } = box ?? {};
    if (box) box.checked = false;
    return checked;
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
    this.completions?.close();
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
    const data = event.clipboardData;
    const files = pastedFiles(data);
    const rich = data?.getData("text/html") ?? "";
    if (files.length) {
      event.preventDefault();
      this.addFiles(files);
    } else if (IS_RICH.test(rich)) {
      event.preventDefault();
      this.#pasteRich(rich, data?.getData("text/plain") ?? "");
    }
  }

  /**
   * @param {string} rich HTML
   * @param {string} plain
   */
  async #pasteRich(rich, plain) {
    const text = await loadPart("composing").then(({ markdownOf }) => markdownOf(rich)).catch(() => plain);
    const { selectionStart: start = 0, selectionEnd: end = 0 } = this.#field() ?? {};
    const insert = text || plain;
    await this.#replace(this.text.slice(0, start) + insert + this.text.slice(end), start + insert.length, start + insert.length);
  }

  /** @param {string} name of a format, see core/formatting.js */
  #format(name) {
    return this.attempt(async () => {
      const { formatted } = await loadPart("composing");
      const { selectionStart = 0, selectionEnd = 0 } = this.#field() ?? {};
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
    this.#set(edited(this.composed, text, end));
    this.#keepDraftSoon();
    await this.updateComplete;
    const field = this.#field();
    field?.focus();
    field?.setSelectionRange(start, end);
  }

  #toggleTools() {
    return this.attempt(async () => {
      const { toolbar } = await loadPart("composing");
      this.toolbar = this.toolbar ? null : toolbar;
    });
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

  /**
   * The files that wait; the part that shows them comes with the first one.
   *
   * @param {{remove: (key: string) => void, retry: (key: string) => void}} acts
   */
  #tray(acts) {
    if (this.uploadTray) return this.uploadTray(this.uploads.items, acts);
    loadPart("tray").then((part) => {
      this.uploadTray = part.uploadTray;
      this.requestUpdate();
    }, showFailure);
    return nothing;
  }

  render() {
    const { completions, recording, uploads } = this;
    const remove = (/** @type {string} */ key) => this.#removeFile(key);
    const retry = (/** @type {string} */ key) => uploads.retry(key);
    return html`<form class="composer" @submit=${this.#submit}>
      ${completions?.isOpen ? completions.render() : nothing}
      ${this.#renderAbout()}
      ${uploads.items.length ? this.#tray({ remove, retry }) : nothing}
      ${this.toolbar ? this.toolbar((/** @type {string} */ name) => this.#format(name), { conversationId: this.conversationId, threadSeq: this.threadSeq }) : nothing}
      ${recording.isRunning ? recording.render() : this.#renderLine()}
      ${this.threadSeq && !this.editing ? html`<label class="composer-also"><input type="checkbox" name="also">${t("Also send to the conversation")}</label>` : nothing}
    </form>`;
  }

  #renderLine() {
    const left = this.#limit() - lengthOf(this.#content());
    const isOpen = Boolean(this.completions?.isOpen);
    const label = this.threadSeq ? t("Reply in thread") : t("Message");
    return html`<div class="composer-line">
        <button class="icon-button" type="button" aria-label=${t("Attach files")} title=${t("Attach files")} ?disabled=${Boolean(this.editing)}
          @click=${() => /** @type {HTMLElement | null} */ (this.querySelector("input[type=file]"))?.click()}>${icon("clip")}</button>
        <input class="visually-hidden" type="file" multiple tabindex="-1" aria-label=${t("Files")} @change=${this.#handleFiles}>
        <button class="icon-button" type="button" aria-label=${t("Choose an emoji")} title=${t("Choose an emoji")} @click=${this.#pickEmoji}>${icon("smile")}</button>
        <button class="icon-button only-wide" type="button" aria-label=${t("Formatting")} title=${t("Formatting")} aria-pressed=${String(Boolean(this.toolbar))}
          @click=${this.#toggleTools}>${icon("edit")}</button>
        <textarea class="composer-field" rows="1" dir="auto" aria-label=${label} placeholder=${this.threadSeq ? t("Reply") : label}
          autocomplete="off" aria-autocomplete="list" aria-controls=${isOpen ? "completions" : nothing}
          aria-activedescendant=${isOpen ? this.completions?.activeId : nothing}
          .value=${live(this.text)} @input=${this.#handleInput} @keydown=${this.#handleKey} @paste=${this.#handlePaste} @blur=${() => this.completions?.close()}></textarea>
        ${this.refusal ? html`<span class="composer-refusal" role="alert">${this.refusal}</span>` : nothing}
        ${left < NEAR_LIMIT ? html`<span class="composer-left ${left < 0 ? "is-over" : ""}" role="status">${left < 0
          ? plural("{count} sign too many", "{count} signs too many", -left) : left}</span>` : nothing}
        ${canRecord() && !this.text && !this.editing && !this.uploads.items.length
          ? html`<button class="icon-button" type="button" aria-label=${t("Record a voice message")} title=${t("Record a voice message")} @click=${this.recording.start}>${icon("mic")}</button>` : nothing}
        ${!this.editing && this.#isReady(left) ? html`<button class="icon-button" type="button" aria-label=${t("Send later")} title=${t("Send later")}
          aria-haspopup="menu" aria-expanded="false" @click=${this.#sendLater}>${icon("clock")}</button>` : nothing}
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
