// Outgoing webhooks of a conversation, in its details, for its admins: programs that are told what
// happens in it, and how that went. Loaded when the section is opened.

import { html, nothing } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { shortTime } from "../core/times.js";
import { attempt, context, emit } from "./context.js";
import { icon } from "./icons.js";
import { shownOnce } from "./shown-once.js";

/** @typedef {{id: string, name: string, url: string, events: string[], words: string[], switchedOffAt: string | null}} Webhook */
/** @typedef {{id: string, event: string, seq: number, state: string, status: number | null, error: string, createdAt: string}} Delivery */

/** @returns {Record<string, string>} */
function eventNames() {
  return {
    "message.created": t("New messages"),
    "message.updated": t("Changed messages"),
    "message.deleted": t("Deleted messages"),
    "reaction.added": t("Reactions"),
    "conversation.changed": t("Changes of the conversation"),
  };
}

/** @type {Record<string, () => string>} */
const STATES = { waiting: () => t("waiting"), delivered: () => t("delivered"), failed: () => t("failed") };

/** A reactive controller of the details. */
export class OutgoingWebhookList {
  /** @param {Chat.ReactiveHost} host */
  constructor(host) {
    this.host = host;
    this.conversationId = "";
    /** @type {Webhook[] | null} null before they are loaded */
    this.webhooks = null;
    /** @type {{name: string, secret: string} | null} the new one, whose secret is shown once */
    this.made = null;
    /** @type {Map<string, Delivery[]>} by webhook */
    this.deliveries = new Map();
  }

  /** Forgets those of another conversation. @param {string} conversationId */
  reset(conversationId) {
    Object.assign(this, { conversationId, webhooks: null, made: null, deliveries: new Map() });
  }

  get #path() {
    return ["conversations", this.conversationId, "outgoing-hooks"];
  }

  async #load() {
    const id = this.conversationId;
    const { results } = await context.session.rest.get(this.#path);
    if (id !== this.conversationId) return;
    this.webhooks = results;
    this.host.requestUpdate();
  }

  /** @param {string} webhookId */
  async #loadDeliveries(webhookId) {
    const { deliveries } = this;
    const { results } = await context.session.rest.get([...this.#path, webhookId, "deliveries"]);
    deliveries.set(webhookId, results);
    this.host.requestUpdate();
  }

  /** @param {Chat.FormEvent} event */
  #make(event) {
    event.preventDefault();
    const form = event.target;
    const data = new FormData(form);
    const words = String(data.get("words")).split(",").map((each) => each.trim()).filter(Boolean);
    const body = { name: data.get("name"), url: data.get("url"), events: data.getAll("event"), words };
    attempt(async () => {
      this.made = await context.session.rest.post(this.#path, body);
      form.reset();
      await this.#load();
    });
  }

  /** @param {Webhook} webhook */
  #confirmEnd({ id, name }) {
    emit("dialog", {
      name: "confirm",
      title: t("End the webhook {name}?", { name }),
      text: t("Its program will receive no more events."),
      action: t("End"),
      run: () => attempt(async () => {
        await context.session.rest.delete([...this.#path, id]);
        await this.#load();
      }),
    });
  }

  /** @param {Webhook} webhook */
  #switchOn({ id }) {
    return attempt(async () => {
      await context.session.rest.post([...this.#path, id, "switch-on"]);
      await this.#load();
    });
  }

  /**
   * @param {Webhook} webhook
   * @param {Delivery} delivery
   */
  #redeliver({ id }, delivery) {
    return attempt(async () => {
      await context.session.rest.post([...this.#path, id, "deliveries", delivery.id, "redeliver"]);
      await this.#loadDeliveries(id);
    }, t("It is being delivered again."));
  }

  render() {
    const load = (/** @type {Event} */ event) => {
      if (/** @type {HTMLDetailsElement} */ (event.currentTarget).open && !this.webhooks) attempt(() => this.#load());
    };
    const { made } = this;
    return html`<details class="details-section" @toggle=${load}><summary>${t("Outgoing webhooks")}</summary>
      <p class="muted">${t("Tells a program what happens here, signed as Slack does it.")}</p>
      ${made ? shownOnce(
        t("{name} receives events from now on, and checks the signature with this secret. It is not shown again.", { name: made.name }),
        t("Secret of {name}", { name: made.name }), made.secret) : nothing}
      <ul class="details-list">${(this.webhooks ?? []).map((each) => this.#renderWebhook(each))}</ul>
      ${this.#renderForm()}</details>`;
  }

  /** @param {Webhook} webhook */
  #renderWebhook(webhook) {
    const { id, name, url, words } = webhook;
    const load = (/** @type {Event} */ event) => {
      event.stopPropagation();
      if (/** @type {HTMLDetailsElement} */ (event.currentTarget).open) attempt(() => this.#loadDeliveries(id));
    };
    const told = [...webhook.events.map((each) => eventNames()[each] ?? each), ...words].join(", ");
    return html`<li><div class="person-row">
      <span dir="auto">${name} <small>${url}</small> <small>${told}</small></span>
      <button class="icon-button" type="button" aria-label=${t("End {name}", { name })} title=${t("End {name}", { name })}
        @click=${() => this.#confirmEnd(webhook)}>${icon("trash")}</button></div>
      ${webhook.switchedOffAt ? html`<p role="status">${t("Turned off, since the program did not answer.")}
        <button class="button-quiet" type="button" @click=${() => this.#switchOn(webhook)}>${t("Turn on")}</button></p>` : nothing}
      <details @toggle=${load}><summary>${t("Deliveries to {name}", { name })}</summary>
        <ul class="details-list">${(this.deliveries.get(id) ?? []).map((each) => this.#renderDelivery(webhook, each))}</ul></details></li>`;
  }

  /**
   * @param {Webhook} webhook
   * @param {Delivery} delivery
   */
  #renderDelivery(webhook, delivery) {
    const { event, state, status, error, createdAt } = delivery;
    const outcome = [STATES[state]?.() ?? state, status, error].filter(Boolean).join(" · ");
    const label = t("Deliver again");
    return html`<li class="person-row"><span>${eventNames()[event] ?? event} <small>${shortTime(createdAt)} · ${outcome}</small></span>
      ${state === "waiting" ? nothing : html`<button class="icon-button" type="button" aria-label=${label} title=${label}
        @click=${() => this.#redeliver(webhook, delivery)}>${icon("retry")}</button>`}</li>`;
  }

  #renderForm() {
    return html`<form class="details-form" @submit=${(/** @type {Chat.FormEvent} */ event) => this.#make(event)}>
      <label>${t("Program")}<input class="field" name="name" maxlength="100" required></label>
      <label>${t("Address of the program")}<input class="field" name="url" type="url" maxlength="2000" required></label>
      <fieldset><legend>${t("Events")}</legend>${Object.entries(eventNames()).map(([value, label]) => html`<label class="switch-row">
        <span>${label}</span><input type="checkbox" name="event" value=${value} ?checked=${value === "message.created"}></label>`)}</fieldset>
      <label>${t("Only messages with one of these words, separated by commas")}<input class="field" name="words"></label>
      <div class="form-buttons"><button class="button" type="submit">${t("Create outgoing webhook")}</button></div>
    </form>`;
  }
}
