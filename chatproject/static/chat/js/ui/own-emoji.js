// The server's own emoji as pictures, in texts and reactions.

import { html } from "../../vendor/lit.js";
import { context } from "./context.js";

const NAME = /(:[a-z0-9_+-]{2,32}:)/g;

/**
 * The text with pictures for the names of the server's own emoji, where they are loaded.
 *
 * @param {string} text
 */
export function withOwnEmoji(text) {
  const { ownEmoji } = context;
  if (!ownEmoji?.size || !text.includes(":")) return text;
  return text.split(NAME).map((piece) => {
    const url = ownEmoji.get(piece.slice(1, -1));
    return url && piece.startsWith(":") ? html`<img class="own-emoji" src=${url} alt=${piece} title=${piece} loading="lazy">` : piece;
  });
}
