// The buttons below a bot's message: links, and those that call the bot. Loaded with the first one.

import { html, nothing } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { safeHref } from "../core/markdown-links.js";
import { context, emit } from "./context.js";
import { ChatElement } from "./element.js";

/** Loads the part. */
export function define() {}

const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .message-buttons { display: flex; flex-wrap: wrap; gap: var(--space-2); margin: var(--space-2) 0 var(--space-1); padding: 0; list-style: none; }
  .message-buttons li { min-inline-size: 0; max-inline-size: 100%; }
  .message-button { display: inline-flex; align-items: center; max-inline-size: 100%; min-block-size: var(--target); padding: var(--space-1) var(--space-3); border: 1px solid var(--line-strong); border-radius: var(--radius-s); background: none; color: inherit; font: inherit; font-weight: var(--medium); text-align: start; text-decoration: none; overflow-wrap: anywhere; cursor: pointer; }
  .message-button:hover { background: var(--hover); }
  .message-button:disabled { opacity: 0.6; cursor: default; }
  .message-button-primary { border-color: transparent; background: var(--accent-fill); color: #fff; }
  .message-button-primary:hover { background: var(--accent-fill-hover); }
  .message-button-danger { border-color: transparent; background: var(--danger-fill); color: #fff; }
  .message-button-danger:hover { background: var(--danger-fill); filter: brightness(0.93); }
}`);
document.adoptedStyleSheets.push(styles);

class MessageButtons extends ChatElement {
  static properties = { message: {}, isPressed: { state: true } };

  constructor() {
    super();
    /** @type {any} */
    this.message = null;
    this.isPressed = false;
  }

  #isMember() {
    const conversation = context.store.conversations.get(this.message.conversationId);
    return Boolean(conversation?.role && !conversation.leftAt);
  }

  /** @param {Chat.MessageButton} button */
  #press(button) {
    const { confirm } = button;
    if (!confirm) return this.#tell(button);
    const run = () => this.#tell(button);
    return emit("dialog", { name: "confirm", title: confirm.title, text: confirm.text, action: confirm.confirm, cancel: confirm.deny, isPlain: button.style !== "danger", run });
  }

  /**
   * What the bot makes of it comes as its messages.
   *
   * @param {Chat.MessageButton} button
   */
  async #tell({ id }) {
    const { conversationId, seq } = this.message;
    this.isPressed = true;
    await this.attempt(() => context.session.rest.post(["conversations", conversationId, "messages", seq, "actions"], { buttonId: id }));
    this.isPressed = false;
  }

  render() {
    const { buttons } = this.message.meta;
    return html`<ul class="message-buttons" aria-label=${t("Buttons")}>
      ${buttons.map((button) => html`<li>${this.#button(button)}</li>`)}</ul>`;
  }

  /** @param {Chat.MessageButton} button */
  #button(button) {
    const look = `message-button ${button.style ? `message-button-${button.style}` : ""}`;
    if (button.url) {
      const href = safeHref(button.url);
      return href ? html`<a class=${look} dir="auto" href=${href} target="_blank" rel="noopener noreferrer nofollow" title=${href}>${button.label}</a>` : nothing;
    }
    return html`<button class=${look} type="button" dir="auto" ?disabled=${this.isPressed || !this.#isMember()} @click=${() => this.#press(button)}>${button.label}</button>`;
  }
}

customElements.define("chat-message-buttons", MessageButtons);
