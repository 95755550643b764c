// The service worker: the shell of the chat without a network. Scripts and styles have their
// content in their names and come from the cache first; a page comes from the network first, and
// the last one seen stands in when there is none. Nothing of the API is kept here.

/** @type {ServiceWorkerGlobalScope} */
const worker = /** @type {any} */ (self);

const SHELL = "chat-shell-1";
const PAGES = "chat-pages-1";
/** @type {string[]} */
// @ts-expect-error: the server puts the list of files in its place
const PRECACHE = self.__PRECACHE;
const MAX_PAGES = 20;
const PAGE_MS = 4000; // a server that hangs counts as none

worker.addEventListener("install", (event) => {
  event.waitUntil(install().then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(tidy().then(() => worker.clients.claim()).then(keepOpenPages));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === "POST" && /\/logout\/?$/.test(url.pathname)) event.waitUntil(caches.delete(PAGES));
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    if (isPage(url)) event.respondWith(page(request, url));
    else if (/^\/(login|logout|register)/.test(url.pathname)) event.waitUntil(caches.delete(PAGES));
  } else if (PRECACHE.includes(url.pathname)) {
    event.respondWith(shell(request));
  }
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data?.path ?? "/"));
});

async function install() {
  const cache = await caches.open(SHELL);
  const kept = new Set((await cache.keys()).map((request) => new URL(request.url).pathname));
  await cache.addAll(PRECACHE.filter((path) => !kept.has(path)));
}

async function tidy() {
  for (const name of await caches.keys()) {
    if (name !== SHELL && name !== PAGES) await caches.delete(name);
  }
  const cache = await caches.open(SHELL);
  for (const request of await cache.keys()) {
    if (!PRECACHE.includes(new URL(request.url).pathname)) await cache.delete(request);
  }
}

/** The pages that registered the worker were loaded without it: keeps them, too. */
async function keepOpenPages() {
  for (const client of await worker.clients.matchAll({ type: "window" })) {
    const url = new URL(client.url);
    if (!isPage(url)) continue;
    try {
      await keep(url, await fetch(url));
    } catch (error) {
      console.info("A page could not be kept for offline use.", String(error));
    }
  }
}

/** @param {URL} url */
function isPage(url) {
  return url.pathname === "/" || url.pathname.startsWith("/c/");
}

/** @param {Request} request */
async function shell(request) {
  const cache = await caches.open(SHELL);
  return (await cache.match(request.url)) ?? fetch(request);
}

/**
 * @param {Request} request
 * @param {URL} url
 */
async function page(request, url) {
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(PAGE_MS) });
    if (response.status >= 500) return (await keptPage(url)) ?? response;
    await keep(url, response);
    return response;
  } catch (error) {
    const kept = await keptPage(url);
    if (kept) return kept;
    throw error;
  }
}

/**
 * @param {URL} url
 * @param {Response} response
 */
async function keep(url, response) {
  const isOurs = response.ok && !response.redirected;
  const cache = await caches.open(PAGES);
  if (!isOurs) return;
  await cache.put(url.pathname, response.clone());
  const kept = await cache.keys();
  for (const old of kept.slice(0, Math.max(0, kept.length - MAX_PAGES))) await cache.delete(old);
}

/**
 * The page itself, else any other one: it loads what it lacks when there is a network again.
 *
 * @param {URL} url
 */
async function keptPage(url) {
  const cache = await caches.open(PAGES);
  const kept = await cache.match(url.pathname);
  if (kept) return kept;
  const any = (await cache.keys()).at(-1);
  return any && cache.match(any);
}

/** @param {string} path */
async function show(path) {
  const windows = await worker.clients.matchAll({ type: "window" });
  const open = windows[0];
  if (!open) return worker.clients.openWindow(path);
  open.postMessage({ type: "go", path });
  return open.focus();
}
