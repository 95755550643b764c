// Retry: runs a task in the background until it succeeds or is refused for good.

import { backoff } from "./backoff.js";
import { ApiError } from "./errors.js";
import { logger } from "./logger.js";

/**
 * Whether the same call may succeed later: no network, a busy server, a rate limit.
 *
 * @param {unknown} error
 * @returns {error is ApiError}
 */
export function isPassing(error) {
  return error instanceof ApiError && error.isPassing;
}

/**
 * Milliseconds until the next attempt; at least as long as the server asked for.
 *
 * @param {ApiError} error
 * @param {number} attempt from 0
 */
export function pauseAfter(error, attempt) {
  return Math.max(error.retryAfter * 1000, backoff(attempt) + 200);
}

/**
 * Runs `action` until it succeeds. Passing failures are logged and retried after growing pauses
 * while `isWanted()`; any other failure is logged and ends it. Never rejects.
 *
 * @param {string} what for the logger
 * @param {() => Promise<unknown>} action
 * @param {{timers?: Chat.Timers, isWanted?: () => boolean, pause?: (ms: number) => Promise<void>}} [options]
 *   `pause` waits between two attempts, by `timers` when absent
 */
export async function runInBackground(what, action, options = {}) {
  const { timers = globalThis, isWanted = () => true } = options;
  const { pause = (ms) => new Promise((resolve) => { timers.setTimeout(() => resolve(undefined), ms); }) } = options;
  for (let attempt = 0; isWanted(); attempt += 1) {
    try {
      await action();
      return;
    } catch (error) {
      logger.failure(what, error);
      if (!isPassing(error)) return;
      await pause(pauseAfter(error, attempt));
    }
  }
}
