// People search: finds people and public conversations by name while one types.

import { errorMessage } from "../core/errors.js";
import { t } from "../core/i18n.js";
import { logger } from "../core/logger.js";
import { conversationFromWire } from "../core/wire.js";
import { context } from "./context.js";

const PAUSE_MS = 220;
const LIMIT = 12;

export class PeopleSearch {
  /**
   * `onChange` is called when `people`, `publicConversations` or `isBusy` have changed.
   *
   * @param {() => void} onChange
   */
  constructor(onChange, { withConversations = true } = {}) {
    this.onChange = onChange;
    this.withConversations = withConversations;
    this.people = [];
    this.publicConversations = [];
    this.isBusy = false;
    this.hasFailed = this.isOffline = false;
    this.turn = 0;
  }

  /**
   * What to say while nothing is listed.
   *
   * @param {string} none the text when nothing was found
   */
  statusText(none) {
    if (this.isBusy) return t("Searching…");
    if (!this.hasFailed) return none;
    return this.isOffline ? errorMessage({ code: "offline" }) : t("The search did not work. Try again in a moment.");
  }

  /** @param {string} query */
  find(query, pause = PAUSE_MS) {
    clearTimeout(this.timer);
    this.turn += 1;
    const turn = this.turn;
    const text = query.trim();
    if (!text) {
      Object.assign(this, { people: [], publicConversations: [], isBusy: false });
      this.onChange();
      return;
    }
    this.isBusy = true;
    this.timer = setTimeout(() => this.#request(text, turn), pause);
  }

  /**
   * @param {string} text
   * @param {number} turn
   */
  async #request(text, turn) {
    const { rest } = context.session;
    const none = (error) => {
      logger.failure("Searching", error);
      this.hasFailed = true;
      this.isOffline = error.code === "offline";
      return { results: [] };
    };
    this.hasFailed = false;
    const [people, publicConversations] = await Promise.all([
      rest.get(["users"], { q: text, limit: LIMIT }).catch(none),
      this.withConversations
        ? rest.get(["conversations"], { kind: "public", q: text, limit: LIMIT }).catch(none)
        : { results: [] },
    ]);
    if (turn !== this.turn) return; // another query was typed meanwhile
    const active = people.results.filter((each) => each.isActive && each.id !== context.store.me.id);
    Object.assign(this, { people: active, publicConversations: publicConversations.results.map(conversationFromWire), isBusy: false });
    this.onChange();
  }
}
