// Says that the connection is gone, but only when it stays away for some seconds.

import { html, nothing } from "../../vendor/lit.js";
import { t } from "../core/texts.js";
import { context } from "./context.js";
import { ChatElement } from "./element.js";
import { icon } from "./icons.js";

const PATIENCE_MS = 4000;

class OfflineBar extends ChatElement {
  static topics = ["connection"];
  static properties = { isShown: { state: true } };

  constructor() {
    super();
    this.isShown = false;
  }

  willUpdate() {
    const isOnline = context.session.connection.state === "online";
    if (isOnline) {
      clearTimeout(this.timer);
      this.timer = undefined;
      this.isShown = false;
    } else if (!this.isShown) {
      this.timer ??= setTimeout(() => {
        this.timer = undefined;
        this.isShown = true;
      }, PATIENCE_MS);
    }
  }

  render() {
    return html`<div role="status">${this.isShown ? bar() : nothing}</div>`;
  }
}

function bar() {
  return html`<p class="offline-bar">${icon("offline")}
    <span>${t("No connection. What you write is kept and sent as soon as it is back.")}</span>
    <button class="button-quiet" type="button" @click=${() => context.session.connection.wake()}>${t("Try now")}</button>
  </p>`;
}

customElements.define("chat-offline-bar", OfflineBar);
