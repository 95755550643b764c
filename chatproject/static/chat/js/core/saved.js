// Saved messages over REST.

export class SavedMessages {
  /** @param {Chat.Rest} rest */
  constructor(rest) {
    this.rest = rest;
  }

  /**
   * @param {"open" | "done"} state
   * @param {string | null} [cursor]
   * @returns {Promise<Chat.WirePage<Chat.SavedMessage>>}
   */
  list(state, cursor = null) {
    return this.rest.get(["saved"], { state, cursor });
  }

  /**
   * @param {Chat.Message} message
   * @param {Date} [remindAt]
   */
  add({ conversationId, seq }, remindAt) {
    return this.rest.post(["saved"], { conversationId, seq, ...(remindAt ? { remindAt: remindAt.toISOString() } : {}) });
  }

  /**
   * @param {string} id
   * @param {{done?: boolean, remindAt?: string | null}} changes
   */
  change(id, changes) {
    return this.rest.patch(["saved", id], changes);
  }

  /** @param {string} id */
  remove(id) {
    return this.rest.delete(["saved", id]);
  }
}
