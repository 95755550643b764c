// The offline bar: shown when the connection, or catching up, fails for some seconds, and so loaded when
// the page is idle.

import { html, nothing } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { context } from "./context.js";
import { ChatElement } from "./element.js";
import { icon } from "./icons.js";

const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .offline-bar { display: flex; align-items: center; justify-content: center; flex-wrap: wrap; gap: var(--space-2); padding: var(--space-1) var(--space-4); background: var(--warning-soft); color: var(--warning); font-size: var(--text-s); }
  .offline-bar .button-quiet { color: inherit; text-decoration: underline; font-size: inherit; }
}`);
document.adoptedStyleSheets.push(styles);

const PATIENCE_MS = 4000;
const PATIENCE_WITHOUT_NETWORK_MS = 500; // the browser itself says that there is none

class OfflineBar extends ChatElement {
  /** @type {Chat.Topic[]} */
  static topics = ["connection"];
  static properties = { isShown: { state: true } };

  constructor() {
    super();
    this.isShown = false;
    this.isBehind = false;
  }

  willUpdate() {
    const { connection, catchUp } = context.session;
    this.isBehind = connection.state === "online" && catchUp.isFailing;
    const isOnline = connection.state === "online" && !catchUp.isFailing;
    if (isOnline) {
      clearTimeout(this.timer);
      this.timer = undefined;
      this.isShown = false;
    } else if (!this.isShown) {
      this.timer ??= setTimeout(() => {
        this.timer = undefined;
        this.isShown = true;
      }, navigator.onLine ? PATIENCE_MS : PATIENCE_WITHOUT_NETWORK_MS);
    }
  }

  render() {
    return html`<div role="status">${this.isShown ? bar(this.isBehind) : nothing}</div>`;
  }
}

/** @param {boolean} isBehind connected, but new messages cannot be loaded */
function bar(isBehind) {
  return html`<p class="offline-bar">${icon("offline")}
    <span>${isBehind ? t("New messages cannot be loaded at the moment. The chat keeps trying.")
      : t("No connection. What you write is kept and sent as soon as it is back.")}</span>
    <button class="button-quiet" type="button" @click=${() => context.session.connection.wake()}>${t("Try now")}</button>
  </p>`;
}

customElements.define("chat-offline-bar", OfflineBar);
