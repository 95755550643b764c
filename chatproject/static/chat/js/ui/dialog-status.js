// The dialog “Set a status”: an emoji, a line, and until when.

import { html } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { context, emit, pickEmoji } from "./context.js";
import { ChatElement } from "./element.js";

const HOUR = 3_600_000;

class StatusDialog extends ChatElement {
  static properties = { emoji: { state: true } };

  constructor() {
    super();
    this.emoji = context.store.me.status?.emoji ?? "";
  }

  /**
   * @param {any} status
   */
  async #put(status) {
    const me = await this.attempt(() => context.session.rest.call("PUT", ["users", "me", "status"], { body: status }));
    if (!me) return;
    Object.assign(context.store.me, { status: me.status });
    context.store.notify("people");
    emit("dialog-done");
  }

  /** @param {any} event */
  #save(event) {
    event.preventDefault();
    const data = new FormData(event.target);
    const until = untilOf(String(data.get("until")), new Date());
    this.#put({ emoji: this.emoji, text: String(data.get("text")).trim(), ...(until ? { until: until.toISOString() } : {}) });
  }

  render() {
    const { status } = context.store.me;
    const spans = [["", t("Until I change it")], ["hour", t("For an hour")], ["day", t("Today")], ["week", t("For a week")]];
    return html`<form class="stack" @submit=${this.#save}>
      <div class="status-line"><button class="icon-button" type="button" aria-label=${t("Choose an emoji")}
          @click=${(event) => pickEmoji(event.currentTarget, (emoji) => { this.emoji = emoji; })}>${this.emoji || "🙂"}</button>
        <input class="field" name="text" maxlength="100" autofocus dir="auto" aria-label=${t("What are you up to?")} placeholder=${t("What are you up to?")} .value=${status?.text ?? ""}></div>
      <label>${t("Until")}<select class="field" name="until">${spans.map(([value, label]) => html`<option value=${value}>${label}</option>`)}</select></label>
      <div class="form-buttons">
        ${status ? html`<button class="button-quiet" type="button" @click=${() => this.#put({})}>${t("Clear status")}</button>` : ""}
        <button class="button" type="submit">${t("Save")}</button></div></form>`;
  }
}

/**
 * @param {string} span
 * @param {Date} now
 */
function untilOf(span, now) {
  if (span === "hour") return new Date(now.getTime() + HOUR);
  if (span === "day") return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
  return span === "week" ? new Date(now.getTime() + 7 * 24 * HOUR) : null;
}

customElements.define("chat-status", StatusDialog);
