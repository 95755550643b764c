// Registers the service worker (sw.js), which keeps the page's shell for when there is no network.

import { logger } from "../core/logger.js";

/** @param {string} url */
export function registerServiceWorker(url) {
  if (!navigator.serviceWorker) return;
  const policy = globalThis.trustedTypes?.createPolicy("chat-worker", {
    createScriptURL: (address) => {
      if (address !== "/sw.js") throw new TypeError("Only our own worker may be started.");
      return address;
    },
  });
  const register = () =>
    navigator.serviceWorker
      .register(policy ? policy.createScriptURL(url) : url, { updateViaCache: "none" })
      .then(keepThisPage)
      .catch((error) => logger.unsupported("The service worker", error)); // the chat works online
  if (document.readyState === "complete") register();
  else addEventListener("load", register);
}

/** A page that was loaded past the worker was not kept by it, as the first one and one loaded anew by force. */
async function keepThisPage() {
  const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  if (navigation?.workerStart) return;
  const { active } = await navigator.serviceWorker.ready;
  active?.postMessage({ type: "keep", path: location.pathname });
}
