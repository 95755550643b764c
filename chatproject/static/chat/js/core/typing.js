// Who is typing, here and elsewhere. It is a hint: it expires by itself, and is never asked for.

import { plural, t } from "./texts.js";

const SAY_EVERY_MS = 3000;

export class Typing {
  /** `tell(type, fields)` sends a frame if it can; `onChange(conversationId)` when who types does. */
  constructor({ tell, onChange, nameOf, timers = globalThis, now = Date.now }) {
    this.tell = tell;
    this.onChange = onChange;
    this.nameOf = nameOf;
    this.timers = timers;
    this.now = now;
    this.said = new Map(); // conversation id → when we said it last
    this.typing = new Map(); // conversation id → Map of user id → timer
  }

  iAmTyping(conversationId) {
    if (this.now() - (this.said.get(conversationId) ?? -Infinity) < SAY_EVERY_MS) return;
    this.said.set(conversationId, this.now());
    this.tell("typing.start", { conversationId });
  }

  /** The message is sent: the next letter is told at once. */
  iStopped(conversationId) {
    this.said.delete(conversationId);
  }

  started({ conversationId, userId, seconds }) {
    if (!this.typing.has(conversationId)) this.typing.set(conversationId, new Map());
    const people = this.typing.get(conversationId);
    this.timers.clearTimeout(people.get(userId));
    people.set(userId, this.timers.setTimeout(() => this.stopped(conversationId, userId), seconds * 1000));
    this.onChange(conversationId);
  }

  /** The person's message has come, or the time is over. */
  stopped(conversationId, userId) {
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
