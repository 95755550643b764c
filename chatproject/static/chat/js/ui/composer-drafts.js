// The drafts of the composer: kept soon after each change, at once when the conversation is left, and
// never while a message is edited; what was there before an edit comes back after it.

import { EMPTY, toContent } from "../core/composer-text.js";
import { context } from "./context.js";

const KEEP_MS = 300;

export class ComposerDrafts {
  /** @param {Chat.Composer} composer */
  constructor(composer) {
    this.composer = composer;
    this.isTouched = false; // whether the text was changed since it was loaded
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {Chat.ComposerText | undefined} */
    this.beforeEditing = undefined;
  }

  /** Shows the draft of the place that the composer is at. */
  load() {
    const { composer } = this;
    this.isTouched = false;
    const draft = context.drafts.get(composer.key);
    composer.setContent(draft?.content ?? "");
    composer.completions?.close();
    if (!draft?.replyToSeq) return;
    const message = context.store.known(composer.conversationId, draft.replyToSeq);
    if (message) composer.tell("restore-reply", message);
  }

  /** Shows a draft that has changed elsewhere; what is being typed is not overwritten under the cursor. */
  loadUnlessTyping() {
    const { composer } = this;
    const isTyping = this.isTouched && Boolean(composer.text) && document.hasFocus() && document.activeElement === composer.field;
    if (!composer.editing && !isTyping) this.load();
  }

  /** @param {string} key of the place that it was written in */
  keep(key) {
    const { composer } = this;
    this.#cancel();
    if (composer.editing || !this.isTouched) return;
    const content = toContent(composer.composed);
    context.drafts.set(key, { content, replyToSeq: content && composer.reply ? composer.reply.seq : null });
  }

  keepSoon() {
    this.isTouched = true;
    const { key } = this.composer;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      if (key === this.composer.key) this.keep(key);
    }, KEEP_MS);
  }

  /** @param {string} key */
  clear(key) {
    this.#cancel();
    context.drafts.clear(key);
  }

  /**
   * Puts back what was not sent.
   *
   * @param {string} key
   * @param {{content: string, replyToSeq: number | null}} draft
   */
  restore(key, { content, replyToSeq }) {
    context.drafts.set(key, { content, replyToSeq });
    if (key === this.composer.key && !this.composer.text) this.load();
  }

  /** @param {Chat.Message | null} before the message that was edited until now */
  switchEditing(before) {
    const { composer } = this;
    if (composer.editing) {
      if (!before) this.beforeEditing = composer.composed;
      composer.setContent(composer.editing.content);
    } else if (before) {
      composer.setText(this.beforeEditing ?? EMPTY);
      this.beforeEditing = undefined;
    }
  }

  /** Forgets what was to be kept soon. */
  #cancel() {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
