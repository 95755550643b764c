// Blocked people: loaded when the page is idle, and again when they change on any device.

import { context } from "./context.js";
import { logger } from "../core/logger.js";

const PAGE = 200;

/** Keeps `blocked` of the store as the server has it. */
export function watchBlocks() {
  context.session.events.subscribe((frame) => {
    if (frame.type === "state.changed" && frame.part === "blocks") load();
  });
  return load();
}

async function load() {
  try {
    /** @type {Set<string>} */
    const blocked = new Set();
    let cursor = null;
    do {
      const page = await context.session.rest.get(["blocks"], { limit: PAGE, cursor });
      for (const each of page.results) blocked.add(each.userId);
      cursor = page.next;
    } while (cursor);
    context.store.blocked = blocked;
    context.store.notify("people");
  } catch (error) {
    logger.failure("Loading whom one has blocked", error); // a message to them is refused all the same
  }
}
