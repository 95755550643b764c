// The lightbox: a picture as large as the window allows, and the others of its message beside it.

import { html, nothing } from "../../vendor/lit.js";
import { fit, sourceFor } from "../core/media.js";
import { t } from "../core/i18n.js";
import { ChatElement } from "./element.js";
import { icon } from "./icons.js";

// Here, since the first view does without.
const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .dialog-lightbox { inline-size: calc(100vi - 2rem); max-inline-size: 84rem; max-block-size: calc(100dvb - 2rem); }
  .lightbox { position: relative; display: grid; justify-items: center; gap: var(--space-3); margin: 0; }
  .lightbox img { max-inline-size: 100%; max-block-size: calc(100dvb - 11rem); inline-size: auto; block-size: auto; object-fit: contain; border-radius: var(--radius-s); }
  .lightbox figcaption { display: flex; flex-wrap: wrap; gap: var(--space-4); color: var(--muted); font-size: var(--text-s); overflow-wrap: anywhere; }
  .lightbox-before, .lightbox-after { position: absolute; inset-block-start: 45%; background: var(--overlay) !important; box-shadow: var(--shadow-m); }
  .lightbox-before { inset-inline-start: 0; }
  .lightbox-after { inset-inline-end: 0; rotate: 180deg; }
}`);
document.adoptedStyleSheets.push(styles);

class Lightbox extends ChatElement {
  static properties = { pictures: {}, at: {} };

  constructor() {
    super();
    this.pictures = [];
    this.at = 0;
    this.onKey = (event) => this.#key(event);
  }

  connectedCallback() {
    super.connectedCallback();
    addEventListener("keydown", this.onKey);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener("keydown", this.onKey);
  }

  /** @param {any} event */
  #key(event) {
    if (event.key === "ArrowRight") this.#go(1);
    if (event.key === "ArrowLeft") this.#go(-1);
  }

  /** @param {number} by */
  #go(by) {
    this.at = Math.max(0, Math.min(this.pictures.length - 1, this.at + by));
  }

  render() {
    const one = this.pictures[this.at];
    const { width, height } = fit(one, 1280);
    return html`<figure class="lightbox">
      <img src=${sourceFor(one, 1280)} width=${width} height=${height} alt=${one.name}>
      <figcaption><span dir="auto">${one.name}</span>
        ${this.pictures.length > 1 ? html`<span>${this.at + 1} / ${this.pictures.length}</span>` : nothing}
        <a href=${one.url} target="_blank" rel="noopener">${t("Original")}</a></figcaption>
      ${this.at > 0 ? html`<button class="icon-button lightbox-before" type="button" aria-label=${t("Picture before")} @click=${() => this.#go(-1)}>${icon("back")}</button>` : nothing}
      ${this.at < this.pictures.length - 1 ? html`<button class="icon-button lightbox-after" type="button" aria-label=${t("Next picture")} @click=${() => this.#go(1)}>${icon("back")}</button>` : nothing}
    </figure>`;
  }
}

customElements.define("chat-lightbox", Lightbox);
