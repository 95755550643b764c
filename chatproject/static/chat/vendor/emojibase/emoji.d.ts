/** By group: lines of emoji, shortcode and words, tab-separated. */
export declare const EMOJI: Record<string, string>;
