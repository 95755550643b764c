// The dialog that adds people to a conversation.

import { html } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { emit, context } from "./context.js";
import { ChatElement } from "./element.js";
import "./people-picker.js";

class AddPeople extends ChatElement {
  static properties = { conversationId: {}, chosen: { state: true } };

  constructor() {
    super();
    this.conversationId = null;
    this.chosen = [];
  }

  async #add() {
    const memberIds = this.chosen.map((each) => each.id);
    const done = await this.attempt(async () => {
      await context.session.commands.addMembers(this.conversationId, memberIds);
      return true;
    });
    if (done) emit("dialog-done");
  }

  render() {
    const inside = new Set((context.store.members.get(this.conversationId) ?? []).map((each) => each.userId));
    return html`<chat-people-picker .excluded=${inside} @chosen=${(event) => { this.chosen = event.detail; }}></chat-people-picker>
      <div class="form-buttons"><button class="button" type="button" ?disabled=${!this.chosen.length} @click=${this.#add}>${t("Add")}</button></div>`;
  }
}

customElements.define("chat-add-people", AddPeople);
