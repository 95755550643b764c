// The player of voice messages and other recordings: play, position, time and speed. The browser's
// own shrinks in a bubble until nothing is left to press.

import { html, nothing, svg } from "../../vendor/lit.js";
import { currentLanguage, t } from "../core/i18n.js";
import { attempt } from "./context.js";
import { ChatElement } from "./element.js";

// Here, since the first view does without.
const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  chat-audio-player { display: flex; align-items: center; gap: var(--space-1); inline-size: min(17rem, calc(100vi - 9rem)); }
  chat-audio-player .icon-button { border-radius: 50%; background: var(--accent-fill); color: var(--on-accent); }
  chat-audio-player input { flex: 1; inline-size: 4rem; min-inline-size: 2rem; accent-color: var(--accent); cursor: pointer; }
  .player-track { position: relative; display: flex; flex: 1; align-items: center; min-inline-size: 2rem; block-size: 2rem; }
  .has-waveform input { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; margin: 0; opacity: 0; }
  .has-waveform:focus-within:has(:focus-visible) { outline: var(--focus); border-radius: var(--radius-s); }
  .waveform { inline-size: 100%; block-size: 1.75rem; }
  .waveform rect { fill: currentColor; opacity: 0.35; }
  .waveform .is-played { opacity: 1; }
  [dir="rtl"] .waveform { scale: -1 1; }
  chat-audio-player time { min-inline-size: 2.5rem; text-align: end; font-variant-numeric: tabular-nums; }
  .player-speed { flex: none; min-inline-size: 2.75rem; min-block-size: 2rem; padding: 0; border: 1px solid currentColor; border-radius: var(--radius-full); background: none; font-size: var(--text-xs); cursor: pointer; }
}`);
document.adoptedStyleSheets.push(styles);

const SPEEDS = [1, 1.5, 2];
const PLAY = svg`<path d="M8 5.5v13L18.5 12 8 5.5Z"/>`;
const PAUSE = svg`<path d="M8.5 6v12M15.5 6v12"/>`;
const STEP = 0.1; // seconds
const [BAR_STEP, BAR_HEIGHT] = [3, 28];
/** @type {HTMLAudioElement | null} one alone is heard */
let playing = null;

class AudioPlayer extends ChatElement {
  static properties = { src: {}, seconds: {}, waveform: {}, at: { state: true }, isPlaying: { state: true }, speed: { state: true } };

  constructor() {
    super();
    this.src = "";
    this.seconds = 0; // as its sender says, until the recording is loaded
    /** @type {number[] | null} how loud it is over its length, 0 to 100 */
    this.waveform = null;
    this.at = 0;
    this.isPlaying = false;
    this.speed = SPEEDS[0];
    this.audio = new Audio();
    this.audio.preload = "none";
    this.audio.addEventListener("timeupdate", () => { this.at = this.audio.currentTime; });
    this.audio.addEventListener("durationchange", () => {
      // A recording that was streamed to its file does not say how long it is.
      if (Number.isFinite(this.audio.duration)) this.seconds = this.audio.duration;
    });
    for (const event of ["play", "pause", "ended"]) {
      this.audio.addEventListener(event, () => { this.isPlaying = !this.audio.paused && !this.audio.ended; });
    }
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.audio.pause();
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("src")) this.audio.src = this.src;
  }

  #toggle() {
    if (!this.audio.paused) {
      this.audio.pause();
      return;
    }
    if (playing !== this.audio) playing?.pause();
    playing = this.audio;
    attempt(() => this.audio.play());
  }

  /** @param {Chat.FieldEvent} event */
  #seek(event) {
    this.at = Number(event.target.value);
    this.audio.currentTime = this.at;
  }

  #faster() {
    this.speed = SPEEDS[(SPEEDS.indexOf(this.speed) + 1) % SPEEDS.length];
    this.audio.playbackRate = this.speed;
  }

  /** @param {number[]} bars the played ones are filled */
  #waveform(bars) {
    const played = this.seconds ? (this.at / this.seconds) * bars.length : 0;
    return svg`<svg class="waveform" viewBox="0 0 ${bars.length * BAR_STEP} ${BAR_HEIGHT}" preserveAspectRatio="none" aria-hidden="true">${bars.map((bar, n) => {
      const height = Math.max(2, (bar / 100) * BAR_HEIGHT);
      return svg`<rect class=${n < played ? "is-played" : ""} x=${n * BAR_STEP} y=${(BAR_HEIGHT - height) / 2} width="2" height=${height} rx="1"></rect>`;
    })}</svg>`;
  }

  render() {
    const label = this.isPlaying ? t("Pause") : t("Play");
    const speed = `${new Intl.NumberFormat(currentLanguage()).format(this.speed)}×`;
    return html`
      <button class="icon-button" type="button" aria-label=${label} title=${label} @click=${this.#toggle}><svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${this.isPlaying ? PAUSE : PLAY}</svg></button>
      <span class="player-track ${this.waveform?.length ? "has-waveform" : ""}">${this.waveform?.length ? this.#waveform(this.waveform) : nothing}
        <input type="range" min="0" max=${Math.max(this.seconds, this.at, STEP)} step=${STEP} .value=${String(this.at)}
          aria-label=${t("Position")} aria-valuetext=${`${clock(this.at)} / ${clock(this.seconds)}`} @input=${this.#seek}></span>
      <time>${clock(this.at || this.seconds)}</time>
      <button class="player-speed" type="button" aria-label=${t("Speed: {speed}", { speed })} title=${t("Speed: {speed}", { speed })} @click=${this.#faster}>${speed}</button>`;
  }
}

/** @param {number} seconds */
function clock(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

customElements.define("chat-audio-player", AudioPlayer);
