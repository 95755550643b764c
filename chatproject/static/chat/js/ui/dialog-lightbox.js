// The lightbox: a picture as large as the window allows, and the others of its message beside it. It
// is zoomed by wheel, double click and keys, moved by dragging, and left for the next by a swipe.

import { html, nothing, svg } from "../../vendor/lit.js";
import { sourceFor } from "../core/media.js";
import { WHOLE, panned, zoomed } from "../core/pan-zoom.js";
import { t } from "../core/i18n.js";
import { ChatElement } from "./element.js";
import { addIcons, icon } from "./icons.js";

const STEP = 1.5; // of a key or button
const SWIPE = 60; // pixels

addIcons({
  zoomIn: svg`<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5M8.500 11h5M11 8.500v5"/>`,
  zoomOut: svg`<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5M8.500 11h5"/>`,
  download: svg`<path d="M12 4v10.500M7.500 10.500 12 15l4.500-4.500M5 19.500h14"/>`,
});

// Here, since the first view does without.
const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .dialog.dialog-lightbox { inline-size: 100vi; max-inline-size: none; block-size: 100dvb; max-block-size: none; border-radius: 0; background: #0b0d12; color: #f2f3f7; color-scheme: dark; }
  .dialog-lightbox .dialog-body { grid-template-rows: auto minmax(0, 1fr); block-size: 100%; padding: var(--space-3); box-sizing: border-box; }
  .dialog-lightbox .icon-button { color: inherit; }
  chat-lightbox { min-block-size: 0; }
  .lightbox { position: relative; display: grid; grid-template-rows: minmax(0, 1fr) auto; gap: var(--space-2); margin: 0; block-size: 100%; }
  .lightbox-frame { display: grid; place-items: center; min-block-size: 0; min-inline-size: 0; overflow: hidden; touch-action: none; cursor: zoom-in; }
  .lightbox-frame.is-zoomed { cursor: grab; }
  .lightbox-frame img { max-inline-size: 100%; max-block-size: 100%; min-block-size: 0; object-fit: contain; user-select: none; -webkit-user-drag: none; }
  .lightbox figcaption { display: flex; flex-wrap: wrap; align-items: center; gap: var(--space-1) var(--space-3); font-size: var(--text-s); overflow-wrap: anywhere; }
  .lightbox figcaption > span:first-child { flex: 1; min-inline-size: 8rem; }
  .lightbox-before, .lightbox-after { position: absolute; inset-block-start: calc(50% - 3rem); background: rgb(0 0 0 / 55%) !important; }
  .lightbox-before { inset-inline-start: 0; }
  .lightbox-after { inset-inline-end: 0; rotate: 180deg; }
}`);
document.adoptedStyleSheets.push(styles);

class Lightbox extends ChatElement {
  static properties = { pictures: {}, at: {}, view: { state: true } };

  constructor() {
    super();
    /** @type {Chat.Attachment[]} */
    this.pictures = [];
    this.at = 0;
    this.view = WHOLE;
    /** Where the pointer went down, and what was seen then. */
    this.start = { x: 0, y: 0, view: WHOLE };
    this.onKey = (/** @type {KeyboardEvent} */ event) => this.#key(event);
  }

  connectedCallback() {
    super.connectedCallback();
    addEventListener("keydown", this.onKey);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener("keydown", this.onKey);
  }

  /** @param {KeyboardEvent} event */
  #key({ key }) {
    if (key === "ArrowRight") this.#go(1);
    if (key === "ArrowLeft") this.#go(-1);
    if (key === "+") this.#zoom(STEP);
    if (key === "-") this.#zoom(1 / STEP);
    if (key === "0") this.view = WHOLE;
  }

  /** @param {number} by */
  #go(by) {
    this.at = Math.max(0, Math.min(this.pictures.length - 1, this.at + by));
    this.view = WHOLE;
  }

  #size() {
    const { clientWidth: width, clientHeight: height } = this.inner("img");
    return { width, height };
  }

  /**
   * @param {number} by
   * @param {any} [event] at whose point
   */
  #zoom(by, event) {
    const box = this.inner(".lightbox-frame").getBoundingClientRect();
    const point = event ? { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 } : { x: 0, y: 0 };
    this.view = zoomed(this.view, by, point, this.#size());
  }

  /** @param {any} event */
  #wheel(event) {
    event.preventDefault();
    this.#zoom(Math.exp(-event.deltaY / 400), event);
  }

  /** @param {any} event */
  #down(event) {
    this.start = { x: event.clientX, y: event.clientY, view: this.view };
    event.currentTarget.setPointerCapture(event.pointerId);
  }

  /** @param {any} event */
  #move(event) {
    const { x, y, view } = this.start;
    if (!event.buttons || this.view.scale === 1) return;
    // From where it began: steps would lose what was moved before the full picture had its size.
    this.view = panned({ ...view, scale: this.view.scale }, event.clientX - x, event.clientY - y, this.#size());
  }

  /** A swipe over a picture that is not zoomed leads to the next one. @param {any} event */
  #up(event) {
    const by = event.clientX - this.start.x;
    if (this.view.scale === 1 && Math.abs(by) > SWIPE) this.#go(by < 0 ? 1 : -1);
  }

  render() {
    const one = this.pictures[this.at];
    const { scale, x, y } = this.view;
    const isZoomed = scale > 1;
    return html`<figure class="lightbox">
      <div class="lightbox-frame ${isZoomed ? "is-zoomed" : ""}" @wheel=${this.#wheel} @pointerdown=${this.#down} @pointermove=${this.#move} @pointerup=${this.#up}
        @dblclick=${(/** @type {MouseEvent} */ event) => (isZoomed ? (this.view = WHOLE) : this.#zoom(2 * STEP, event))}>
        <img src=${isZoomed ? one.url : sourceFor(one, 1280)} alt=${one.name} draggable="false" .style=${`translate: ${x}px ${y}px; scale: ${scale}`}></div>
      <figcaption><span dir="auto">${one.name}</span>
        ${this.pictures.length > 1 ? html`<span>${this.at + 1} / ${this.pictures.length}</span>` : nothing}
        <button class="icon-button" type="button" aria-label=${t("Smaller")} title=${t("Smaller")} ?disabled=${!isZoomed} @click=${() => this.#zoom(1 / STEP)}>${icon("zoomOut")}</button>
        <button class="icon-button" type="button" aria-label=${t("Larger")} title=${t("Larger")} @click=${() => this.#zoom(STEP)}>${icon("zoomIn")}</button>
        <a class="icon-button" href=${one.url} download=${one.name} aria-label=${t("Download")} title=${t("Download")}>${icon("download")}</a></figcaption>
      ${this.at > 0 ? html`<button class="icon-button lightbox-before" type="button" aria-label=${t("Previous picture")} @click=${() => this.#go(-1)}>${icon("back")}</button>` : nothing}
      ${this.at < this.pictures.length - 1 ? html`<button class="icon-button lightbox-after" type="button" aria-label=${t("Next picture")} @click=${() => this.#go(1)}>${icon("back")}</button>` : nothing}
    </figure>`;
  }
}

customElements.define("chat-lightbox", Lightbox);
