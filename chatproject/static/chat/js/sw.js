// The service worker: the shell of the chat without a network. Scripts and styles have their
// content in their names and come from the cache first; a page comes from the network first, and
// the last one seen stands in when there is none. Of the API only small pictures
// are kept, to be shown without a network.

/** @type {ServiceWorkerGlobalScope} */
const worker = /** @type {any} */ (self);

const SHELL = "chat-shell-1";
const PAGES = "chat-pages-1";
/** @type {string[]} */
// @ts-expect-error: the server puts the list of files in its place
const PRECACHE = self.__PRECACHE;
const PICTURES = "chat-pictures-1";
const OFFLINE = "/offline"; // stands in for pages that are not kept
const MAX_PAGES = 20;
const MAX_PICTURES = 300;
const PICTURE = /^\/v1\/(attachments\/[^/]+\/thumbnail|users\/[^/]+\/avatar|conversations\/[^/]+\/picture)$/;
const PAGE_MS = 4000; // a server that hangs counts as none

worker.addEventListener("install", (event) => {
  event.waitUntil(install().then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(tidy().then(() => worker.clients.claim()));
});

worker.addEventListener("message", (event) => {
  if (event.data?.type === "keep") event.waitUntil(keepLoadedPage(new URL(event.data.path, location.origin)));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === "POST" && /\/logout\/?$/.test(url.pathname)) event.waitUntil(forget());
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    if (isPage(url)) event.respondWith(page(request, url));
    else event.respondWith(fetch(request).catch((error) => offline(error)));
    if (/^\/(login|logout|register)/.test(url.pathname)) event.waitUntil(forget());
  } else if (PICTURE.test(url.pathname)) {
    event.respondWith(picture(request));
  } else if (PRECACHE.includes(url.pathname)) {
    event.respondWith(shell(request));
  }
});

worker.addEventListener("push", (event) => {
  event.waitUntil(inTurn(() => pushed(event.data?.json() ?? {})));
});

worker.addEventListener("notificationclick", (event) => {
  const { action, notification } = event;
  notification.close();
  const text = /** @type {any} */ (event).reply?.trim();
  const answered = action === "reply" && text ? reply(notification, text) : show(notification.data?.path ?? "/");
  event.waitUntil(Promise.all([answered, inTurn(badge)]));
});

worker.addEventListener("notificationclose", (event) => {
  event.waitUntil(inTurn(badge));
});

/** @type {Promise<unknown>} */
let turn = Promise.resolve();

/**
 * One after the other: Chromium forgets a notification that is just being shown when it is asked
 * which ones are, so that it could not be withdrawn any more.
 *
 * @template T
 * @param {() => Promise<T>} task
 * @returns {Promise<T>}
 */
function inTurn(task) {
  const done = turn.then(task);
  turn = done.catch(() => {});
  return done;
}

/**
 * What the server tells this device: a new message, or that one was read elsewhere.
 *
 * @param {any} told
 */
async function pushed(told) {
  if (told.type === "read") await withdraw(told);
  else if (told.type === "message") await notify(told);
  await badge();
}

/** @param {{conversationId: string, seq: number}} told */
async function withdraw({ conversationId, seq }) {
  for (const each of await worker.registration.getNotifications({ tag: conversationId })) {
    if (!(each.data?.seq > seq)) each.close();
  }
}

/**
 * Quiet while somebody looks at the chat here: the page tells of it. A page that is open in the
 * background may have shown the same already.
 *
 * @param {any} told
 */
async function notify(told) {
  const { title, body, conversationId: tag, path, seq } = told;
  const chats = await openChats();
  if (chats.some((each) => each.visibilityState === "visible" && each.focused)) return;
  const [shown] = await worker.registration.getNotifications({ tag });
  if (shown?.data?.seq >= seq) return;
  const actions = [{ action: "reply", type: "text", title: told.reply }];
  const options = { body, tag, renotify: true, actions, data: { path, seq, conversationId: tag, failed: told.failed } };
  await worker.registration.showNotification(title, /** @type {any} */ (options));
}

