// The base of all elements: Lit in the light DOM, rendered again when one of its topics changes.

import { LitElement } from "../../vendor/lit.js";
import { attempt, context } from "./context.js";

export class ChatElement extends LitElement {
  /** @type {Chat.Topic[]} */
  static topics = [];

  /** @returns {any} the element itself: no shadow root */
  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    const { topics } = /** @type {typeof ChatElement} */ (this.constructor);
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
   * @param {Chat.Topic} _topic
   * @param {string} [_id] of the conversation
   * @returns {boolean}
   */
  concerns(_topic, _id) {
    return true;
  }

  /**
   * The first element inside that fits; its type is for the caller to know.
   *
   * @param {string} selector
   * @returns {any}
   */
  inner(selector) {
    return this.querySelector(selector);
  }

  /**
   * @param {string} selector
   * @returns {HTMLElement[]}
   */
  innerAll(selector) {
    return [.../** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll(selector))];
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
