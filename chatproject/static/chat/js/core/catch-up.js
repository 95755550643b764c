// Catching up: fetches, by rev, the changes of all conversations that are behind.

import { backoff } from "./backoff.js";
import { logger } from "./logger.js";

const MAX_CONVERSATIONS = 500; // in one sync frame
const ATTEMPTS_UNTIL_SHOWN = 3;

export class CatchUp {
  /**
   * @param {Chat.Session} session
   * @param {{timers?: Chat.Timers}} [options]
   */
  constructor(session, { timers = globalThis } = {}) {
    this.session = session;
    this.store = session.store;
    this.revs = session.revs;
    this.timers = timers;
    this.isRunning = false;
    this.attempt = 0;
  }

  /** Whether it has failed so often that the page should say so. */
  get isFailing() {
    return this.attempt >= ATTEMPTS_UNTIL_SHOWN;
  }

  /** Fetches until no conversation is behind; failures are logged and retried after a pause. */
  run() {
    if (this.isRunning || this.session.connection.state !== "online") return;
    const behind = Object.entries(this.revs.behind()).slice(0, MAX_CONVERSATIONS);
    if (!behind.length) return;
    this.isRunning = true;
    this.#sync(Object.fromEntries(behind)).then(
      () => this.#finish(0, 0),
      (error) => {
        logger.failure("Catching up", error);
        const pause = Math.max((error.retryAfter ?? 0) * 1000, backoff(this.attempt) + 500);
        this.#finish(this.attempt + 1, pause);
      },
    );
  }

  /**
   * @param {number} attempt
   * @param {number} pause in milliseconds
   */
  #finish(attempt, pause) {
    const wasFailing = this.isFailing;
    this.attempt = attempt;
    if (this.isFailing !== wasFailing) this.store.notify("connection");
    const next = () => {
      this.isRunning = false;
      this.run();
    };
    if (pause) this.timers.setTimeout(next, pause);
    else next();
  }

  /** @param {Record<string, number>} sinceById */
  async #sync(sinceById) {
    const answer = await this.session.connection.request("sync", { conversations: sinceById });
    this.store.addPeople(answer.people);
    for (const [id, since] of Object.entries(sinceById)) {
      const changes = answer.conversations[id] ?? { results: [], throughRev: since };
      await this.#apply(id, since, changes);
    }
    const isUnknown = (/** @type {string} */ id) => !this.store.conversations.has(id);
    if (answer.joined.some(isUnknown)) this.session.conversations.loadInbox();
  }

  /**
   * @param {string} id
   * @param {number} since
   * @param {Chat.Changes} changes
   */
  async #apply(id, since, changes) {
    const { session } = this;
    if (changes.gone) {
      session.conversations.drop(id);
      return;
    }
    const isStuck = Boolean(changes.more && !changes.results?.length);
    if (!this.revs.answer(id, since, isStuck ? { ...changes, more: false, reset: true } : changes)) return;
    if (changes.reset || isStuck) {
      await session.timelines.reload(id);
      return;
    }
    const memberRev = this.store.conversations.get(id)?.memberRev ?? 0;
    const messages = [...(changes.results ?? [])].sort((one, other) => one.seq - other.seq);
    let isUnsure = false;
    for (const message of messages) {
      isUnsure ||= session.events.isUncounted(message);
      session.timelines.putMessage(message, { isLive: true });
    }
    for (const thread of changes.threads ?? []) this.store.setThread(id, thread.seq, thread);
    session.events.apply(this.revs.released(id));
    const hasOtherChanges = messages.some((each) => each.kind === "system") || (changes.memberRev ?? 0) > memberRev;
    if (changes.more || hasOtherChanges || isUnsure) await session.conversations.refresh(id);
  }
}
