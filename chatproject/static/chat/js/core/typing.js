// Typing: who is typing, here and elsewhere. It is a hint that expires.

import { plural, t } from "./i18n.js";

const REPORT_MS = 3000;

export class Typing {
  /**
   * @param {object} options
   * @param {(type: string, fields: Record<string, unknown>) => void} options.send sends a frame if it can
   * @param {(conversationId: string) => void} options.onChange called when who is typing changes
   * @param {(userId: string) => string | undefined} options.nameOf
   * @param {Chat.Timers} [options.timers]
   * @param {() => number} [options.now]
   */
  constructor({ send, onChange, nameOf, timers = globalThis, now = Date.now }) {
    this.send = send;
    this.onChange = onChange;
    this.nameOf = nameOf;
    this.timers = timers;
    this.now = now;
    /** @type {Map<string, number>} conversation id → when own typing was last reported */
    this.reportedAt = new Map();
    /** @type {Map<string, Map<string, unknown>>} conversation id → user id → timer */
    this.typing = new Map();
  }

  /** @param {string} conversationId */
  reportTyping(conversationId) {
    if (this.now() - (this.reportedAt.get(conversationId) ?? -Infinity) < REPORT_MS) return;
    this.reportedAt.set(conversationId, this.now());
    this.send("typing.start", { conversationId });
  }

  /**
   * The message was sent: the next letter is reported at once.
   *
   * @param {string} conversationId
   */
  reportStopped(conversationId) {
    this.reportedAt.delete(conversationId);
  }

  /** @param {Chat.Frame} frame */
  handleStarted({ conversationId, userId, seconds }) {
    const people = this.typing.get(conversationId) ?? new Map();
    this.typing.set(conversationId, people);
    this.timers.clearTimeout(people.get(userId));
    people.set(userId, this.timers.setTimeout(() => this.handleStopped(conversationId, userId), seconds * 1000));
    this.onChange(conversationId);
  }

  /**
   * The person's message has come, or the time is over.
   *
   * @param {string} conversationId
   * @param {string} userId
   */
  handleStopped(conversationId, userId) {
    const people = this.typing.get(conversationId);
    if (!people?.has(userId)) return;
    this.timers.clearTimeout(people.get(userId));
    people.delete(userId);
    this.onChange(conversationId);
  }

  /**
   * “A and B are typing”, or null.
   *
   * @param {string} conversationId
   */
  sentence(conversationId) {
    const names = [...(this.typing.get(conversationId)?.keys() ?? [])].map(this.nameOf).filter(Boolean);
    if (!names.length) return null;
    if (names.length === 1) return t("{name} is typing…", { name: names[0] });
    if (names.length === 2) return t("{one} and {other} are typing…", { one: names[0], other: names[1] });
    return plural("{count} person is typing…", "{count} people are typing…", names.length);
  }
}
