// The list of the server's own emoji: loaded when the page is idle, and added to in a dialog.

import { context, loadEmoji } from "./context.js";

export async function loadOwnEmoji() {
  const { results } = await context.session.rest.get(["emoji"]);
  context.ownEmoji = new Map(results.map((/** @type {any} */ each) => [each.name, each.url]));
  (await loadEmoji()).addOwn([...context.ownEmoji.keys()]);
  if (results.length) context.store.notify("people");
}

/**
 * @param {string} name
 * @param {string} attachmentId of an uploaded picture
 */
export async function addOwnEmoji(name, attachmentId) {
  await context.session.rest.post(["emoji"], { name, attachmentId });
  await loadOwnEmoji();
}
