// The files of a message.

import { html, nothing } from "../../vendor/lit.js";
import { t } from "../core/texts.js";
import { icon } from "./icons.js";

export function attachmentsOf(message) {
  return html`<ul class="files">${message.attachments.map((each) => html`<li>${file(each)}</li>`)}</ul>`;
}

function file(attachment) {
  return html`<span class="file">${icon("file")}<span class="file-name" dir="auto">${attachment.name ?? t("A file")}</span>
    ${attachment.size ? html`<span class="file-size">${sizeName(attachment.size)}</span>` : nothing}</span>`;
}

export function sizeName(bytes) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  const format = { style: "unit", unit: units[power], unitDisplay: "short", maximumFractionDigits: power ? 1 : 0 };
  return new Intl.NumberFormat(undefined, format).format(bytes / 1000 ** power);
}
