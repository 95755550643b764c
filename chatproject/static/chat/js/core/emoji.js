// Emoji: found by shortcode and by word, and the recently used ones.

import { logger } from "./logger.js";

export const USUAL = ["👍", "❤️", "😂", "🎉", "😮", "🙏"];
const MAX_RECENT = 24;

/** `table` has, by group, lines of emoji, shortcode and words, tab-separated. */
export class EmojiIndex {
  /** @param {Record<string, string>} table */
  constructor(table) {
    this.groups = Object.entries(table).map(([name, lines]) => ({
      name,
      items: lines.split("\n").map((line) => {
        const [emoji, code, words = ""] = line.split("\t");
        return { emoji, code, words };
      }),
    }));
    this.items = this.groups.flatMap((group) => group.items);
    this.byCode = new Map(this.items.map((item) => [item.code, item]));
  }

  /**
   * The best `limit` for a beginning of a shortcode or word.
   *
   * @param {string} query
   */
  find(query, limit = 8) {
    const what = query.toLowerCase();
    const scored = this.items.map((item, index) => ({ item, index, score: fit(item, what) }));
    const found = scored.filter((each) => each.score > 0);
    found.sort((one, other) => other.score - one.score || one.index - other.index);
    return found.slice(0, limit).map((each) => each.item);
  }

  /**
   * Adds emoji of the server's own, which stand for themselves as `:name:`.
   *
   * @param {string[]} names
   */
  addOwn(names) {
    const items = names.map((code) => ({ emoji: `:${code}:`, code, words: "" }));
    const others = this.groups.filter((each) => each.name !== "own");
    this.groups = items.length ? [{ name: "own", items }, ...others] : others;
    this.items = this.groups.flatMap((group) => group.items);
    this.byCode = new Map(this.items.map((item) => [item.code, item]));
  }

  /**
   * The emoji of a shortcode without its colons.
   *
   * @param {string} code
   * @returns {string | undefined}
   */
  named(code) {
    return this.byCode.get(code)?.emoji;
  }
}

/**
 * @param {Chat.EmojiItem} item
 * @param {string} what
 */
function fit(item, what) {
  if (item.code === what) return 5;
  if (item.code.startsWith(what)) return 4;
  if (item.code.split("_").some((word) => word.startsWith(what))) return 3;
  if (item.words.split(" ").some((word) => word.startsWith(what))) return 2;
  return what.length > 2 && item.code.includes(what) ? 1 : 0;
}

export class RecentEmoji {
  /**
   * `storage` is like `localStorage`.
   *
   * @param {Chat.KeyStorage} storage
   */
  constructor(storage) {
    this.storage = storage;
  }

  list() {
    try {
      const kept = JSON.parse(this.storage.getItem("chat.emoji") ?? "[]");
      return Array.isArray(kept) ? kept : [];
    } catch (error) {
      logger.unsupported("The storage of emoji", error);
      return [];
    }
  }

  /** @param {string} emoji */
  add(emoji) {
    const list = [emoji, ...this.list().filter((each) => each !== emoji)].slice(0, MAX_RECENT);
    try {
      this.storage.setItem("chat.emoji", JSON.stringify(list));
    } catch (error) {
      logger.unsupported("The storage of emoji", error); // a convenience only
    }
  }

  /** Six for quick reactions: recently used ones first, then the usual ones. */
  quick() {
    return [...new Set([...this.list(), ...USUAL])].slice(0, USUAL.length);
  }
}

const PRESENTATION = "\ufe0f";
export const TONES = ["", "\u{1f3fb}", "\u{1f3fc}", "\u{1f3fd}", "\u{1f3fe}", "\u{1f3ff}"];

/**
 * The emoji in a skin tone, which its first sign that has one takes; others stay as they are.
 *
 * @param {string} emoji
 * @param {string} tone one of TONES
 */
export function inTone(emoji, tone) {
  const signs = [...emoji];
  const at = signs.findIndex((sign) => /\p{Emoji_Modifier_Base}/u.test(sign));
  if (!tone || at < 0 || signs.some((sign) => TONES.indexOf(sign) > 0)) return emoji;
  const after = signs[at + 1] === PRESENTATION ? at + 2 : at + 1;
  return [...signs.slice(0, at + 1), tone, ...signs.slice(after)].join("");
}
