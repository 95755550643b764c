// The grid of emoji, opened beside a button by `pickEmoji` (context.js).

import { html, nothing } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { inTone, TONES } from "../core/emoji.js";
import { context, emit, loadEmoji } from "./context.js";
import { ChatElement } from "./element.js";
import { openLocalStorage } from "./local-storage.js";
import { withOwnEmoji } from "./own-emoji.js";
import { placeBeside } from "./popover.js";

const COLUMNS = 8;

/** @param {string} name */
function groupName(name) {
  return {
    recent: t("Recently used"), own: t("Custom"), smileys: t("Smileys"), people: t("People"), nature: t("Animals and nature"),
    food: t("Food and drink"), travel: t("Travel and places"), activities: t("Activities"),
    objects: t("Objects"), symbols: t("Symbols"), flags: t("Flags"),
  }[name];
}

const TONE_KEY = "chat.tone";

function readTone() {
  const kept = openLocalStorage().getItem(TONE_KEY) ?? "";
  return TONES.includes(kept) ? kept : "";
}

/** @param {string} tone */
function keepTone(tone) {
  openLocalStorage().setItem(TONE_KEY, tone);
}

/** @param {string} tone */
function toneName(tone) {
  return [t("Yellow"), t("Light skin"), t("Medium-light skin"), t("Medium skin"), t("Medium-dark skin"), t("Dark skin")][TONES.indexOf(tone)];
}

const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .emoji-picker { inline-size: min(22.5rem, calc(100vi - 1rem)); padding: var(--space-3); }
  .emoji-picker:not(:popover-open) { display: none; }
  .emoji-groups { block-size: min(19rem, 45dvb); margin-block-start: var(--space-2); overflow-y: auto; scrollbar-width: thin; }
  .emoji-group { content-visibility: auto; contain-intrinsic-size: auto 30rem; }
  .emoji-group h3 { padding-block: var(--space-2); color: var(--muted); font-size: var(--text-s); font-weight: var(--medium); }
  .emoji-grid { display: grid; grid-template-columns: repeat(8, 1fr); }
  .emoji-grid button { aspect-ratio: 1; }
  .emoji-tools, .status-line { display: flex; align-items: center; justify-content: space-between; gap: var(--space-2); }
  .emoji-tools [role=radio] { padding: 2px; border: 0; border-radius: var(--radius-s); background: none; cursor: pointer; }
  .emoji-tools [aria-checked=true] { background: var(--selected); }
}`);
document.adoptedStyleSheets.push(styles);

class EmojiPicker extends ChatElement {
  static topics = /** @type {Chat.Topic[]} */ (["people"]); // told when the server's own emoji are there
  static properties = { tone: { state: true }, index: { state: true }, query: { state: true }, isOpen: { state: true } };

  constructor() {
    super();
    /** @type {Chat.EmojiIndex | null | undefined} */
    this.index = null;
    this.query = "";
    this.isOpen = false;
    this.tone = readTone();
  }

  /** Called by the app for each `chat:emoji`. */
  async open({ anchor, pick }) {
    this.anchor = anchor;
    this.pick = pick;
    this.query = "";
    this.isOpen = true;
    this.index = await this.attempt(loadEmoji);
    if (!this.index) return;
    await this.updateComplete;
    const popover = this.inner("[popover]");
    popover.showPopover();
    placeBeside(popover, anchor);
    this.inner("input").focus();
  }

  /** @param {string} emoji */
  #choose(emoji) {
    context.recentEmoji.add(emoji);
    this.inner("[popover]").hidePopover();
    this.pick(emoji);
  }

  /** @param {any} event */
  #toggled(event) {
    if (event.newState !== "closed") return;
    this.isOpen = false;
    if (document.activeElement === document.body) this.anchor?.focus();
  }

  /** @param {any} event */
  #key(event) {
    const all = this.innerAll(".emoji-grid button");
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (event.key === "Enter" && at === -1 && all[0]) {
      event.preventDefault();
      all[0].click();
    }
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
    if (!by || (at === -1 && event.key !== "ArrowDown")) return;
    event.preventDefault();
    if (at === -1) all[0]?.focus();
    else if (at + by < 0) this.inner("input").focus();
    else all[Math.min(at + by, all.length - 1)].focus();
  }

  render() {
    return html`<div popover class="emoji-picker" role="dialog" aria-label=${t("Emoji")}
      @toggle=${this.#toggled} @keydown=${this.#key}>${this.isOpen && this.index ? this.#inside() : nothing}</div>`;
  }

  #inside() {
    return html`<input class="field" type="search" aria-label=${t("Find an emoji")} placeholder=${t("Find an emoji")}
        autocomplete="off" .value=${this.query} @input=${(event) => { this.query = event.target.value; }}>
      <div class="emoji-tools"><div role="radiogroup" aria-label=${t("Skin tone")}>${TONES.map((tone) => html`<button type="button" role="radio"
          aria-checked=${String(tone === this.tone)} aria-label=${toneName(tone)} title=${toneName(tone)} @click=${() => this.#chooseTone(tone)}>✋${tone}</button>`)}</div>
        <button class="button-quiet" type="button" @click=${() => { this.inner("[popover]").hidePopover(); emit("dialog", { name: "add-emoji" }); }}>${t("Add an emoji")}</button></div>
      <div class="emoji-groups">${this.query.trim() ? this.#found() : this.#groups()}</div>`;
  }

  /** @param {string} tone */
  #chooseTone(tone) {
    this.tone = tone;
    keepTone(tone);
  }

  #found() {
    const found = this.index?.find(this.query.trim(), 64);
    if (!found?.length) return html`<p class="hint">${t("No matches")}</p>`;
    return this.#grid(found);
  }

  #groups() {
    const recent = context.recentEmoji.list().map((emoji) => ({ emoji, code: "" }));
    const groups = [...(recent.length ? [{ name: "recent", items: recent }] : []), ...(this.index?.groups ?? [])];
    return groups.map((group) => html`<section class="emoji-group" aria-label=${groupName(group.name)}>
      <h3>${groupName(group.name)}</h3>${this.#grid(group.items)}</section>`);
  }

  /** @param {any[]} items */
  #grid(items) {
    return html`<div class="emoji-grid">${items.map(
      (item) => html`<button type="button" tabindex="-1" title=${item.code ? `:${item.code}:` : nothing}
        aria-label=${item.code ? item.code.replaceAll("_", " ") : item.emoji}
        @click=${() => this.#choose(item.code ? inTone(item.emoji, this.tone) : item.emoji)}>${item.code ? withOwnEmoji(inTone(item.emoji, this.tone)) : withOwnEmoji(item.emoji)}</button>`,
    )}</div>`;
  }
}

customElements.define("chat-emoji-picker", EmojiPicker);
