// Length and waveform of a recording, found by decoding it before the upload.

import { logger } from "../core/logger.js";
import { waveformOf } from "../core/waveform.js";

const MOST_BYTES = 24 * 2 ** 20; // decoded, it takes ten times as much memory
const RATE = 8000; // samples per second are enough to see how loud it is

/**
 * Fields of an upload; none where the browser cannot decode the file.
 *
 * @param {File} file
 * @returns {Promise<{duration?: number, waveform?: string}>}
 */
export async function factsOf(file) {
  if (file.size > MOST_BYTES) return {};
  try {
    const decoded = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await file.arrayBuffer());
    return {
      duration: Math.round(decoded.duration * 10) / 10,
      waveform: waveformOf(decoded.getChannelData(0)).join(","),
    };
  } catch (error) {
    logger.unsupported("Decoding a recording", error);
    return {};
  }
}
