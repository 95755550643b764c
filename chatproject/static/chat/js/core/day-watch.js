// The day watch: notices a new day or time zone, so that "Today" and the times are rendered again.

import { localDay } from "./grouping.js";

const CHECK_MS = 15_000;

export class DayWatch {
  /**
   * @param {() => void} onChange
   * @param {{timers?: Chat.Timers, now?: () => number, zone?: () => string}} [options]
   */
  constructor(onChange, { timers = globalThis, now = Date.now, zone = currentZone } = {}) {
    this.onChange = onChange;
    this.timers = timers;
    this.now = now;
    this.zone = zone;
    this.state = this.#current();
    this.#wait();
  }

  /** Looks at the clock at once, as when the page is seen again after a night. */
  check() {
    const state = this.#current();
    if (state === this.state) return;
    this.state = state;
    this.onChange();
  }

  #wait() {
    this.timers.setTimeout(() => {
      this.check();
      this.#wait();
    }, CHECK_MS);
  }

  #current() {
    const now = this.now();
    return `${localDay(now)} ${this.zone()} ${new Date(now).getTimezoneOffset()}`;
  }
}

function currentZone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
