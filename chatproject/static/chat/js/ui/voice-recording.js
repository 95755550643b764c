// Voice recording in the composer: the running time, and the buttons that end it.

import { html } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { logger } from "../core/logger.js";
import { toast } from "./context.js";
import { icon } from "./icons.js";
import { Recorder } from "./recorder.js";

const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .composer-recording { align-items: center; }
  .composer-recording p { flex: 1; font-variant-numeric: tabular-nums; }
  .recording-dot { display: inline-block; inline-size: 0.625rem; block-size: 0.625rem; margin-inline-end: var(--space-2); border-radius: 50%; background: var(--danger-fill); animation: breathe 0.8s ease-in-out infinite alternate; }
}`);
document.adoptedStyleSheets.push(styles);

const CLOCK_MS = 250;

/** A reactive controller of the composer. */
export class VoiceRecording {
  /**
   * @param {Chat.ReactiveHost} host
   * @param {(file: File, duration: number) => void} onFinished duration in seconds
   */
  constructor(host, onFinished) {
    this.host = host;
    this.onFinished = onFinished;
    /** @type {Recorder | null} */
    this.recorder = null;
    this.seconds = 0;
  }

  get isRunning() {
    return this.recorder !== null;
  }

  async start() {
    try {
      this.recorder = await Recorder.begin();
    } catch (error) {
      logger.unsupported("The microphone", error);
      toast(t("The microphone cannot be used. Allow it in the browser’s settings for this page."), { isError: true });
      return;
    }
    this.#tick();
    this.clock = setInterval(() => this.#tick(), CLOCK_MS);
  }

  #tick() {
    this.seconds = Math.floor(this.recorder?.seconds ?? 0);
    this.host.requestUpdate();
  }

  async #finish() {
    const { recorder } = this;
    if (!recorder) return;
    clearInterval(this.clock);
    const { file, duration } = await recorder.finish();
    this.recorder = null;
    this.onFinished(file, duration);
  }

  cancel() {
    clearInterval(this.clock);
    this.recorder?.cancel();
    this.recorder = null;
    this.host.requestUpdate();
  }

  render() {
    const time = `${Math.floor(this.seconds / 60)}:${String(this.seconds % 60).padStart(2, "0")}`;
    return html`<div class="composer-line composer-recording">
      <button class="icon-button" type="button" aria-label=${t("Discard the recording")} title=${t("Discard the recording")} @click=${() => this.cancel()}>${icon("trash")}</button>
      <p role="timer"><span class="recording-dot" aria-hidden="true"></span>${t("Recording {time}", { time })}</p>
      <button class="send-button" type="button" aria-label=${t("Stop recording")} title=${t("Stop recording")} @click=${() => this.#finish()}>${icon("check")}</button></div>`;
  }
}
