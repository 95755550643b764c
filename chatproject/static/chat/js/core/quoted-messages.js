// Quoted messages that are not loaded; events keep them up to date.

const MOST = 500;

export class QuotedMessages {
  constructor() {
    /** @type {Map<string, Chat.Message>} by `conversation seq`, the oldest first */
    this.messages = new Map();
  }

  /**
   * @param {string} id of the conversation
   * @param {number} seq
   * @returns {Chat.Message | null}
   */
  get(id, seq) {
    return this.messages.get(`${id} ${seq}`) ?? null;
  }

  /**
   * Whether it is news; an older state of a message is not.
   *
   * @param {Chat.Message} message
   */
  put(message) {
    const before = this.get(message.conversationId, message.seq);
    if (before && before.rev >= message.rev) return false;
    this.messages.set(`${message.conversationId} ${message.seq}`, message);
    for (const oldest of [...this.messages.keys()].slice(0, -MOST)) this.messages.delete(oldest);
    return true;
  }

  /**
   * @param {string} id of the conversation
   * @param {number} seq
   */
  delete(id, seq) {
    return this.messages.delete(`${id} ${seq}`);
  }

  /** @param {string} id of the conversation, all of whose messages go */
  drop(id) {
    for (const key of this.messages.keys()) if (key.startsWith(`${id} `)) this.messages.delete(key);
  }
}
