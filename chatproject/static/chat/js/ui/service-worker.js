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
      .catch((error) => logger.unsupported("The service worker", error)); // the chat works online
  if (document.readyState === "complete") register();
  else addEventListener("load", register);
}
