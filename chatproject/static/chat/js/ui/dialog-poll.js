// The dialog “New poll”: a question, two to twelve choices, and how the vote goes.

import { html, nothing } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { Polls } from "../core/polls.js";
import { toLocalField } from "../core/scheduled.js";
import { context, emit } from "./context.js";
import { ChatElement } from "./element.js";

const MOST = 12; // as in messaging/polls.py

const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .poll-fields { display: grid; gap: var(--space-2); min-inline-size: 0; margin: 0; padding: 0; border: 0; }
  .poll-fields legend { margin-block-end: var(--space-1); padding: 0; font-size: var(--text-m); font-weight: var(--medium); }
  .stack > .poll-flag { display: flex; align-items: center; gap: var(--space-2); font-weight: inherit; }
}`);
document.adoptedStyleSheets.push(styles);

class NewPoll extends ChatElement {
  static properties = { conversationId: {}, threadSeq: {}, question: {}, number: { state: true } };

  constructor() {
    super();
    this.conversationId = "";
    /** @type {number | null} */
    this.threadSeq = null;
    this.question = ""; // as it was typed after the command
    this.number = 2; // choices that there are fields for
    this.clientId = crypto.randomUUID();
  }

  async #add() {
    this.number += 1;
    await this.updateComplete;
    this.innerAll("input[name=choice]").at(-1)?.focus();
  }

  /** @param {any} event */
  async #ask(event) {
    event.preventDefault();
    const data = new FormData(event.target);
    const closesAt = String(data.get("closesAt"));
    const choices = data.getAll("choice").map((each) => String(each).trim()).filter(Boolean);
    await this.attempt(async () => {
      await new Polls(context.session).ask(this.conversationId, {
        question: String(data.get("question")).trim(), choices, clientId: this.clientId,
        several: data.has("several"), anonymous: data.has("anonymous"),
        ...(closesAt ? { closesAt: new Date(closesAt).toISOString() } : {}),
        ...(this.threadSeq ? { threadSeq: this.threadSeq } : {}),
      });
      emit("dialog-done");
    });
  }

  render() {
    return html`<form class="stack" @submit=${this.#ask}>
      <label>${t("Question")}<input class="field" name="question" .defaultValue=${this.question} required maxlength="500" autofocus dir="auto" autocomplete="off"></label>
      <fieldset class="poll-fields"><legend>${t("Choices")}</legend>
        ${Array.from({ length: this.number }, (_, at) => html`<input class="field" name="choice" maxlength="100" dir="auto" autocomplete="off"
          ?required=${at < 2} aria-label=${t("Choice {number}", { number: at + 1 })} placeholder=${t("Choice {number}", { number: at + 1 })}>`)}
        ${this.number < MOST ? html`<button class="button-quiet" type="button" @click=${this.#add}>${t("Add a choice")}</button>` : nothing}</fieldset>
      <label class="poll-flag"><input type="checkbox" name="several">${t("Several choices")}</label>
      <label class="poll-flag"><input type="checkbox" name="anonymous">${t("Anonymous")}</label>
      <label>${t("Ends (optional)")}<input class="field" type="datetime-local" name="closesAt" min=${toLocalField(new Date())}></label>
      <div class="form-buttons"><button class="button" type="submit">${t("Ask")}</button></div></form>`;
  }
}

customElements.define("chat-new-poll", NewPoll);
