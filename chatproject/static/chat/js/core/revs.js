// How far each conversation is known. Its log counts changes by `rev`: an event with the next rev
// moves us on, a gap or a head says what is to be fetched. The same rules as in the Python client.

const MAX_HELD = 1000; // events of one conversation; rather than holding more, they are fetched

export class Revs {
  constructor() {
    this.positions = new Map();
  }

  rev(id) {
    return this.positions.get(id)?.rev ?? null;
  }

  /** What we have of the conversation is as of `rev`; what is known of it already stands. */
  seed(id, rev) {
    const position = this.#position(id);
    position.rev ??= rev;
  }

  /** A part was loaded as of `rev`: what came later is asked for again. */
  rewind(id, rev) {
    const position = this.#position(id);
    if (position.rev === null) position.rev = rev;
    else if (rev < position.rev) Object.assign(position, { rev, told: null, mustAsk: true });
  }

  forget(id) {
    this.positions.delete(id);
  }

  /** A socket has opened. Gives the ids that we do not know, and those that are not told of. */
  hello(heads) {
    for (const position of this.positions.values()) position.held = [];
    const left = [...this.positions.keys()].filter((id) => !(id in heads));
    const joined = Object.keys(heads).filter((id) => !this.positions.has(id));
    for (const [id, rev] of Object.entries(heads)) {
      if (this.positions.has(id)) this.head(id, rev);
    }
    return { joined, left };
  }

  /** The log stands at `rev`. A log that stands before what we know is another one: ask. */
  head(id, rev) {
    const position = this.#position(id);
    if (position.rev !== null && rev < position.rev) position.mustAsk = true;
    position.wanted = Math.max(position.wanted, rev);
    return this.#release(position);
  }

  /** An event with a rev came; gives the events whose turn it is. */
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
    const behind = {};
    for (const [id, position] of this.positions) {
      if (isBehind(position)) behind[id] = position.rev;
    }
    return behind;
  }

  /** The changes since a rev were fetched. False: the answer is late and counts for nothing. */
  answer(id, since, changes) {
    const position = this.positions.get(id);
    if (!position || position.rev !== since) return false;
    if (changes.throughRev !== since) Object.assign(position, { rev: changes.throughRev, told: null });
    if (!changes.more) {
      position.mustAsk = false;
      position.wanted = Math.min(position.wanted, changes.throughRev);
    }
    return true;
  }

  /** What was held back while the changes before it were fetched. */
  released(id) {
    const position = this.positions.get(id);
    return position ? this.#release(position) : [];
  }

  #position(id) {
    let position = this.positions.get(id);
    if (!position) {
      position = { rev: null, told: null, wanted: 0, mustAsk: false, held: [] };
      this.positions.set(id, position);
    }
    return position;
  }

  #release(position) {
    const released = [];
    if (position.rev !== null) {
      position.held.sort((one, other) => one.rev - other.rev);
      while (position.held.length && position.held[0].rev <= position.rev + 1) {
        const frame = position.held.shift();
        if (isNews(position, frame)) released.push(frame);
      }
    }
    if (position.held.length > MAX_HELD) {
      position.wanted = Math.max(position.wanted, ...position.held.map((frame) => frame.rev));
      position.held = [];
    }
    return released;
  }
}

function isBehind(position) {
  if (position.rev === null) return false;
  return position.mustAsk || position.wanted > position.rev || position.held.length > 0;
}

/** Several events may share a rev: a system message is followed by what it means. */
function isNews(position, frame) {
  const kind = frame.type.startsWith("message.") ? "message" : frame.type;
  if (frame.rev > position.rev) {
    Object.assign(position, { rev: frame.rev, told: new Set([kind]) });
    return true;
  }
  if (frame.rev !== position.rev || !position.told || position.told.has(kind)) return false;
  position.told.add(kind);
  return true;
}
