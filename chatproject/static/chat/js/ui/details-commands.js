// Slash commands of a conversation, in its details, for its admins: programs that people call by
// "/name". Loaded when the section is opened.

import { html, nothing } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { attempt, context, emit } from "./context.js";
import { forgetCommands } from "./conversation-commands.js";
import { icon } from "./icons.js";
import { shownOnce } from "./shown-once.js";

/** @typedef {{id: string, name: string, description: string}} Command */

/** A reactive controller of the details. */
export class CommandList {
  /** @param {Chat.ReactiveHost} host */
  constructor(host) {
    this.host = host;
    this.conversationId = "";
    /** @type {Command[] | null} null before they are loaded */
    this.commands = null;
    /** @type {{name: string, secret: string} | null} the new one, whose secret is shown once */
    this.made = null;
  }

  /** Forgets those of another conversation. @param {string} conversationId */
  reset(conversationId) {
    Object.assign(this, { conversationId, commands: null, made: null });
  }

  get #path() {
    return ["conversations", this.conversationId, "commands"];
  }

  async #load() {
    const id = this.conversationId;
    const { results } = await context.session.rest.get(this.#path);
    if (id !== this.conversationId) return;
    this.commands = results;
    this.host.requestUpdate();
  }

  #reload() {
    forgetCommands(this.conversationId);
    return this.#load();
  }

  /** @param {Chat.FormEvent} event */
  #make(event) {
    event.preventDefault();
    const form = event.target;
    const body = Object.fromEntries(new FormData(form));
    attempt(async () => {
      this.made = await context.session.rest.post(this.#path, body);
      form.reset();
      await this.#reload();
    });
  }

  /** @param {Command} command */
  #confirmEnd({ id, name }) {
    emit("dialog", {
      name: "confirm",
      title: t("End the command {name}?", { name: `/${name}` }),
      text: t("Its program will no longer be called."),
      action: t("End"),
      run: () => attempt(async () => {
        await context.session.rest.delete([...this.#path, id]);
        await this.#reload();
      }),
    });
  }

  render() {
    const load = (/** @type {Event} */ event) => {
      if (/** @type {HTMLDetailsElement} */ (event.currentTarget).open && !this.commands) attempt(() => this.#load());
    };
    const made = this.made && { ...this.made, name: `/${this.made.name}` };
    return html`<details class="details-section" @toggle=${load}><summary>${t("Slash commands")}</summary>
      <p class="muted">${t("With /name everybody here can call a program, which answers as it does in Slack.")}</p>
      ${made ? shownOnce(
        t("{name} now calls its program, which checks the signature with this secret. It is not shown again.", { name: made.name }),
        t("Secret of {name}", { name: made.name }), made.secret) : nothing}
      <ul class="details-list">${(this.commands ?? []).map((each) => this.#renderCommand(each))}</ul>
      <form class="details-form" @submit=${(/** @type {Chat.FormEvent} */ event) => this.#make(event)}>
        <label>${t("Command")}<input class="field" name="name" maxlength="33" required placeholder="/deploy"></label>
        <label>${t("Address of the program")}<input class="field" name="url" type="url" maxlength="2000" required></label>
        <label>${t("What it does")}<input class="field" name="description" maxlength="200"></label>
        <div class="form-buttons"><button class="button" type="submit">${t("Create command")}</button></div>
      </form></details>`;
  }

  /** @param {Command} command */
  #renderCommand(command) {
    const label = t("End {name}", { name: `/${command.name}` });
    return html`<li class="person-row"><span dir="auto">/${command.name} <small>${command.description}</small></span>
      <button class="icon-button" type="button" aria-label=${label} title=${label} @click=${() => this.#confirmEnd(command)}>${icon("trash")}</button></li>`;
  }
}
