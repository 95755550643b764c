// Revs: how far each conversation is known. Its log counts changes by `rev`: an event with the next
// rev moves it on, a gap or a head says what has to be fetched. The Python client has the same rules;
// tests/vectors/revs.json holds both to them.

const MAX_HELD = 1000; // events of one conversation; rather than holding more, they are fetched

/**
 * @typedef {object} Position
 * @property {number | null} rev everything up to it was handed out; null until the log is known
 * @property {Set<string> | null} kindsSeen what was handed out live at `rev`; null when all of it is known
 * @property {number} wanted the log is known to stand here
 * @property {boolean} mustAsk to be fetched although nothing is known to be missing
 * @property {Chat.Frame[]} held events that wait for a gap to be filled
 */

export class Revs {
  constructor() {
    /** @type {Map<string, Position>} by conversation */
    this.positions = new Map();
  }

  /** @param {string} id */
  rev(id) {
    return this.positions.get(id)?.rev ?? null;
  }

  /**
   * What we have of the conversation is as of `rev`; what is known of it already stands.
   *
   * @param {string} id
   * @param {number} rev
   */
  seed(id, rev) {
    const position = this.#position(id);
    position.rev ??= rev;
  }

  /**
   * A part was loaded as of `rev`: what came later is asked for again.
   *
   * @param {string} id
   * @param {number} rev
   */
  rewind(id, rev) {
    const position = this.#position(id);
    if (position.rev === null) position.rev = rev;
    else if (rev < position.rev) Object.assign(position, { rev, kindsSeen: null, mustAsk: true });
  }

  /** @param {string} id */
  forget(id) {
    this.positions.delete(id);
  }

  /**
   * A socket has opened. Gives the ids that are not known yet, and those that it sends no events of.
   *
   * @param {Record<string, number>} heads
   */
  hello(heads) {
    for (const position of this.positions.values()) position.held = [];
    const left = [...this.positions.keys()].filter((id) => !(id in heads));
    const joined = Object.keys(heads).filter((id) => !this.positions.has(id));
    for (const [id, rev] of Object.entries(heads)) {
      if (this.positions.has(id)) this.head(id, rev);
    }
    return { joined, left };
  }

  /**
   * The log stands at `rev`. A log that stands before what we know is another one: ask.
   *
   * @param {string} id
   * @param {number} rev
   */
  head(id, rev) {
    const position = this.#position(id);
    if (position.rev !== null && rev < position.rev) position.mustAsk = true;
    position.wanted = Math.max(position.wanted, rev);
    return this.#release(position);
  }

  /**
   * An event with a rev came; gives the events whose turn it is.
   *
   * @param {Chat.Frame} frame
   */
  take(frame) {
    const position = this.#position(frame.conversationId);
    if (frame.type === "conversation.rev") {
      position.wanted = Math.max(position.wanted, frame.rev);
      return [];
    }
    position.held.push(frame);
    return this.#release(position);
  }

  /** What is to be fetched, as {id: since}. */
  behind() {
    /** @type {Record<string, number>} */
    const behind = {};
    for (const [id, position] of this.positions) {
      if (position.rev !== null && isBehind(position)) behind[id] = position.rev;
    }
    return behind;
  }

  /**
   * The changes since a rev were fetched. False: the answer is late and counts for nothing.
   *
   * @param {string} id
   * @param {number} since
   * @param {Chat.Changes} changes
   */
  answer(id, since, changes) {
    const position = this.positions.get(id);
    if (!position || position.rev !== since) return false;
    if (changes.throughRev !== since) Object.assign(position, { rev: changes.throughRev, kindsSeen: null });
    if (changes.reset) position.wanted = changes.throughRev; // another log may stand before it
    if (!changes.more) position.mustAsk = false;
    return true;
  }

  /**
   * What was held back while the changes before it were fetched.
   *
   * @param {string} id
   */
  released(id) {
    const position = this.positions.get(id);
    return position ? this.#release(position) : [];
  }

  /** @param {string} id */
  #position(id) {
    let position = this.positions.get(id);
    if (!position) {
      position = { rev: null, kindsSeen: null, wanted: 0, mustAsk: false, held: [] };
      this.positions.set(id, position);
    }
    return position;
  }

  /** @param {Position} position */
  #release(position) {
    /** @type {Chat.Frame[]} */
    const released = [];
    if (position.rev !== null) {
      position.held.sort((one, other) => one.rev - other.rev);
      while (position.held.length && position.held[0].rev <= position.rev + 1) {
        for (const frame of position.held.splice(0, 1)) if (isNew(position, frame)) released.push(frame);
      }
    }
    if (position.held.length > MAX_HELD) {
      position.wanted = Math.max(position.wanted, ...position.held.map((frame) => frame.rev));
      position.held = [];
    }
    return released;
  }
}

/** @param {Position} position */
function isBehind(position) {
  if (position.rev === null) return false;
  return position.mustAsk || position.wanted > position.rev || position.held.length > 0;
}

/**
 * Several events may share a rev: a system message is followed by what it means.
 *
 * @param {Position} position
 * @param {Chat.Frame} frame
 */
function isNew(position, frame) {
  const kind = frame.type.startsWith("message.") ? "message" : frame.type;
  if (position.rev !== null && frame.rev > position.rev) {
    Object.assign(position, { rev: frame.rev, kindsSeen: new Set([kind]) });
    return true;
  }
  if (frame.rev !== position.rev || !position.kindsSeen || position.kindsSeen.has(kind)) return false;
  position.kindsSeen.add(kind);
  return true;
}
