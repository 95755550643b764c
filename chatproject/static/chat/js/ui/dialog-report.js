// The dialog that reports a message or a person to the moderators.

import { html } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { emit, context, toast } from "./context.js";
import { ChatElement } from "./element.js";

class ReportDialog extends ChatElement {
  static properties = { subject: {} };

  constructor() {
    super();
    /** @type {{userId?: string, conversationId?: string, seq?: number}} what is reported */
    this.subject = {};
  }

  /** @param {any} event */
  async #send(event) {
    event.preventDefault();
    const form = new FormData(event.target);
    const [reason, comment] = [String(form.get("reason")), String(form.get("comment")).trim()];
    const done = await this.attempt(async () => {
      await context.session.commands.report({ ...this.subject, reason, ...(comment ? { comment } : {}) });
      return true;
    });
    if (!done) return;
    emit("dialog-done");
    toast(t("Thank you. A moderator will look at it."));
  }

  render() {
    const reasons = [
      ["spam", t("Advertising or spam")], ["harassment", t("Insult or harassment")], ["hate", t("Hatred")],
      ["violence", t("Violence")], ["sexual", t("Sexual content")], ["illegal", t("Against the law")], ["other", t("Something else")],
    ];
    return html`<form class="stack" @submit=${this.#send}>
      <label>${t("What is wrong?")}<select class="field" name="reason" autofocus>${reasons.map(([value, label]) => html`<option value=${value}>${label}</option>`)}</select></label>
      <label><span>${t("Anything to add?")} <small class="muted">${t("optional")}</small></span><textarea class="field" name="comment" rows="3" maxlength="500"></textarea></label>
      <p class="hint">${t("Only moderators see who reported it.")}</p>
      <div class="form-buttons"><button class="button" type="submit">${t("Report")}</button></div></form>`;
  }
}

customElements.define("chat-report", ReportDialog);
