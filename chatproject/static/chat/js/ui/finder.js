// Finds people and public conversations by name while one types.

import { context } from "./context.js";

const PAUSE_MS = 220;
const LIMIT = 12;

export class PeopleFinder {
  /** `onChange` is called when `people`, `rooms` or `isBusy` have changed. */
  constructor(onChange, { withRooms = true } = {}) {
    this.onChange = onChange;
    this.withRooms = withRooms;
    this.people = [];
    this.rooms = [];
    this.isBusy = false;
    this.turn = 0;
  }

  find(query, pause = PAUSE_MS) {
    clearTimeout(this.timer);
    this.turn += 1;
    const turn = this.turn;
    const text = query.trim();
    if (!text) {
      Object.assign(this, { people: [], rooms: [], isBusy: false });
      this.onChange();
      return;
    }
    this.isBusy = true;
    this.timer = setTimeout(() => this.#ask(text, turn), pause);
  }

  async #ask(text, turn) {
    const { rest } = context.session;
    const none = () => ({ results: [] });
    const [people, rooms] = await Promise.all([
      rest.get(["users"], { q: text, limit: LIMIT }).catch(none),
      this.withRooms
        ? rest.get(["conversations"], { kind: "public", q: text, limit: LIMIT }).catch(none)
        : none(),
    ]);
    if (turn !== this.turn) return; // another query was typed meanwhile
    const active = people.results.filter((each) => each.isActive && each.id !== context.store.me.id);
    Object.assign(this, { people: active, rooms: rooms.results, isBusy: false });
    this.onChange();
  }
}
