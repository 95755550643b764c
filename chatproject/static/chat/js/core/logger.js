// The logger: writes failures that have no place on the page to the browser's console.

import { ApiError } from "./errors.js";

export const logger = {
  /**
   * A failure that the caller has dealt with. Network failures are info and refusals by the server
   * are warnings; everything else is a fault of ours, so an error, which fails the browser tests.
   *
   * @param {string} what begins the line, such as "Loading names"
   * @param {unknown} error
   */
  failure(what, error) {
    if (!(error instanceof ApiError)) console.error(`${what} failed.`, error);
    else if (error.code === "offline") console.info(`${what} failed: offline`);
    else console.warn(`${what} failed: ${error.code}`, error.detail);
  },

  /**
   * The browser lacks or forbids something that the chat can do without, such as storage.
   *
   * @param {string} what
   * @param {unknown} error
   */
  unsupported(what, error) {
    console.info(`${what} is not available.`, String(error));
  },
};
