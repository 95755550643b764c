// The dialog that asks for a day and a time, for what is to happen later.

import { html } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { proposedTimes, toLocalField } from "../core/scheduled.js";
import { emit } from "./context.js";
import { ChatElement } from "./element.js";

class ChooseTime extends ChatElement {
  static properties = { choose: {} };

  constructor() {
    super();
    /** @type {(at: Date) => void} */
    this.choose = () => {};
  }

  render() {
    const now = new Date();
    const tomorrow = proposedTimes(now).find((each) => each.name === "tomorrow");
    return html`<form class="stack" @submit=${this.#done}>
      <label>${t("Day and time")}<input class="field" type="datetime-local" name="at" required autofocus
        min=${toLocalField(now)} .value=${toLocalField(tomorrow?.at ?? now)}></label>
      <div class="form-buttons"><button class="button" type="submit">${t("OK")}</button></div></form>`;
  }

  /** @param {any} event */
  #done(event) {
    event.preventDefault();
    const at = new Date(String(new FormData(event.target).get("at")));
    emit("dialog-done");
    this.choose(at);
  }
}

customElements.define("chat-choose-time", ChooseTime);
