// Where one writes: grows with the text, keeps drafts, completes names and emoji, and replies to
// or edits a message.

import { html, live, nothing } from "../../vendor/lit.js";
import { complete, completionAt, toContent, toEditable } from "../core/composing.js";
import { plainLine } from "../core/format.js";
import { find } from "../core/search.js";
import { Uploads } from "../core/uploads.js";
import { plural, t } from "../core/texts.js";
import { context, emojiIfLoaded, loadEmoji, pickEmoji, toast } from "./context.js";
import { ChatElement } from "./element.js";
import { nameOf, personAvatar } from "./faces.js";
import { icon } from "./icons.js";
import { Recorder, canRecord } from "./recorder.js";
import { trayOf } from "./tray.js";
import { upload } from "./upload.js";

const DRAFT_MS = 300;
const NEAR_LIMIT = 500;
const MAX_OPTIONS = 8;

class Composer extends ChatElement {
  static topics = ["members", "people"];
  static properties = {
    conversationId: {}, reply: {}, editing: {}, text: { state: true }, options: { state: true }, chosen: { state: true },
    recorder: { state: true }, seconds: { state: true },
  };

  constructor() {
    super();
    this.conversationId = this.reply = this.editing = null;
    this.text = "";
    this.names = new Map();
    this.options = [];
    this.chosen = 0;
    this.completion = null;
    this.recorder = null;
    this.seconds = 0;
    this.trays = new Map(); // the files of each conversation wait for their message
  }

  get uploads() {
    const { trays, conversationId } = this;
    if (!trays.has(conversationId)) {
      trays.set(conversationId, new Uploads({
        upload, onChange: () => this.requestUpdate(), most: context.limits.attachments ?? 10, mostBytes: context.limits.attachmentBytes,
      }));
    }
    return trays.get(conversationId);
  }

  willUpdate(changed) {
    if (changed.has("conversationId")) {
      if (changed.get("conversationId")) this.#keepDraft(changed.get("conversationId"));
      this.#loadDraft();
    } else if (changed.has("editing")) {
      this.#switchEditing(changed.get("editing"));
    }
  }

  updated(changed) {
    if (changed.has("text") || changed.has("conversationId")) this.#grow();
    if (changed.has("conversationId") && matchMedia("(hover: hover)").matches) this.focus();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#stopRecording();
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
    this.#edit(draft?.content ?? "");
    this.#closeOptions();
    if (draft?.replyToSeq) {
      const message = context.store.message(this.conversationId, draft.replyToSeq);
      if (message) this.#say("restore-reply", message);
    }
  }

