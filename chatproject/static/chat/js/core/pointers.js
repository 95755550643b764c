// One's own pointers on their way to the server: how far one has read, and how far messages have
// reached this device. Many moves become one frame; the last one counts, and none is lost.

const DELIVERED_MS = 400;

export class Pointers {
  /** `request(type, fields)` sends a frame and gives its answer. */
  constructor({ request, timers = globalThis }) {
    this.request = request;
    this.timers = timers;
    this.wanted = { "receipt.read": new Map(), "receipt.delivered": new Map() };
    this.sent = { "receipt.read": new Map(), "receipt.delivered": new Map() };
    this.busy = new Set();
  }

  read(conversationId, seq) {
    this.#want("receipt.read", conversationId, seq);
    this.#flush("receipt.read", conversationId);
  }

  /** Told a little later, so that a burst of messages makes one frame. */
  delivered(conversationId, seq) {
    this.#want("receipt.delivered", conversationId, seq);
    this.timer ??= this.timers.setTimeout(() => {
      this.timer = undefined;
      for (const id of this.wanted["receipt.delivered"].keys()) this.#flush("receipt.delivered", id);
    }, DELIVERED_MS);
  }

  #want(type, id, seq) {
    const wanted = this.wanted[type];
    wanted.set(id, Math.max(wanted.get(id) ?? 0, seq));
  }

  async #flush(type, id) {
    const key = `${type} ${id}`;
    const seq = this.wanted[type].get(id);
    if (this.busy.has(key) || seq === undefined || seq <= this.#done(type, id)) return;
    this.busy.add(key);
    try {
      await this.request(type, { conversationId: id, seq });
      this.sent[type].set(id, seq);
    } catch {
      this.wanted[type].delete(id); // refused: one is not in there any more
    }
    this.busy.delete(key);
    this.#flush(type, id);
  }

  /** Reading implies delivery. */
  #done(type, id) {
    const read = this.sent["receipt.read"].get(id) ?? 0;
    return type === "receipt.read" ? read : Math.max(read, this.sent[type].get(id) ?? 0);
  }
}
