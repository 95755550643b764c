// The upload tray: files that wait to be sent with a message. Comes with what uploads them.

import { html, nothing } from "../../vendor/lit.js";
import { errorMessage } from "../core/errors.js";
import { kindOf } from "../core/media.js";
import { t } from "../core/i18n.js";
import { sizeName } from "./attachments.js";
import { icon } from "./icons.js";

export { Uploads } from "../core/uploads.js";
export { upload } from "./file-upload.js";

const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .tray { display: flex; gap: var(--space-2); overflow-x: auto; padding-block: var(--space-2); scrollbar-width: thin; }
  .tray-item { display: flex; align-items: center; gap: var(--space-2); flex: none; max-inline-size: 17rem; padding: var(--space-1); padding-inline-start: var(--space-2); border: 1px solid var(--line); border-radius: var(--radius-m); background: var(--surface); font-size: var(--text-s); }
  .tray-item .file-names { min-inline-size: 6rem; }
  .tray-failed { border-color: var(--danger); }
  .tray-failed .file-size { color: var(--danger); }
  .tray-preview { border-radius: var(--radius-s); object-fit: cover; }
  .tray progress { inline-size: 100%; block-size: 0.375rem; border-radius: var(--radius-full); accent-color: var(--accent-fill); }
}`);
document.adoptedStyleSheets.push(styles);

const PREVIEWS = new WeakMap();

/**
 * An address in this page for a picture that the server has not prepared yet.
 *
 * @param {File} file
 */
function previewUrl(file) {
  if (kindOf({ contentType: file.type }) !== "picture") return null;
  if (!PREVIEWS.has(file)) PREVIEWS.set(file, URL.createObjectURL(file));
  return PREVIEWS.get(file);
}

/** @param {any[]} items */
export function uploadTray(items, { remove, retry }) {
  return html`<ul class="tray" aria-label=${t("Files to send")}>${items.map((item) => html`<li class="tray-item ${item.state === "failed" ? "tray-failed" : ""}">
    ${previewOf(item)}
    <span class="file-names"><span class="file-name" dir="auto">${item.name}</span><span class="file-size">${stateOf(item)}</span></span>
    ${item.state === "failed" && item.error?.isPassing ? html`<button class="icon-button" type="button" aria-label=${t("Try {name} again", { name: item.name })} @click=${() => retry(item.key)}>${icon("retry")}</button>` : nothing}
    <button class="icon-button" type="button" aria-label=${item.state === "done" || item.state === "failed" ? t("Remove {name}", { name: item.name }) : t("Cancel {name}", { name: item.name })}
      @click=${() => remove(item.key)}>${icon("close")}</button></li>`)}</ul>`;
}

function previewOf({ file }) {
  const address = previewUrl(file);
  if (address) return html`<img class="tray-preview" src=${address} width="40" height="40" alt="">`;
  return html`<span class="file-mark">${icon("file")}</span>`;
}

/** @param {any} item */
function stateOf(item) {
  switch (item.state) {
    case "failed":
      return errorMessage(item.error ?? {});
    case "done":
      return sizeName(item.size);
    default:
      return html`<progress max="1" .value=${item.progress} aria-label=${t("Upload of {name}", { name: item.name })}></progress>`;
  }
}
