// The browser's `localStorage`, or one in memory where the browser forbids it.

import { logger } from "../core/logger.js";

export function openLocalStorage() {
  try {
    localStorage.getItem("chat");
    return localStorage;
  } catch (error) {
    logger.unsupported("The browser's storage", error);
    const items = new Map();
    return {
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, value) => items.set(key, value),
      removeItem: (key) => items.delete(key),
    };
  }
}
