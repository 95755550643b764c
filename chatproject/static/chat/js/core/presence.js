// Presence: who is online among the people shown, and whether this person is away.

import { logger } from "./logger.js";

const MAX_WATCHED = 200;

export class Presence {
  /**
   * @param {object} options
   * @param {Chat.Request} options.request sends a frame and gives its answer
   * @param {() => void} options.onChange called when somebody's status has changed
   */
  constructor({ request, onChange }) {
    this.request = request;
    this.onChange = onChange;
    /** @type {Map<string, string>} user id → online, away or offline */
    this.status = new Map();
    /** @type {Map<string, string>} when somebody who is offline was last there */
    this.lastSeen = new Map();
    this.watched = "";
    this.isAway = false;
  }

  /** @param {string} userId */
  isOnline(userId) {
    return this.status.get(userId) === "online";
  }

  /** @param {string} userId */
  isAwayPerson(userId) {
    return this.status.get(userId) === "away";
  }

  /**
   * Watches these people from now on; of more than MAX_WATCHED the first ones.
   *
   * @param {string[]} userIds
   */
  async watch(userIds) {
    const ids = [...new Set(userIds)].slice(0, MAX_WATCHED);
    const key = ids.join();
    if (key === this.watched) return;
    this.watched = key;
    try {
      const { people } = await this.request("presence.watch", { userIds: ids });
      if (this.watched === key) {
        this.status = new Map();
        this.#take(people);
      }
      this.onChange();
    } catch (error) {
      logger.failure("Watching presence", error); // nobody has a dot then; everything else works
    }
  }

  /** @param {Chat.Frame} frame */
  handleChange({ people }) {
    this.#take(people);
    this.onChange();
  }

  /** @param {Chat.PersonPresence[]} people */
  #take(people) {
    for (const { userId, status, lastSeenAt } of people) {
      this.status.set(userId, status);
      if (lastSeenAt) this.lastSeen.set(userId, lastSeenAt);
    }
  }

  /**
   * Repeats on a new socket what was sent on the one before.
   *
   * @param {string[]} userIds
   */
  resume(userIds) {
    this.watched = "";
    if (this.isAway) this.#report();
    return this.watch(userIds);
  }

  /** @param {boolean} isAway */
  setAway(isAway) {
    if (isAway === this.isAway) return;
    this.isAway = isAway;
    this.#report();
  }

  #report() {
    this.request("presence.set", { status: this.isAway ? "away" : "online" }).catch(
      (error) => logger.failure("Setting one’s presence", error),
    );
  }
}
