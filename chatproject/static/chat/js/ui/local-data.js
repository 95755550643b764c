// What the browser keeps of the person who is logged in: pages for offline use, drafts, recent emoji
// and unsent messages. The answer to a log-out clears it by its header `Clear-Site-Data`; this does
// where a browser does not know that header.

import { logger } from "../core/logger.js";

const DELETION_MS = 2000; // a log-out does not wait for longer

export async function clearLocalData() {
  const work = Promise.all([clearPages(), clearDatabases()].map((each) => each.catch(report)));
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith("chat.")) localStorage.removeItem(key);
  } catch (error) {
    report(error);
  }
  await Promise.race([work, new Promise((resolve) => setTimeout(resolve, DELETION_MS))]);
}

async function clearPages() {
  const names = (await globalThis.caches?.keys()) ?? [];
  await Promise.all(names.filter((name) => /^chat-(pages|pictures)-/.test(name)).map((name) => caches.delete(name)));
}

async function clearDatabases() {
  const databases = (await globalThis.indexedDB?.databases?.()) ?? [];
  const names = databases.map(({ name }) => name ?? "").filter((name) => name.startsWith("chat-"));
  await Promise.all(names.map(deleteDatabase));
}

/**
 * Where a page still has it open, it goes when that page does.
 *
 * @param {string} name
 * @returns {Promise<void>}
 */
function deleteDatabase(name) {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = request.onerror = request.onblocked = () => resolve();
  });
}

/** @param {unknown} error */
function report(error) {
  logger.unsupported("The browser's storage", error);
}
