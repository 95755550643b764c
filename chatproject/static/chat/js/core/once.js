// Once: one call at a time for each key; callers during it share its result.

export function once() {
  /** @type {Map<string, Promise<any>>} */
  const running = new Map();
  /**
   * @template Result
   * @param {string} key
   * @param {() => Promise<Result>} action
   * @returns {Promise<Result>}
   */
  return (key, action) => {
    let promise = running.get(key);
    if (!promise) {
      promise = action().finally(() => running.delete(key));
      running.set(key, promise);
    }
    return promise;
  };
}
