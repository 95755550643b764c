// Pointers: sends how far the person has read, and how far messages have reached this device. Many
// moves become one frame; the last one counts, and none is lost.

import { logger } from "./logger.js";
import { isPassing, pauseAfter } from "./retry.js";

const DELIVERED_MS = 400;

/** @typedef {"receipt.read" | "receipt.delivered"} PointerType */

export class Pointers {
  /** @param {{request: Chat.Request, timers?: Chat.Timers}} options */
  constructor({ request, timers = globalThis }) {
    this.request = request;
    this.timers = timers;
    /** @type {Record<PointerType, Map<string, number>>} */
    this.wanted = { "receipt.read": new Map(), "receipt.delivered": new Map() };
    /** @type {Record<PointerType, Map<string, number>>} */
    this.sent = { "receipt.read": new Map(), "receipt.delivered": new Map() };
    this.busy = new Set();
    /** @type {unknown} */
    this.timer = undefined;
  }

  /**
   * @param {string} conversationId
   * @param {number} seq
   */
  read(conversationId, seq) {
    this.#want("receipt.read", conversationId, seq);
    this.#flush("receipt.read", conversationId);
  }

  /**
   * Sent a little later, so that a burst of messages makes one frame.
   *
   * @param {string} conversationId
   * @param {number} seq
   */
  delivered(conversationId, seq) {
    this.#want("receipt.delivered", conversationId, seq);
    this.timer ??= this.timers.setTimeout(() => {
      this.timer = undefined;
      for (const id of this.wanted["receipt.delivered"].keys()) this.#flush("receipt.delivered", id);
    }, DELIVERED_MS);
  }

  /**
   * @param {PointerType} type
   * @param {string} id
   * @param {number} seq
   */
  #want(type, id, seq) {
    const wanted = this.wanted[type];
    wanted.set(id, Math.max(wanted.get(id) ?? 0, seq));
  }

  /**
   * @param {PointerType} type
   * @param {string} id
   */
  async #flush(type, id, attempt = 0) {
    const key = `${type} ${id}`;
    const seq = this.wanted[type].get(id);
    if (this.busy.has(key) || seq === undefined || seq <= this.#confirmed(type, id)) return;
    this.busy.add(key);
    try {
      await this.request(type, { conversationId: id, seq });
      this.sent[type].set(id, seq);
    } catch (error) {
      logger.failure("Moving a pointer", error);
      if (isPassing(error)) {
        this.timers.setTimeout(() => {
          this.busy.delete(key);
          this.#flush(type, id, attempt + 1);
        }, pauseAfter(error, attempt));
        return;
      }
      this.wanted[type].delete(id); // refused: no longer a member
    }
    this.busy.delete(key);
    this.#flush(type, id);
  }

  /**
   * How far the server knows; reading implies delivery.
   *
   * @param {PointerType} type
   * @param {string} id
   */
  #confirmed(type, id) {
    const read = this.sent["receipt.read"].get(id) ?? 0;
    return type === "receipt.read" ? read : Math.max(read, this.sent[type].get(id) ?? 0);
  }
}
