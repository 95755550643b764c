// The recorder: a voice message from the microphone.

import { VOICE_NAME } from "./attachments.js";

const KINDS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];

export class Recorder {
  /** Asks for the microphone and begins; rejects when it is not given. */
  static async begin() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    return new Recorder(stream);
  }

  /** @param {MediaStream} stream */
  constructor(stream) {
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    this.stream = stream;
    this.parts = [];
    this.began = performance.now();
    this.recorder = new MediaRecorder(stream, mimeType ? { mimeType } : {});
    this.recorder.ondataavailable = ({ data }) => this.parts.push(data);
    this.recorder.start(1000);
  }

  get seconds() {
    return (performance.now() - this.began) / 1000;
  }

  /** Ends it; gives {file, duration}. */
  finish() {
    const duration = Math.round(this.seconds * 10) / 10;
    return new Promise((resolve) => {
      this.recorder.onstop = () => {
        const type = this.recorder.mimeType.split(";")[0] || "audio/webm";
        const extension = { "audio/ogg": "ogg", "audio/mp4": "m4a" }[type] ?? "webm";
        const name = `${VOICE_NAME}-${new Date().toISOString().slice(0, 19).replace(/[:T]/g, "-")}.${extension}`;
        resolve({ file: new File(this.parts, name, { type }), duration });
      };
      this.cancel();
    });
  }

  cancel() {
    if (this.recorder.state !== "inactive") this.recorder.stop();
    for (const track of this.stream.getTracks()) track.stop();
  }
}
