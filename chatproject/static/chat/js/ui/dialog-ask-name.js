// The dialog that asks for a short name.

import { html } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { emit } from "./context.js";

/** @param {{value: string, choose: (name: string) => void}} dialog */
export function askNameDialog({ value, choose }) {
  return html`<form class="stack" @submit=${(event) => {
    event.preventDefault();
    const name = String(new FormData(event.target).get("name")).trim();
    if (!name) return;
    emit("dialog-done");
    choose(name);
  }}>
    <label>${t("Name")}<input class="field" name="name" required maxlength="60" autocomplete="off" dir="auto" autofocus .value=${value}></label>
    <div class="form-buttons"><button class="button" type="submit">${t("Save")}</button></div></form>`;
}
