// The browser's `localStorage`, or one in memory where the browser forbids it.

export function safeLocalStorage() {
  try {
    localStorage.getItem("chat");
    return localStorage;
  } catch {
    const items = new Map();
    return {
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, value) => items.set(key, value),
      removeItem: (key) => items.delete(key),
    };
  }
}
