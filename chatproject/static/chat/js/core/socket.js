// The connection: one WebSocket after the other. It reconnects with growing, random pauses, and at
// once when the machine wakes or has a network again. Requests are kept until they are answered and
// repeated after a loss, since the server applies none of them twice.

import { backoff } from "./backoff.js";
import { ApiError } from "./errors.js";
import { logger } from "./logger.js";

const ANSWERS = new Set(["ack", "error", "sync", "pong"]);
const FIRST_FINAL_CODE = 4500; // from it on one does not come back
const OPEN_MS = 20000;
const PONG_MS = 10000;
const WAKE_PONG_MS = 3000; // after a sleep a socket is often dead without knowing

export class Connection {
  /** `state` is connecting, online, waiting or ended; `onState` hears of each change. */
  constructor({ url, onHello, onEvent, onState = () => {}, open, timers = globalThis, random }) {
    this.url = url;
    this.state = "waiting";
    this.ending = null;
    this.handlers = { onHello, onEvent, onState };
    this.open = open ?? ((address) => new WebSocket(address));
    this.timers = timers;
    this.random = random;
    this.attempt = 0;
    this.counter = 0;
    this.waiting = new Map(); // ref → request
    this.socket = null;
  }

  start() {
    this.#connect();
  }

  /** The machine says that it woke, is looked at, or that its network changed: see at once. */
  wake() {
    if (this.state === "waiting") this.#connect();
    else if (this.state === "online") this.#ping(WAKE_PONG_MS);
  }

  stop() {
    this.#end({ code: "stopped" });
    this.socket?.close(1000);
  }

  /** The answer to a frame; rejects with ApiError when it is refused or all is over. */
  request(type, fields) {
    if (this.state === "ended") return Promise.reject(new ApiError({ code: "offline" }));
    const ref = String(++this.counter);
    const text = JSON.stringify({ type, ref, ...fields });
    const answer = new Promise((resolve, reject) => {
      this.waiting.set(ref, { text, resolve, reject });
    });
    if (this.state === "online") this.#write(text);
    return answer;
  }

  /** A frame without an answer, sent only if the socket is open: what is late is worth nothing. */
  send(type, fields) {
    if (this.state === "online") this.#write(JSON.stringify({ type, ...fields }));
  }

  #connect() {
    this.timers.clearTimeout(this.retryTimer);
    this.#setState("connecting");
    let socket;
    try {
      socket = this.open(this.url);
    } catch (error) {
      logger.unsupported("The WebSocket", error);
      this.#handleLoss(1006, "");
      return;
    }
    this.socket = socket;
    const opening = this.timers.setTimeout(() => this.#drop(socket), OPEN_MS);
    socket.onmessage = ({ data }) => {
      this.timers.clearTimeout(opening);
      if (socket === this.socket) this.#receive(JSON.parse(data));
    };
    socket.onclose = ({ code, reason }) => {
      this.timers.clearTimeout(opening);
      if (socket === this.socket) this.#handleLoss(code, reason);
    };
  }

  #receive(frame) {
    this.timers.clearTimeout(this.pongTimer);
    if (frame.type === "hello") this.#hello(frame);
    else if (ANSWERS.has(frame.type)) this.#settle(frame);
    else this.handlers.onEvent(frame);
  }

  #hello(frame) {
    this.attempt = 0;
    this.heartbeatMs = frame.heartbeatSeconds * 1000;
    this.beatTimer = this.timers.setTimeout(() => this.#ping(PONG_MS), this.heartbeatMs);
    this.#setState("online");
    for (const { text } of this.waiting.values()) this.#write(text);
    this.handlers.onHello(frame);
  }

  #settle(frame) {
    const request = this.waiting.get(String(frame.ref));
    if (!request) return;
    this.waiting.delete(String(frame.ref));
    if (frame.type === "error") request.reject(new ApiError(frame));
    else request.resolve(frame);
  }

  #ping(patience) {
    if (this.state !== "online") return;
    this.timers.clearTimeout(this.beatTimer);
    this.timers.clearTimeout(this.pongTimer);
    const socket = this.socket;
    this.pongTimer = this.timers.setTimeout(() => this.#drop(socket), patience);
    this.beatTimer = this.timers.setTimeout(() => this.#ping(PONG_MS), this.heartbeatMs);
    this.#write('{"type":"ping","ref":null}');
  }

  #write(text) {
    if (this.socket.readyState === 1) this.socket.send(text);
  }

  /** Gives a silent socket up without waiting for its end, which may be minutes away. */
  #drop(socket) {
    if (socket !== this.socket) return;
    socket.onclose = socket.onmessage = null;
    socket.close();
    this.#handleLoss(1006, "");
  }

  #handleLoss(code, reason) {
    this.socket = null;
    this.timers.clearTimeout(this.beatTimer);
    this.timers.clearTimeout(this.pongTimer);
    if (this.state === "ended") return;
    if (code >= FIRST_FINAL_CODE) {
      this.#end({ code: reason || "closed" });
      return;
    }
    this.#setState("waiting");
    const pause = backoff(this.attempt++, { random: this.random });
    this.retryTimer = this.timers.setTimeout(() => this.#connect(), pause);
  }

  #end(ending) {
    this.ending = ending;
    this.timers.clearTimeout(this.retryTimer);
    this.#setState("ended");
    for (const { reject } of this.waiting.values()) reject(new ApiError({ code: "offline" }));
    this.waiting.clear();
  }

  #setState(state) {
    if (state === this.state) return;
    this.state = state;
    this.handlers.onState(state, this.ending);
  }
}