  #keepDraft(id) {
    clearTimeout(this.draftTimer);
    this.draftTimer = undefined;
    if (this.editing || this.isSent) return;
    const content = toContent(this.text, this.names);
    context.drafts.set(id, { content, replyToSeq: content && this.reply ? this.reply.seq : null });
  }

  #keepDraftSoon() {
    const id = this.conversationId;
    this.draftTimer ??= setTimeout(() => {
      this.draftTimer = undefined;
      if (id === this.conversationId) this.#keepDraft(id);
    }, DRAFT_MS);
  }

  #switchEditing(before) {
    if (this.editing) {
      if (!before) this.beforeEditing = { text: this.text, names: this.names };
      this.#edit(this.editing.content);
    } else if (before) {
      Object.assign(this, this.beforeEditing ?? { text: "", names: new Map() });
      this.beforeEditing = null;
    }
  }

  #edit(content) {
    const { text, names } = toEditable(content, nameOf);
    Object.assign(this, { text, names });
  }

  // -- writing

  #typed(event) {
    this.text = event.target.value;
    this.#complete();
    this.#keepDraftSoon();
    if (!this.editing && this.text) context.typing?.iAmTyping(this.conversationId);
  }

  #grow() {
    const field = this.#field();
    if (!field || CSS.supports("field-sizing", "content")) return;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
  }

  #key(event) {
    if (event.isComposing) return;
    if (this.options.length && this.#optionKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "Escape" && (this.reply || this.editing)) {
      event.preventDefault();
      this.#say("cancel-context");
    } else if (event.key === "ArrowUp" && !this.text && !event.altKey) {
      event.preventDefault();
      this.#say("edit-last");
    }
  }

  #submit(event) {
    event?.preventDefault();
    const content = toContent(emojiIfLoaded()?.replace(this.text) ?? this.text, this.names);
    if (content.length > this.#limit()) return;
    if (this.editing) this.#saveEdit(content);
    else if ((content || this.uploads.ready.length) && !this.uploads.isBusy) this.#send(content);
  }

  #send(content) {
    const replyToSeq = this.reply?.seq ?? null;
    this.text = "";
    this.names = new Map();
    this.#closeOptions();
    clearTimeout(this.draftTimer);
    this.draftTimer = undefined;
    context.drafts.clear(this.conversationId);
    context.typing?.iStopped(this.conversationId);
    context.session.send(this.conversationId, { content, replyToSeq, attachments: this.uploads.ready });
    this.uploads.clear();
    this.#say("done");
    this.#say("sent");
    this.focus();
  }

  async #saveEdit(content) {
    const { editing } = this;
    if (!content) return;
    this.#say("done");
    if (content === editing.content) return;
    await this.attempt(() => context.session.edit(this.conversationId, editing.seq, content));
  }

  // -- files

  /** From the picker, the clipboard or a drop. */
  addFiles(files, fields) {
    if (this.editing || !files.length) return;
    const left = this.uploads.add([...files], fields);
    if (left) toast(plural("{count} file does not fit into this message.", "{count} files do not fit into this message.", left), { isError: true });
    this.focus();
  }

  #pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    this.addFiles(files);
  }

  #picked(event) {
    this.addFiles(event.target.files);
    event.target.value = "";
  }

  #discard(key) {
    const item = this.uploads.remove(key);
    if (item?.attachment) context.session.rest.delete(["attachments", item.attachment.id]).catch(() => {});
  }

  async #record() {
    try {
      this.recorder = await Recorder.begin();
    } catch {
      toast(t("The microphone cannot be used. Allow it in the browser’s settings for this page."), { isError: true });
      return;
    }
    this.seconds = 0;
    this.clock = setInterval(() => { this.seconds = Math.floor(this.recorder.seconds); }, 250);
  }

  async #finishRecording() {
    const { recorder } = this;
    clearInterval(this.clock);
    const { file, duration } = await recorder.finish();
    this.recorder = null;
    this.addFiles([file], { duration });
  }

  #stopRecording() {
    clearInterval(this.clock);
    this.recorder?.cancel();
    this.recorder = null;
  }

  #say(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #limit() {
    return context.limits?.messageLength ?? 8000;
  }

  // -- completion

  async #complete() {
    const field = this.#field();
    this.completion = completionAt(this.text, field.selectionStart);
    const { completion } = this;
    if (!completion) {
      this.#closeOptions();
      return;
    }
    const options = completion.kind === "emoji"
      ? (await emojiFor(completion.query)).map((item) => ({ key: item.code, label: `:${item.code}:`, emoji: item.emoji, insert: item.emoji }))
      : await this.#people(completion.query);
    if (completion !== this.completion) return;
    this.options = options;
    this.chosen = 0;
  }

  async #people(query) {
    const id = this.conversationId;
    const conversation = context.store.conversations.get(id);
    let members = context.store.members.get(id);
    members ??= await context.session.members(id).catch(() => []);
    const others = members.filter((each) => each.userId !== context.store.me.id);
    const options = find(others, query).slice(0, MAX_OPTIONS).map((each) => ({
      key: each.userId, label: each.name, userId: each.userId, insert: `@${each.name}`,
    }));
    if (conversation?.kind !== "direct" && "all".startsWith(query.toLowerCase())) {
      options.push({ key: "all", label: "all", hint: t("Everybody here"), insert: "@all" });
    }
    return options;
  }

  #optionKey(event) {
    const count = this.options.length;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) this.chosen = (this.chosen + by + count) % count;
    else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab") this.#choose(this.options[this.chosen]);
    else if (event.key === "Escape") this.#closeOptions();
    else return false;
    event.preventDefault();
    return true;
  }

  async #choose(option) {
    if (option.userId) this.names.set(option.label, option.userId);
    if (option.emoji) context.recentEmoji.add(option.emoji);
    await this.#insertAt(this.completion, option.insert);
  }

  async #insertAt(place, insert) {
    const { text, cursor } = complete(this.text, place, insert);
    this.text = text;
    this.#closeOptions();
    this.#keepDraftSoon();
    await this.updateComplete;
    const field = this.#field();
    field.focus();
    field.setSelectionRange(cursor, cursor);
  }

  #closeOptions() {
    this.options = [];
    this.completion = null;
  }

  #emoji(event) {
    const field = this.#field();
    const place = { start: field.selectionStart, end: field.selectionEnd };
    pickEmoji(event.currentTarget, (emoji) => this.#insertAt(place, emoji));
  }

  // -- drawing

  render() {
    const isOpen = this.options.length > 0;
    const left = this.#limit() - this.text.length;
    return html`<form class="composer" @submit=${this.#submit}>
      ${isOpen ? this.#list() : nothing}
      ${this.editing ? this.#about(t("Edit message"), this.editing, "edit")
        : this.reply ? this.#about(t("Reply to {name}", { name: nameOf(this.reply.senderId) }), this.reply, "reply") : nothing}
      ${this.uploads.items.length ? trayOf(this.uploads.items, { remove: (key) => this.#discard(key), retry: (key) => this.uploads.retry(key) }) : nothing}
      ${this.recorder ? this.#recording() : this.#line(isOpen, left)}
    </form>`;
  }

  #line(isOpen, left) {
    return html`<div class="composer-line">
        <button class="icon-button" type="button" aria-label=${t("Attach files")} title=${t("Attach files")} ?disabled=${Boolean(this.editing)}
          @click=${() => this.querySelector("input[type=file]").click()}>${icon("clip")}</button>
        <input class="visually-hidden" type="file" multiple tabindex="-1" aria-label=${t("Files")} @change=${this.#picked}>
        <button class="icon-button" type="button" aria-label=${t("Choose an emoji")} title=${t("Choose an emoji")} @click=${this.#emoji}>${icon("smile")}</button>
        <textarea class="composer-field" rows="1" dir="auto" aria-label=${t("Message")} placeholder=${t("Message")}
          autocomplete="off" aria-autocomplete="list" aria-controls=${isOpen ? "completions" : nothing}
          aria-activedescendant=${isOpen ? `completion-${this.chosen}` : nothing}
          .value=${live(this.text)} @input=${this.#typed} @keydown=${this.#key} @paste=${this.#pasted} @blur=${() => this.#closeOptions()}></textarea>
        ${left < NEAR_LIMIT ? html`<span class="composer-left ${left < 0 ? "is-over" : ""}" role="status">${left < 0
          ? plural("{count} sign too many", "{count} signs too many", -left) : left}</span>` : nothing}
        ${canRecord() && !this.text && !this.editing && !this.uploads.items.length
          ? html`<button class="icon-button" type="button" aria-label=${t("Record a voice message")} title=${t("Record a voice message")} @click=${this.#record}>${icon("mic")}</button>` : nothing}
        <button class="send-button" type="submit" aria-label=${this.editing ? t("Save") : t("Send")} title=${this.editing ? t("Save") : t("Send")}
          ?disabled=${!this.#isReady(left)}>${this.editing ? icon("check") : icon("send")}</button>
      </div>`;
  }

  #isReady(left) {
    if (left < 0 || this.uploads.isBusy) return false;
    return Boolean(this.text.trim()) || (!this.editing && this.uploads.ready.length > 0);
  }

  #recording() {
    const time = `${Math.floor(this.seconds / 60)}:${String(this.seconds % 60).padStart(2, "0")}`;
    return html`<div class="composer-line composer-recording">
      <button class="icon-button" type="button" aria-label=${t("Throw the recording away")} title=${t("Throw the recording away")} @click=${() => this.#stopRecording()}>${icon("trash")}</button>
      <p role="timer"><span class="recording-dot" aria-hidden="true"></span>${t("Recording {time}", { time })}</p>
      <button class="send-button" type="button" aria-label=${t("End the recording")} title=${t("End the recording")} @click=${this.#finishRecording}>${icon("check")}</button></div>`;
  }

  #about(title, message, name) {
    return html`<div class="composer-about">${icon(name)}
      <p><strong dir="auto">${title}</strong><span dir="auto">${plainLine(message.content, nameOf) || t("A file")}</span></p>
      <button class="icon-button" type="button" aria-label=${t("Cancel")} @click=${() => this.#say("cancel-context")}>${icon("close")}</button></div>`;
  }

  #list() {
    return html`<ul class="completions" id="completions" role="listbox" aria-label=${t("Suggestions")}>${this.options.map(
      (option, at) => html`<li class="completion" id="completion-${at}" role="option" aria-selected=${String(at === this.chosen)}
        @pointerdown=${(event) => event.preventDefault()} @click=${() => this.#choose(option)}>
        ${option.userId ? personAvatar(option.userId, { size: "xs" }) : html`<span class="completion-mark">${option.emoji ?? "@"}</span>`}
        <span dir="auto">${option.label}</span>${option.hint ? html`<small>${option.hint}</small>` : nothing}</li>`,
    )}</ul>`;
  }
}

/** None where the table cannot be loaded: then the shortcode stays as it is typed. */
async function emojiFor(query) {
  const index = await loadEmoji().catch(() => null);
  return index?.find(query, MAX_OPTIONS) ?? [];
}

customElements.define("chat-composer", Composer);
