// The connection: a series of WebSockets. It reconnects with growing, random pauses, and at once when
// the machine wakes or has a network again. Unanswered requests are sent again after a reconnect: the
// server applies none of them twice.

import { backoff } from "./backoff.js";
import { ApiError } from "./errors.js";
import { logger } from "./logger.js";

const ANSWERS = new Set(["ack", "error", "sync", "pong"]);
const FIRST_FINAL_CODE = 4500; // no reconnect after this close code or a higher one
const OPEN_MS = 20000;
const PONG_MS = 10000;
const WAKE_PONG_MS = 3000; // after a sleep a socket is often dead without notice

export class Connection {
  /** @param {Chat.ConnectionOptions} options */
  constructor({ url, onHello, onEvent, onState = () => {}, open, timers = globalThis, random }) {
    this.url = url;
    /** @type {Chat.ConnectionState} */
    this.state = "waiting";
    /** @type {{code: string} | null} why it has ended */
    this.ending = null;
    this.handlers = { onHello, onEvent, onState };
    this.open = open ?? ((address) => new WebSocket(address));
    this.timers = timers;
    this.random = random;
    this.attempt = 0;
    this.counter = 0;
    this.heartbeatMs = Infinity;
    /** @type {Map<string, {text: string, resolve: (answer: any) => void, reject: (error: unknown) => void}>} by ref */
    this.waiting = new Map();
    /** @type {WebSocket | null} */
    this.socket = null;
  }

  start() {
    this.#connect();
  }

  /**
   * Reconnects or pings at once: the machine woke, the page is visible, or the network changed.
   *
   * @param {number} [patience] milliseconds to wait for a pong
   */
  wake(patience = WAKE_PONG_MS) {
    if (this.state === "waiting") this.#connect();
    else if (this.state === "online") this.#ping(patience);
  }

  stop() {
    this.#end({ code: "stopped" });
    this.socket?.close(1000);
  }

  /**
   * Sends a frame; resolves with its answer. Rejects with ApiError if refused or ended.
   *
   * @param {string} type
   * @param {Record<string, any>} fields
   */
  request(type, fields) {
    if (this.state === "ended") return Promise.reject(new ApiError({ code: "offline" }));
    const ref = String(++this.counter);
    const text = JSON.stringify({ type, ref, ...fields });
    /** @type {Promise<any>} */
    const answer = new Promise((resolve, reject) => {
      this.waiting.set(ref, { text, resolve, reject });
    });
    if (this.state === "online") this.#write(text);
    return answer;
  }

  /**
   * Sends a frame without an answer, only if the socket is open: sent late it is worth nothing.
   *
   * @param {string} type
   * @param {Record<string, any>} fields
   */
  send(type, fields) {
    if (this.state === "online") this.#write(JSON.stringify({ type, ...fields }));
  }

  #connect() {
    this.timers.clearTimeout(this.retryTimer);
    this.#setState("connecting");
    /** @type {WebSocket} */
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

  /** @param {Chat.Frame} frame */
  #receive(frame) {
    this.timers.clearTimeout(this.pongTimer);
    if (frame.type === "hello") this.#hello(frame);
    else if (ANSWERS.has(frame.type)) this.#settle(frame);
    else this.handlers.onEvent(frame);
  }

  /** @param {Chat.Frame} frame */
  #hello(frame) {
    this.attempt = 0;
    this.heartbeatMs = frame.heartbeatSeconds * 1000;
    this.beatTimer = this.timers.setTimeout(() => this.#ping(PONG_MS), this.heartbeatMs);
    this.#setState("online");
    for (const { text } of this.waiting.values()) this.#write(text);
    this.handlers.onHello(frame);
  }

  /** @param {Chat.Frame} frame */
  #settle(frame) {
    const request = this.waiting.get(String(frame.ref));
    if (!request) return;
    this.waiting.delete(String(frame.ref));
    if (frame.type === "error") request.reject(new ApiError({ code: "server_error", ...frame }));
    else request.resolve(frame);
  }

  /** @param {number} patience */
  #ping(patience) {
    if (this.state !== "online") return;
    this.timers.clearTimeout(this.beatTimer);
    this.timers.clearTimeout(this.pongTimer);
    const socket = this.socket;
    this.pongTimer = this.timers.setTimeout(() => this.#drop(socket), patience);
    this.beatTimer = this.timers.setTimeout(() => this.#ping(PONG_MS), this.heartbeatMs);
    this.#write('{"type":"ping","ref":null}');
  }

  /** @param {string} text */
  #write(text) {
    if (this.socket?.readyState === 1) this.socket.send(text);
  }

  /**
   * Abandons a silent socket without waiting for its close event, which may take minutes.
   *
   * @param {WebSocket | null} socket
   */
  #drop(socket) {
    if (!socket || socket !== this.socket) return;
    socket.onclose = socket.onmessage = null;
    socket.close();
    this.#handleLoss(1006, "");
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
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

  /** @param {{code: string}} ending */
  #end(ending) {
    this.ending = ending;
    this.timers.clearTimeout(this.retryTimer);
    this.#setState("ended");
    for (const { reject } of this.waiting.values()) reject(new ApiError({ code: "offline" }));
    this.waiting.clear();
  }

  /** @param {Chat.ConnectionState} state */
  #setState(state) {
    if (state === this.state) return;
    this.state = state;
    this.handlers.onState(state, this.ending);
  }
}
