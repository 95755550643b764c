// The dialog “Add an emoji”: a small picture and its name.

import { html } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { emit, toast } from "./context.js";
import { ChatElement } from "./element.js";
import { upload } from "./file-upload.js";
import { addOwnEmoji } from "./own-emoji-list.js";
import { prepared } from "./prepared-picture.js";

class AddEmoji extends ChatElement {
  static properties = { isBusy: { state: true } };

  constructor() {
    super();
    this.isBusy = false;
  }

  /** @param {any} event */
  async #save(event) {
    event.preventDefault();
    const data = new FormData(event.target);
    const [name, file] = [String(data.get("name")).replaceAll(":", "").trim().toLowerCase(), /** @type {File} */ (data.get("picture"))];
    this.isBusy = true;
    const isDone = await this.attempt(async () => {
      const attachment = await upload(file, {}, () => {}).done;
      await prepared(attachment);
      await addOwnEmoji(name, attachment.id);
      return true;
    });
    this.isBusy = false;
    if (!isDone) return;
    emit("dialog-done");
    toast(t("Added :{name}:", { name }));
  }

  render() {
    return html`<form class="stack" @submit=${this.#save}>
      <label>${t("Picture")}<input class="field" type="file" name="picture" accept="image/png,image/gif,image/webp,image/jpeg" required></label>
      <p class="hint">${t("At most 256 KB and 512 pixels on each side.")}</p>
      <label>${t("Name")}<input class="field" name="name" required minlength="2" maxlength="34" pattern=":?[A-Za-z0-9_+\\-]{2,32}:?" autocomplete="off" placeholder=":name:"></label>
      <div class="form-buttons"><button class="button" type="submit" ?disabled=${this.isBusy}>${t("Add")}</button></div></form>`;
  }
}

customElements.define("chat-add-emoji", AddEmoji);
