// The service worker, which keeps the shell of the page for when there is no network.

export function startWorker(url) {
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
      .catch(() => {}); // without it the chat works while there is a network
  if (document.readyState === "complete") register();
  else addEventListener("load", register);
}
