// The menu: one for the page, opened beside a button or at a point by `openMenu`.

import { html, nothing } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { emit } from "./context.js";
import { ChatElement } from "./element.js";
import { icon } from "./icons.js";
import { placeBeside } from "./popover.js";

const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .menu { min-inline-size: 14rem; max-inline-size: min(20rem, calc(100vi - 1rem)); max-block-size: calc(100dvb - 1rem); overflow-y: auto; }
  .menu-item { display: flex; align-items: center; gap: var(--space-3); inline-size: 100%; min-block-size: 2.5rem; padding: var(--space-1) var(--space-3); border: 0; border-radius: var(--radius-s); background: none; color: inherit; font-size: var(--text-m); text-align: start; text-decoration: none; cursor: pointer; }
  @media (hover: none) { .menu-item > kbd { display: none; } } /* fingers have no keys */
  .menu-item > .icon { color: var(--muted); }
  .menu-item > span { flex: 1; }
  .menu-item > .menu-mark { flex: none; inline-size: 1.25rem; }
  .menu-item:is(:hover, :focus-visible) { background: var(--selected); outline-offset: -2px; }
  .menu-danger, .menu-danger > .icon { color: var(--danger); }
  .menu hr { margin: var(--space-1) var(--space-2); border: 0; border-block-start: 1px solid var(--line); }
  .menu-head { display: flex; align-items: center; gap: var(--space-3); padding: var(--space-2) var(--space-3) var(--space-3); }
  .menu-head > span:last-child { display: grid; min-inline-size: 0; overflow-wrap: anywhere; }
  .menu-head small { color: var(--muted); }
  .menu-reactions { display: flex; justify-content: space-between; padding: var(--space-1); border-block-end: 1px solid var(--line); margin-block-end: var(--space-1); }
  .menu-reactions button { inline-size: 2.5rem; block-size: 2.5rem; }
}`);
document.adoptedStyleSheets.push(styles);

/**
 * Opens the menu beside a button or at a point; null among the items is a line.
 *
 * @param {Chat.Menu} menu
 */
export function openMenu(menu) {
  emit("menu", menu);
}

class Menu extends ChatElement {
  static properties = { menu: { state: true } };

  constructor() {
    super();
    /** @type {Chat.Menu | null} */
    this.menu = null;
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("chat:menu", ({ detail }) => this.#open(detail));
  }

  /** @param {Chat.Menu} menu */
  async #open(menu) {
    const popover = this.inner("[popover]");
    const wasFor = popover.matches(":popover-open") ? this.menu : null;
    if (wasFor) popover.hidePopover();
    this.menu = menu;
    this.#mark(menu, "true");
    await this.updateComplete;
    popover.showPopover();
    placeBeside(popover, menu.point ?? menu.anchor);
    this.#items()[0]?.focus();
  }

  /**
   * @param {Chat.Menu} menu
   * @param {"true" | "false"} isOpen
   */
  #mark({ anchor }, isOpen) {
    if (anchor?.hasAttribute("aria-haspopup")) anchor.setAttribute("aria-expanded", isOpen);
  }

  #items() {
    return this.innerAll('[role^="menuitem"]');
  }

  #close() {
    this.inner("[popover]").hidePopover();
  }

  /** @param {any} event */
  #toggled(event) {
    if (event.newState !== "closed" || !this.menu) return;
    const { anchor } = this.menu;
    this.#mark(this.menu, "false");
    if (this.contains(document.activeElement) || document.activeElement === document.body) anchor?.focus();
    if (!this.inner("[popover]").matches(":popover-open")) this.menu = null;
  }

  /** @param {any} event */
  #key(event) {
    const items = this.#items();
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    // Up and down go through the acts; what stands in a row above them is reached to the side.
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const acts = this.innerAll('.menu-item[role^="menuitem"]');
      const act = acts.indexOf(/** @type {HTMLElement} */ (document.activeElement));
      acts.at((act < 0 ? (event.key === "ArrowDown" ? 0 : -1) : act + (event.key === "ArrowDown" ? 1 : -1)) % acts.length)?.focus();
      return;
    }
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Tab") this.#close();
    if (next === undefined) return;
    event.preventDefault();
    items.at(next % items.length)?.focus();
  }

  /** @param {any} item */
  #run(item) {
    this.#close();
    item.run?.();
  }

  /** While it is open it is a region of the page: it belongs to no pane. */
  updated() {
    this.role = this.menu ? "region" : null;
    this.ariaLabel = this.menu ? t("Menu") : null;
  }

  render() {
    const { menu } = this;
    return html`<div popover class="menu" role="menu" aria-label=${menu?.label ?? nothing}
      @toggle=${this.#toggled} @keydown=${this.#key}>
      ${menu ? html`${typeof menu.head === "function" ? menu.head(() => this.#close()) : menu.head ?? nothing}
        ${menu.items.map((item) => this.#item(item))}` : nothing}
    </div>`;
  }

  /** @param {any} item */
  #item(item) {
    if (!item) return html`<hr role="separator">`;
    const isChoice = item.isOn !== undefined;
    const mark = isChoice ? html`<span class="menu-mark">${item.isOn ? icon("check") : nothing}</span>` : nothing;
    const body = html`${item.icon ? icon(item.icon) : mark}<span>${item.label}</span>
      ${item.icon ? mark : nothing}${item.hint ? html`<kbd>${item.hint}</kbd>` : nothing}`;
    const style = `menu-item ${item.isDanger ? "menu-danger" : ""}`;
    return item.href
      ? html`<a class=${style} role="menuitem" tabindex="-1" href=${item.href} @click=${() => this.#close()}>${body}</a>`
      : html`<button class=${style} role=${isChoice ? "menuitemcheckbox" : "menuitem"}
          aria-checked=${isChoice ? String(item.isOn) : nothing} type="button" tabindex="-1"
          @click=${() => this.#run(item)}>${body}</button>`;
  }
}

customElements.define("chat-menu", Menu);
