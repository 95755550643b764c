// The dialog “Go to a date”: asks for a day and goes to its first message.

import { html } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { emit } from "./context.js";
import { ChatElement } from "./element.js";

class DateDialog extends ChatElement {
  render() {
    const today = new Date(Date.now() - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 10);
    return html`<form class="stack" @submit=${this.#go}>
      <label>${t("Day")}<input class="field" type="date" name="day" required max=${today} .value=${today} autofocus></label>
      <div class="form-buttons"><button class="button" type="submit">${t("Go")}</button></div></form>`;
  }

  /** @param {any} event */
  #go(event) {
    event.preventDefault();
    const day = new FormData(event.target).get("day");
    const moment = new Date(`${day}T00:00:00`).toISOString();
    emit("dialog-done");
    /** @type {any} */ (document.querySelector("chat-timeline"))?.jumpToMoment(moment);
  }
}

customElements.define("chat-date", DateDialog);
