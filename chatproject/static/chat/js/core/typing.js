// Who is typing, here and elsewhere. It is a hint: it expires by itself, and is never asked for.

import { plural, t } from "./i18n.js";

const REPORT_MS = 3000;

export class Typing {
  /** `send(type, fields)` sends a frame if it can; `onChange(conversationId)` when who types does. */
  constructor({ send, onChange, nameOf, timers = globalThis, now = Date.now }) {
    this.send = send;
    this.onChange = onChange;
    this.nameOf = nameOf;
    this.timers = timers;
    this.now = now;
    this.reportedAt = new Map(); // conversation id → when we said it last
    this.typing = new Map(); // conversation id → Map of user id → timer
  }

  reportTyping(conversationId) {
    if (this.now() - (this.reportedAt.get(conversationId) ?? -Infinity) < REPORT_MS) return;
    this.reportedAt.set(conversationId, this.now());
    this.send("typing.start", { conversationId });
  }

  /** The message is sent: the next letter is told at once. */
  reportStopped(conversationId) {
    this.reportedAt.delete(conversationId);
  }

  handleStarted({ conversationId, userId, seconds }) {
    if (!this.typing.has(conversationId)) this.typing.set(conversationId, new Map());
    const people = this.typing.get(conversationId);
    this.timers.clearTimeout(people.get(userId));
    people.set(userId, this.timers.setTimeout(() => this.handleStopped(conversationId, userId), seconds * 1000));
    this.onChange(conversationId);
  }

  /** The person's message has come, or the time is over. */
  handleStopped(conversationId, userId) {
    const people = this.typing.get(conversationId);
    if (!people?.has(userId)) return;
    this.timers.clearTimeout(people.get(userId));
    people.delete(userId);
    this.onChange(conversationId);
  }

  /** “A and B are typing”, or null. */
  sentence(conversationId) {
    const names = [...(this.typing.get(conversationId)?.keys() ?? [])].map(this.nameOf).filter(Boolean);
    if (!names.length) return null;
    if (names.length === 1) return t("{name} is typing…", { name: names[0] });
    if (names.length === 2) return t("{one} and {other} are typing…", { one: names[0], other: names[1] });
    return plural("{count} person is typing…", "{count} people are typing…", names.length);
  }
}