/**
 * Sends what was typed into a notification, where the system can take it. If it cannot be sent, the
 * notification comes again and says so; the text is in it.
 *
 * @param {Notification} notification
 * @param {string} text
 */
async function reply(notification, text) {
  const { conversationId, seq, path, failed } = notification.data;
  const cookies = /** @type {any} */ (worker).cookieStore;
  const token = (await cookies?.get("__Host-csrftoken")) ?? (await cookies?.get("csrftoken"));
  const answer = await fetch(`/v1/conversations/${conversationId}/messages`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token?.value ?? "" },
    body: JSON.stringify({ content: text, clientId: crypto.randomUUID() }),
  }).catch(() => null);
  if (answer?.ok) return;
  const data = { path, seq, conversationId, failed };
  await inTurn(() => worker.registration.showNotification(failed, { body: text, tag: conversationId, data }));
}

/** The pages that have the chat open, not those of the settings. */
async function openChats() {
  const windows = await worker.clients.matchAll({ type: "window" });
  return windows.filter((each) => isPage(new URL(each.url)));
}

/** The badge of an installed app, while no page is open that counts itself. */
async function badge() {
  if ((await openChats()).length) return;
  const shown = await worker.registration.getNotifications();
  try {
    if (shown.length) await navigator.setAppBadge?.(shown.length);
    else await navigator.clearAppBadge?.();
  } catch (error) {
    console.info("The app has no badge.", String(error));
  }
}

async function install() {
  const cache = await caches.open(SHELL);
  const kept = new Set((await cache.keys()).map((request) => new URL(request.url).pathname));
  // The offline page names styles by their content, so it is new with each worker.
  await cache.addAll([...PRECACHE.filter((path) => !kept.has(path)), OFFLINE]);
}

async function tidy() {
  for (const name of await caches.keys()) {
    if (![SHELL, PAGES, PICTURES].includes(name)) await caches.delete(name);
  }
  const cache = await caches.open(SHELL);
  for (const request of await cache.keys()) {
    if (![...PRECACHE, OFFLINE].includes(new URL(request.url).pathname)) await cache.delete(request);
  }
}

/** What was kept of the person who is logged in. */
async function forget() {
  await Promise.all([PAGES, PICTURES].map((name) => caches.delete(name)));
}

/**
 * A small picture: from the server, which says each time who may see it; without a network as it was
 * last seen.
 *
 * @param {Request} request
 */
async function picture(request) {
  const cache = await caches.open(PICTURES);
  try {
    const response = await fetch(request);
    if (response.status === 200 && response.type === "basic" && !response.redirected) await keepPicture(cache, request, response.clone());
    else if (response.status === 403 || response.status === 404) await cache.delete(request.url);
    return response;
  } catch (error) {
    const kept = await cache.match(request.url);
    if (kept) return kept;
    throw error;
  }
}

/**
 * @param {Cache} cache
 * @param {Request} request
 * @param {Response} response
 */
async function keepPicture(cache, request, response) {
  await cache.put(request.url, response);
  const kept = await cache.keys();
  for (const old of kept.slice(0, Math.max(0, kept.length - MAX_PICTURES))) await cache.delete(old);
}

/**
 * A page that was loaded without the worker.
 *
 * @param {URL} url
 */
async function keepLoadedPage(url) {
  if (url.origin !== location.origin || !isPage(url)) return;
  try {
    await keep(url, await fetch(url));
  } catch (error) {
    console.info("A page could not be kept for offline use.", String(error));
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
    return kept ?? offline(error);
  }
}

/** @param {unknown} error that is thrown on where the offline page was not kept either */
async function offline(error) {
  const kept = await caches.match(OFFLINE);
  if (kept) return kept;
  throw error;
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
