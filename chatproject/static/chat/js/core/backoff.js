// Backoff: how long to wait before the next attempt, so that clients do not return all at once.

/**
 * Full jitter: anything up to a bound that doubles from `first` up to `most`; in milliseconds.
 *
 * @param {number} attempt
 */
export function backoff(attempt, { first = 600, most = 15000, random = Math.random } = {}) {
  return random() * Math.min(most, first * 2 ** Math.min(attempt, 20));
}
