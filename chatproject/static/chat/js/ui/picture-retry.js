// Pictures that could not be loaded are loaded again when the line is back.

import { context } from "./context.js";

/** @type {Set<HTMLImageElement>} */
const broken = new Set();
/** @type {Set<HTMLImageElement>} those that were loading when the line came back, and may fail by its loss */
const underway = new Set();

/** Begins to watch the pictures of the page, of which some may have failed already. */
export function retryPictures() {
  for (const image of document.images) if (image.complete && !image.naturalWidth && isOurs(image)) broken.add(image);
  // In the capture phase, since these events do not bubble.
  document.addEventListener("error", ({ target }) => {
    if (!(target instanceof HTMLImageElement) || !isOurs(target)) return;
    if (underway.delete(target)) load(target);
    else broken.add(target);
  }, true);
  document.addEventListener("load", ({ target }) => {
    const image = /** @type {HTMLImageElement} */ (target);
    broken.delete(image);
    underway.delete(image);
  }, true);
  addEventListener("online", retry);
  retry(); // the line may have come back before this was here
  context.store.subscribe((topic) => {
    if (topic === "connection" && context.session.connection.state === "online") retry();
  });
}

function retry() {
  underway.clear();
  for (const image of document.images) if (!image.complete && isOurs(image)) underway.add(image);
  for (const image of broken) {
    broken.delete(image);
    load(image);
  }
}

/** @param {HTMLImageElement} image */
function load(image) {
  if (image.isConnected) image.src = String(image.getAttribute("src")); // the same again loads it anew
}

/** @param {HTMLImageElement} image */
function isOurs(image) {
  return new URL(image.src, location.href).origin === location.origin;
}
