// Incoming webhooks of a conversation, in its details, for its admins: addresses by which programs
// post into it. Loaded when the section is opened.

import { html, nothing } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { shortTime } from "../core/times.js";
import { attempt, context, emit } from "./context.js";
import { icon } from "./icons.js";
import { shownOnce } from "./shown-once.js";

/** @typedef {{id: string, name: string, lastUsedAt: string | null}} Webhook */

/** A reactive controller of the details. */
export class WebhookList {
  /** @param {Chat.ReactiveHost} host */
  constructor(host) {
    this.host = host;
    this.conversationId = "";
    /** @type {Webhook[] | null} null before they are loaded */
    this.webhooks = null;
    /** @type {{name: string, url: string} | null} the new one, whose address is shown once */
    this.made = null;
  }

  /** Forgets those of another conversation. @param {string} conversationId */
  reset(conversationId) {
    Object.assign(this, { conversationId, webhooks: null, made: null });
  }

  get #path() {
    return ["conversations", this.conversationId, "hooks"];
  }

  async #load() {
    const id = this.conversationId;
    const { results } = await context.session.rest.get(this.#path);
    if (id !== this.conversationId) return;
    this.webhooks = results;
    this.host.requestUpdate();
  }

  /** @param {Chat.FormEvent} event */
  #make(event) {
    event.preventDefault();
    const form = event.target;
    attempt(async () => {
      this.made = await context.session.rest.post(this.#path, { name: String(new FormData(form).get("name")) });
      form.reset();
      await this.#load();
    });
  }

  /** @param {Webhook} webhook */
  #confirmEnd({ id, name }) {
    emit("dialog", {
      name: "confirm",
      title: t("End the webhook {name}?", { name }),
      text: t("Programs that use its address can no longer post here."),
      action: t("End"),
      run: () => attempt(async () => {
        await context.session.rest.delete([...this.#path, id]);
        await this.#load();
      }),
    });
  }

  render() {
    const load = (/** @type {Event} */ event) => {
      if (/** @type {HTMLDetailsElement} */ (event.target).open && !this.webhooks) attempt(() => this.#load());
    };
    const { made } = this;
    return html`<details class="details-section" @toggle=${load}><summary>${t("Webhooks")}</summary>
      <p class="muted">${t("Gives a program an address to post to, as Slack and Mattermost do.")}</p>
      ${made ? shownOnce(
        t("The address of {name}. It is not shown again.", { name: made.name }), t("Address of {name}", { name: made.name }), made.url) : nothing}
      <ul class="details-list">${(this.webhooks ?? []).map((each) => html`<li class="person-row">
        <span dir="auto">${each.name} <small>${each.lastUsedAt ? shortTime(each.lastUsedAt) : t("never used")}</small></span>
        <button class="icon-button" type="button" aria-label=${t("End {name}", { name: each.name })} title=${t("End {name}", { name: each.name })}
          @click=${() => this.#confirmEnd(each)}>${icon("trash")}</button></li>`)}</ul>
      <form class="details-form" @submit=${(/** @type {Chat.FormEvent} */ event) => this.#make(event)}>
        <label>${t("Program")}<input class="field" name="name" maxlength="100" required></label>
        <div class="form-buttons"><button class="button" type="submit">${t("Create webhook")}</button></div>
      </form></details>`;
  }
}
