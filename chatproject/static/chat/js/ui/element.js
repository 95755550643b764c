// The parent of all parts: Lit in the light DOM, drawn anew when the store tells of its topics.

import { LitElement } from "../../vendor/lit.js";
import { inPlainWords } from "../core/errors.js";
import { context, toast } from "./context.js";

export class ChatElement extends LitElement {
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

  /** Whether what the store tells is about what is shown here. */
  concerns() {
    return true;
  }

  /** Runs an action and says in plain words when it is refused; gives undefined then. */
  async attempt(action) {
    try {
      return await action();
    } catch (error) {
      toast(inPlainWords(error), { isError: true });
      return undefined;
    }
  }
}
