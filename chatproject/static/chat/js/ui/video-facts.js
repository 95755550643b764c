// Length and poster frame of a video, found by decoding it in the browser before the upload.

import { logger } from "../core/logger.js";

const LONGEST_SIDE = 1280;
const QUALITY = 0.8;
const PATIENCE_MS = 10_000;
const FIRST_SECONDS = 1; // the very first frame is often black

/**
 * Fields of an upload; none where the browser cannot decode the file.
 *
 * @param {File} file
 * @returns {Promise<{duration?: number, poster?: Blob}>}
 */
export async function factsOf(file) {
  const video = document.createElement("video");
  const url = URL.createObjectURL(file);
  try {
    video.muted = true;
    video.preload = "auto";
    await reached(video, "loadeddata", () => { video.src = url; });
    const { duration } = video;
    const isKnown = Number.isFinite(duration) && duration > 0;
    if (isKnown) await reached(video, "seeked", () => { video.currentTime = Math.min(FIRST_SECONDS, duration / 2); });
    const poster = await frameOf(video);
    return { ...(isKnown ? { duration: Math.round(duration * 10) / 10 } : {}), ...(poster ? { poster } : {}) };
  } catch (error) {
    logger.unsupported("Decoding a video", error);
    return {};
  } finally {
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(url);
  }
}

/**
 * @param {HTMLVideoElement} video
 * @param {string} event
 * @param {() => void} start
 */
function reached(video, event, start) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("it takes too long")), PATIENCE_MS);
    const end = (/** @type {() => void} */ settle) => () => { clearTimeout(timer); settle(); };
    video.addEventListener(event, end(() => resolve(undefined)), { once: true });
    video.addEventListener("error", end(() => reject(video.error ?? new Error(event))), { once: true });
    start();
  });
}

/**
 * @param {HTMLVideoElement} video
 * @returns {Promise<Blob | null>}
 */
async function frameOf(video) {
  const { videoWidth: width, videoHeight: height } = video;
  if (!width || !height) return null;
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  canvas.getContext("2d")?.drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", QUALITY); });
}
