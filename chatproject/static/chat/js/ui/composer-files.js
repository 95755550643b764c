// The files of the composer: from the picker, the clipboard, a drop or the microphone. What uploads
// and shows them comes with the first one. The files of each conversation wait for their message.

import { nothing } from "../../vendor/lit.js";
import { plural } from "../core/i18n.js";
import { logger } from "../core/logger.js";
import { context, toast } from "./context.js";
import { loadPart } from "./lazy-parts.js";

/** @typedef {import("../core/uploads.js").Uploads} Uploads */

export class ComposerFiles {
  /** @param {Chat.Composer} composer */
  constructor(composer) {
    this.composer = composer;
    /** @type {Map<string, Uploads>} by the key of the place */
    this.uploads = new Map();
    /** @type {typeof import("./upload-tray.js").uploadTray | null} */
    this.tray = null;
    this.coming = 0; // how often files wait for the part that uploads
    /** @type {import("./voice-recording.js").VoiceRecording | null} when its part is there */
    this.recording = null;
  }

  get isEmpty() {
    return !this.#uploads?.items.length;
  }

  get isBusy() {
    return this.coming > 0 || Boolean(this.#uploads?.isBusy);
  }

  /** Whether a file was not uploaded: without a word about it, the message would go without. */
  get hasFailed() {
    return Boolean(this.#uploads?.hasFailed);
  }

  /** The attachments that are ready to be sent, in their order. */
  get ready() {
    return this.#uploads?.ready ?? [];
  }

  get #uploads() {
    return this.uploads.get(this.composer.key);
  }

  /**
   * @param {Iterable<File>} files
   * @param {Record<string, unknown>} [fields] sent along with each
   */
  async add(files, fields) {
    const { composer } = this;
    const { key } = composer;
    const list = [...files];
    if (composer.editing || !list.length) return;
    composer.focus();
    this.coming += 1;
    await composer.attempt(async () => this.#add(await loadPart("tray"), key, list, fields));
    this.coming -= 1;
    composer.requestUpdate();
  }

  /**
   * @param {typeof import("./upload-tray.js")} part
   * @param {string} key
   * @param {File[]} files
   * @param {Record<string, unknown>} [fields]
   */
  #add({ upload, Uploads, uploadTray }, key, files, fields) {
    this.tray = uploadTray;
    const { attachments: most = 10, attachmentBytes: mostBytes } = context.limits;
    const uploads = this.uploads.get(key) ?? new Uploads({ upload, onChange: () => this.composer.requestUpdate(), most, mostBytes });
    this.uploads.set(key, uploads);
    const left = uploads.add(files, fields);
    if (left) toast(plural("{count} file does not fit into this message.", "{count} files do not fit into this message.", left), { isError: true });
  }

  clear() {
    this.#uploads?.clear();
  }

  /** Opens the picker. */
  choose() {
    this.composer.inner("input[type=file]")?.click();
  }

  /** @param {Chat.FieldEvent} event */
  handleChosen(event) {
    this.add(event.target.files ?? []);
    event.target.value = "";
  }

  record() {
    return this.composer.attempt(async () => {
      const { VoiceRecording } = await loadPart("voice");
      const recording = this.recording ?? new VoiceRecording(this.composer, (file, duration) => this.add([file], { duration }));
      this.recording = recording;
      await recording.start();
    });
  }

  /** @param {string} key */
  #remove(key) {
    const attachment = this.#uploads?.remove(key)?.attachment;
    if (!attachment) return;
    // The server deletes unsent files after a while in any case.
    context.session.commands.deleteAttachment(attachment.id).catch(
      (error) => logger.failure("Deleting an unsent file", error),
    );
  }

  /** The files that wait. */
  render() {
    const uploads = this.#uploads;
    if (!uploads?.items.length || !this.tray) return nothing;
    return this.tray(uploads.items, { remove: (/** @type {string} */ key) => this.#remove(key), retry: (/** @type {string} */ key) => uploads.retry(key) });
  }
}
