// Colours of avatars, chosen by id. In a conversation, a colour that is taken gives way to the next
// free one.

export const COLOURS = 16;

/** @param {string} id */
export function colourOf(id) {
  return (Number.parseInt(id.slice(-6), 16) % COLOURS || 0) + 1;
}

export class AvatarColours {
  constructor() {
    /** @type {Map<string, Map<string, number>>} by conversation: person → colour */
    this.given = new Map();
  }

  /**
   * 1 to COLOURS. Who comes first keeps their own; with more people than colours they repeat.
   *
   * @param {string} id
   * @param {string | null} [within] the conversation
   */
  of(id, within = null) {
    const own = colourOf(id);
    if (!within) return own;
    const here = this.given.get(within) ?? new Map();
    this.given.set(within, here);
    if (!here.has(id)) here.set(id, freeFrom(own, new Set(here.values())));
    return /** @type {number} */ (here.get(id));
  }
}

/**
 * @param {number} own
 * @param {Set<number>} taken
 */
function freeFrom(own, taken) {
  // Steps of 7 lead through all 16, and to another part of the circle of hues each time.
  for (let tries = 0, colour = own; tries < COLOURS; tries += 1, colour = ((colour + 6) % COLOURS) + 1) {
    if (!taken.has(colour)) return colour;
  }
  return own;
}
