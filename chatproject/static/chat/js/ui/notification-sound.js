// The sound of a new message: two short tones, made here. It is off where the settings say so, and
// where the system's notifications have a sound of their own.

import { logger } from "../core/logger.js";

const TONES = [[660, 0], [880, 0.09]]; // hertz, and seconds until it begins
const LASTS = 0.18; // seconds
const LOUDNESS = 0.08; // of 1

/** @type {AudioContext | null} */
let audio = null;

export async function playSound() {
  // A page that nobody has touched yet must be silent; its sounds would all come with the first touch.
  if (!navigator.userActivation?.hasBeenActive) return;
  try {
    audio ??= new AudioContext();
    await audio.resume();
    for (const [pitch, after] of TONES) tone(audio, pitch, audio.currentTime + after);
  } catch (error) {
    logger.unsupported("A sound", error);
  }
}

/**
 * @param {AudioContext} on
 * @param {number} pitch
 * @param {number} from
 */
function tone(on, pitch, from) {
  const oscillator = new OscillatorNode(on, { frequency: pitch });
  const gain = new GainNode(on, { gain: LOUDNESS });
  gain.gain.setValueAtTime(LOUDNESS, from);
  gain.gain.exponentialRampToValueAtTime(0.001, from + LASTS);
  oscillator.connect(gain).connect(on.destination);
  oscillator.start(from);
  oscillator.stop(from + LASTS);
}
