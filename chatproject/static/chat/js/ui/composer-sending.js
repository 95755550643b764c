// Sending from the composer: at once, later, or as a command; refused text stays in the field.

import { lengthOf } from "../core/composer-text.js";
import { plural, t } from "../core/i18n.js";
import { context, emit } from "./context.js";
import { loadPart } from "./lazy-parts.js";

/** The commands that a message may begin with, but `/me`, which is sent as it is. */
export const COMMAND = /^\/(topic|invite|remove|leave|mute|remind|poll|status|shrug|shortcuts)(?:\s+([^]*))?$/;

/** For how long a message can be taken back, by the person's setting. */
function undoMs() {
  return (context.settings?.undoSeconds ?? 0) * 1000;
}

export class ComposerSending {
  /** @param {Chat.Composer} composer */
  constructor(composer) {
    this.composer = composer;
  }

  submit() {
    const { composer } = this;
    const { editing } = composer;
    const content = composer.content();
    composer.refusal = this.#refusalOf(content);
    if (composer.refusal) return;
    const command = editing ? null : COMMAND.exec(content);
    if (editing) this.#saveEdit(editing, content);
    else if (command) this.#runCommand(command[1], command[2] ?? "");
    else this.#send(content);
  }

  /**
   * Why a content cannot be sent as it is; empty when it can.
   *
   * @param {string} content
   */
  #refusalOf(content) {
    const { editing, files, isReplyGone, limit } = this.composer;
    const excess = lengthOf(content) - limit;
    if (excess > 0) return plural("The message is {count} character too long.", "The message is {count} characters too long.", excess);
    if (editing) return content ? "" : t("An edited message needs a text. Delete it instead.");
    if (files.isBusy) return t("Files are still being uploaded.");
    if (files.hasFailed) return t("A file was not uploaded. Remove it, or try it again.");
    if (!content && !files.ready.length) return t("Write something first.");
    return isReplyGone ? t("The message that you reply to is gone. Send without it?") : "";
  }

  /**
   * @param {string} name
   * @param {string} given
   */
  #runCommand(name, given) {
    const { composer } = this;
    const { conversationId, reply, text, threadSeq } = composer;
    return composer.attempt(async () => {
      const { runCommand } = await loadPart("composing");
      const { send, refusal } = await runCommand(name, given, { conversationId, reply, threadSeq });
      if (conversationId !== composer.conversationId || text !== composer.text) return; // the next is being typed
      if (refusal) composer.refusal = refusal;
      else if (send) this.#send(send);
      else composer.clear();
    });
  }

  /** @param {string} content */
  #send(content) {
    const { composer } = this;
    const { conversationId, key } = composer;
    const draft = this.#draftOf(content, this.#takeAlsoToConversation());
    composer.clear();
    const send = () => this.#undoable(key, context.session.commands.send(conversationId, { ...draft, heldMs: undoMs() }));
    if (content[0] === "/" && !draft.attachments.length) this.#callOrSend(draft, send);
    else send();
    composer.tell("sent");
    composer.focus();
  }

  /**
   * @param {string} content
   * @param {boolean} alsoToConversation
   */
  #draftOf(content, alsoToConversation) {
    const { files, reply, threadSeq } = this.composer;
    return { content, replyToSeq: reply?.seq ?? null, attachments: files.ready, threadSeq, alsoToConversation };
  }

  /**
   * What begins with a slash may call a program of the conversation.
   *
   * @param {{content: string, replyToSeq: number | null}} draft
   * @param {() => void} send
   */
  async #callOrSend(draft, send) {
    const { conversationId, drafts, key } = this.composer;
    const restore = () => drafts.restore(key, draft);
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
      if (context.session.outbox.takeBack(entry.clientId)) this.composer.drafts.restore(key, entry);
    };
    emit("toast", { text: t("Sent."), milliseconds: undoMs(), hasEnd: true, action: { label: t("Undo"), run } });
  }

  /** @param {HTMLElement} anchor of the menu with the times */
  sendLater(anchor) {
    const { composer } = this;
    const content = composer.content();
    composer.refusal = this.#refusalOf(content);
    if (composer.refusal) return;
    const { conversationId } = composer;
    const draft = this.#draftOf(content, Boolean(this.#alsoBox?.checked));
    composer.attempt(async () => {
      const { openSendLater, scheduleDraft } = await loadPart("later");
      openSendLater(anchor, (/** @type {Date} */ at) => composer.attempt(async () => {
        await scheduleDraft(conversationId, draft, at);
        if (conversationId !== composer.conversationId || content !== composer.content()) return;
        this.#takeAlsoToConversation();
        composer.clear();
      }));
    });
  }

  /**
   * @param {Chat.Message} message
   * @param {string} content
   */
  async #saveEdit(message, content) {
    this.composer.tell("done");
    if (content === message.content) return;
    await this.composer.attempt(() => context.session.commands.edit(message.conversationId, message.seq, content));
  }

  /** The box below a reply in a thread. */
  get #alsoBox() {
    return /** @type {HTMLInputElement | null} */ (this.composer.inner("input[name=also]"));
  }

  /** Whether that box is ticked; it stands for one message. */
  #takeAlsoToConversation() {
    const box = this.#alsoBox;
    const { checked = false } = box ?? {};
    if (box) box.checked = false;
    return checked;
  }
}
