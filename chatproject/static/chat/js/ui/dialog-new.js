// The dialog that creates a conversation: direct, group or public.

import { html, nothing } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { emit, context } from "./context.js";
import { ChatElement } from "./element.js";
import { icon } from "./icons.js";
import { openDirect } from "./open-direct.js";
import "./people-picker.js";

// Here, since the first view does without.
const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .segments { display: flex; margin: 0; padding: 3px; border: 0; border-radius: var(--radius-m); background: var(--sunken); }
  .segment { flex: 1; text-align: center; }
  .segment input { position: absolute; opacity: 0; }
  .segment span { display: grid; place-items: center; min-block-size: 2.5rem; border-radius: var(--radius-s); font-size: var(--text-m); font-weight: var(--medium); cursor: pointer; }
  .segment :checked + span { background: var(--raised); box-shadow: var(--shadow-s); color: var(--accent); }
  .form-buttons-apart { flex-wrap: wrap; justify-content: space-between; }
  .segment :focus-visible + span { outline: var(--focus); }
}`);
document.adoptedStyleSheets.push(styles);

class NewConversation extends ChatElement {
  static properties = { chosen: { state: true }, kind: { state: true }, isBusy: { state: true } };

  constructor() {
    super();
    this.chosen = [];
    this.kind = "direct";
    this.isBusy = false;
    this.clientId = crypto.randomUUID(); // one dialog makes one conversation, however often it is sent
  }

  /** @param {any} event */
  async #begin(event) {
    event.preventDefault();
    const form = new FormData(event.target);
    const [title, topic] = ["title", "topic"].map((name) => String(form.get(name) ?? "").trim());
    const memberIds = this.chosen.map((each) => each.id);
    const fields = this.#isDirect() ? { kind: "direct", memberIds }
      : { kind: this.kind, title, topic, memberIds, clientId: this.clientId };
    this.isBusy = true;
    const id = await this.attempt(() => context.session.commands.createConversation(fields));
    this.isBusy = false;
    if (id) emit("go", { id });
  }

  /**
   * For a conversation with one person there is nothing else to say.
   *
   * @param {CustomEvent} event
   */
  async #choose({ detail: chosen }) {
    this.chosen = chosen;
    if (!this.#isDirect() || chosen.length !== 1 || this.isBusy) return;
    this.isBusy = true;
    const id = await openDirect(chosen[0].id);
    this.isBusy = false;
    if (!id) this.chosen = [];
  }

  #isDirect() {
    return this.kind === "direct";
  }

  render() {
    const kinds = [
      ["direct", t("Direct"), t("Between you and one other person.")],
      ["group", t("Group"), t("Only those whom you or an admin add can read and write.")],
      ["public", t("Public"), t("Everybody can find it, read it and join.")],
    ];
    const isReady = this.#isDirect() ? this.chosen.length === 1 : true;
    return html`<form class="stack" @submit=${this.#begin}>
      <fieldset class="segments"><legend class="visually-hidden">${t("Kind")}</legend>${kinds.map(
        ([value, label]) => html`<label class="segment"><input type="radio" name="kind" value=${value} .checked=${this.kind === value}
          @change=${() => { this.kind = value; }}><span>${label}</span></label>`,
      )}</fieldset>
      <p class="hint">${kinds.find(([value]) => value === this.kind)?.[2]}</p>
      ${this.#isDirect() ? nothing : html`
        <label>${t("Name")}<input class="field" name="title" required maxlength="200" pattern=".*\\S.*" autocomplete="off"></label>
        <label><span>${t("Topic")} <small class="muted">${t("optional")}</small></span><input class="field" name="topic" maxlength="1000" autocomplete="off"></label>`}
      <div class="labelled"><span>${this.#isDirect() ? t("With") : t("People")}</span>
        <chat-people-picker @chosen=${this.#choose}></chat-people-picker></div>
      ${this.#isDirect() && this.chosen.length > 1 ? html`<p class="hint">${t("For more than one person, start a group.")}</p>` : nothing}
      <div class="form-buttons form-buttons-apart"><button class="button-quiet" type="button" @click=${() => emit("dialog", { name: "directory" })}>${icon("hash")}${t("Browse public conversations")}</button><button class="button" type="submit" ?disabled=${!isReady || this.isBusy}>${t("Start")}</button></div>
    </form>`;
  }
}

customElements.define("chat-new-conversation", NewConversation);
