// Attachments of a message: pictures in a grid, players, and the rest by name.

import { html, nothing } from "../../vendor/lit.js";
import { fit, kindOf, sourceFor } from "../core/media.js";
import { currentLanguage, t } from "../core/i18n.js";
import { logger } from "../core/logger.js";
import { emit } from "./context.js";
import { icon } from "./icons.js";

const BOX = 320;
const LONG = 2.5; // times as long as high

/** @param {Chat.Message} message */
export function attachmentsOf(message) {
  const pictures = message.attachments.filter((each) => kindOf(each) === "picture");
  const others = message.attachments.filter((each) => kindOf(each) !== "picture");
  return html`${pictures.length ? gallery(pictures) : nothing}
    ${others.length ? html`<ul class="files">${others.map((each) => html`<li>${other(each)}</li>`)}</ul>` : nothing}`;
}

/** @param {Chat.Attachment[]} pictures */
function gallery(pictures) {
  if (pictures.length === 1) return html`<div class="pictures">${picture(pictures, 0)}</div>`;
  return html`<div class="pictures pictures-many">${pictures.map((_, at) => picture(pictures, at))}</div>`;
}

/**
 * @param {Chat.Attachment[]} pictures
 * @param {number} at
 */
export function picture(pictures, at) {
  const one = pictures[at];
  const { width, height } = fit(one, BOX);
  const [long, short] = [Math.max(width, height), Math.max(1, Math.min(width, height))];
  const isLong = long > LONG * short; // a panorama is shown whole, not cropped to a blur
  const isReady = one.state !== "pending" || one.thumbnails?.length;
  return html`<button class="picture ${isLong ? "picture-long" : ""}" type="button" aria-label=${t("Open the picture {name}", { name: one.name })}
    @click=${() => emit("dialog", { name: "lightbox", pictures, at })}>
    ${isReady ? html`<img src=${sourceFor(one, isLong ? 2 * BOX : BOX)} width=${width} height=${height} alt=${one.name} loading="lazy" decoding="async">`
      : html`<svg class="picture-pending" width=${width} height=${height} viewBox="0 0 ${width} ${height}" role="img" aria-label=${t("The picture is being prepared")}></svg>`}
  </button>`;
}

/** @param {Chat.Attachment} attachment */
function other(attachment) {
  switch (kindOf(attachment)) {
    case "audio":
      return html`<figure class="player"><figcaption dir="auto">${attachmentName(attachment)}</figcaption>
        ${player(attachment)}</figure>`;
    case "video":
      return video(attachment);
    default:
      return file(attachment);
  }
}

/** @param {Chat.Attachment} attachment */
function player(attachment) {
  // Not by lazy-parts.js, whose parts import this module.
  import("./audio-player.js").catch((error) => logger.failure("Loading the player", error));
  return html`<chat-audio-player .src=${attachment.url} .seconds=${attachment.duration ?? 0} .waveform=${attachment.waveform ?? null}></chat-audio-player>`;
}

/** @param {Chat.Attachment} attachment */
function video(attachment) {
  const { width, height } = fit(attachment, 480);
  const hasPoster = Boolean(attachment.thumbnails?.length);
  // Without a poster the first frames are loaded in its place.
  return html`<video class="video" controls preload=${hasPoster ? "none" : "metadata"} poster=${hasPoster ? sourceFor(attachment, 480) : nothing}
    width=${width} height=${height} src=${hasPoster ? attachment.url : `${attachment.url}#t=0.1`} aria-label=${attachment.name}></video>`;
}

export const VOICE_NAME = "voice-message";

/** @param {Chat.Attachment | undefined} attachment */
export function isVoice(attachment) {
  return Boolean(attachment?.name.startsWith(VOICE_NAME)) && attachment?.contentType.startsWith("audio/");
}

/** Recordings are called what they are. @param {Chat.Attachment} attachment */
export function attachmentName(attachment) {
  return isVoice(attachment) ? t("Voice message") : attachment.name;
}

/** @param {Chat.Attachment} attachment */
export function file(attachment) {
  return html`<a class="file" href=${attachment.url} download=${attachment.name} target="_blank" rel="noopener">
    <span class="file-mark">${icon("file")}</span>
    <span class="file-names"><span class="file-name" dir="auto">${attachmentName(attachment)}</span>
      <span class="file-size">${attachment.state === "refused" ? t("This picture cannot be shown") : sizeName(attachment.size)}</span></span></a>`;
}

/** @param {number} bytes */
export function sizeName(bytes) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  /** @type {Intl.NumberFormatOptions} */
  const format = { style: "unit", unit: units[power], unitDisplay: power ? "short" : "long", maximumFractionDigits: power ? 1 : 0 };
  return new Intl.NumberFormat(currentLanguage(), format).format(bytes / 1000 ** power);
}
