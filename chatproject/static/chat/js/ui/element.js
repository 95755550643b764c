// The base of all elements: Lit in the light DOM, rendered again when one of its topics changes.

import { LitElement } from "../../vendor/lit.js";
import { attempt, context } from "./context.js";

export class ChatElement extends LitElement {
  /** @type {Chat.Topic[]} */
  static topics = [];

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    const { topics } = this.constructor;
    if (!topics.length) return;
    this.unsubscribe = context.store.subscribe((topic, id) => {
      if (topics.includes(topic) && this.concerns(topic, id)) this.requestUpdate();
    });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.unsubscribe?.();
  }

  /**
   * Whether a change in the store is about what is shown here.
   *
   * @param {Chat.Topic} topic
   * @param {string} [id]
   * @returns {boolean}
   */
  concerns(topic, id) {
    return true;
  }

  /**
   * Runs an action and shows its failure; gives undefined then.
   *
   * @template Result
   * @param {() => Promise<Result> | Result} action
   * @returns {Promise<Result | undefined>}
   */
  attempt(action) {
    return attempt(action);
  }
}
