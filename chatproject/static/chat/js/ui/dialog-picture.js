// The dialog that gives a person or a conversation a picture: choose one, crop it, save; or remove it.

import { html, nothing } from "../../vendor/lit.js";
import { LARGEST_ZOOM, moved, squareOf } from "../core/crop.js";
import { t } from "../core/i18n.js";
import { context, emit, toast } from "./context.js";
import { ChatElement } from "./element.js";
import { upload } from "./file-upload.js";
import { icon } from "./icons.js";
import { prepared } from "./prepared-picture.js";

const SIDE = 512; // pixels of what is uploaded
const STEP = 0.05; // of the square, by an arrow key
const ARROWS = { ArrowLeft: { right: STEP }, ArrowRight: { right: -STEP }, ArrowUp: { down: STEP }, ArrowDown: { down: -STEP } };

const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .crop { display: grid; justify-items: center; gap: var(--space-4); }
  .crop canvas { inline-size: min(16rem, 100%); aspect-ratio: 1; border-radius: 50%; background: var(--sunken); cursor: grab; touch-action: none; }
  .crop-group canvas { border-radius: 32%; }
  .crop canvas:focus-visible { outline: var(--focus); outline-offset: 3px; }
  .crop label { display: flex; align-items: center; gap: var(--space-3); inline-size: min(16rem, 100%); }
  .crop input[type="range"] { flex: 1; min-inline-size: 0; min-block-size: var(--target); accent-color: var(--accent-fill); }
  .crop-file { position: relative; }
  .crop-file input { position: absolute; inset: 0; opacity: 0; cursor: pointer; }
  .crop-file:focus-within { outline: var(--focus); outline-offset: 2px; }
}`);
document.adoptedStyleSheets.push(styles);

class PictureDialog extends ChatElement {
  static properties = { subject: {}, image: { state: true }, view: { state: true }, isBusy: { state: true } };

  constructor() {
    super();
    /** @type {{conversationId?: string}} without a conversation: the person's own picture */
    this.subject = {};
    /** @type {ImageBitmap | null} */
    this.image = null;
    this.view = { x: 0.5, y: 0.5, zoom: 1 };
    this.isBusy = false;
  }

  /** @param {any} event */
  async #choose({ target: { files: [file] } }) {
    if (!file) return;
    try {
      this.image = await createImageBitmap(file, { imageOrientation: "from-image" });
      this.view = { x: 0.5, y: 0.5, zoom: 1 };
      await this.updateComplete;
      this.inner("canvas").focus();
    } catch {
      toast(t("This picture cannot be read."), { isError: true });
    }
  }

  updated() {
    if (this.image) draw(this.inner("canvas"), this.image, this.view);
  }

  /** @param {{right?: number, down?: number, zoom?: number}} by */
  #move(by) {
    if (this.image) this.view = moved(this.image, this.view, by);
  }

  /** @param {any} event */
  #drag(event) {
    if (!event.buttons) return;
    const { clientWidth } = event.target;
    this.#move({ right: event.movementX / clientWidth, down: event.movementY / clientWidth });
  }

  /** @param {any} event */
  #key(event) {
    const by = ARROWS[/** @type {keyof typeof ARROWS} */ (event.key)];
    if (!by) return;
    event.preventDefault();
    this.#move(by);
  }

  #save() {
    return this.#run(async () => {
      const canvas = this.inner("canvas");
      const blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", 0.9); });
      const attachment = await upload(new File([blob], "picture.jpg", { type: "image/jpeg" }), {}, () => {}).done;
      await prepared(attachment);
      await this.#set(attachment.id);
    });
  }

  /** @param {string | null} attachmentId */
  #set(attachmentId) {
    const { commands } = context.session;
    const { conversationId } = this.subject;
    return conversationId ? commands.setPicture(conversationId, attachmentId) : commands.setAvatar(attachmentId);
  }

  /** @param {() => Promise<unknown>} act */
  async #run(act) {
    this.isBusy = true;
    const isDone = await this.attempt(async () => {
      await act();
      return true;
    });
    this.isBusy = false;
    if (isDone) emit("dialog-done");
  }

  #hasPicture() {
    const { conversations, avatars, me } = context.store;
    const { conversationId } = this.subject;
    return Boolean(conversationId ? conversations.get(conversationId)?.pictureUrl : avatars.get(me.id));
  }

  render() {
    return html`<div class="crop ${this.subject.conversationId ? "crop-group" : ""}">
      ${this.image ? this.#crop() : html`<p class="muted">${t("It is shown small, as a square with round corners.")}</p>`}
      <div class="form-buttons">
        ${this.#hasPicture() ? html`<button class="button-quiet button-danger" type="button" ?disabled=${this.isBusy}
          @click=${() => this.#run(() => this.#set(null))}>${icon("trash")}${t("Remove the picture")}</button>` : nothing}
        <label class="button-quiet crop-file">${this.image ? t("Choose another") : t("Choose a picture")}
          <input type="file" accept="image/png,image/jpeg,image/webp,image/gif" @change=${this.#choose}></label>
        ${this.image ? html`<button class="button" type="button" ?disabled=${this.isBusy} @click=${this.#save}>${t("Save")}</button>` : nothing}
      </div></div>`;
  }

  #crop() {
    return html`<canvas width=${SIDE} height=${SIDE} tabindex="0" role="img" aria-label=${t("Section of the picture; move it with the arrow keys")}
        @pointerdown=${(/** @type {any} */ event) => event.target.setPointerCapture(event.pointerId)} @pointermove=${this.#drag} @keydown=${this.#key}></canvas>
      <label>${t("Zoom")}<input type="range" min="1" max=${LARGEST_ZOOM} step="0.05" .value=${String(this.view.zoom)}
        @input=${(/** @type {any} */ event) => this.#move({ zoom: Number(event.target.value) })}></label>`;
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {ImageBitmap} image
 * @param {{x: number, y: number, zoom: number}} view
 */
function draw(canvas, image, view) {
  const { left, top, side } = squareOf(image, view);
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.fillStyle = "#fff"; // behind what is transparent
  pen.fillRect(0, 0, SIDE, SIDE);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(image, left, top, side, side, 0, 0, SIDE, SIDE);
}

customElements.define("chat-picture", PictureDialog);
