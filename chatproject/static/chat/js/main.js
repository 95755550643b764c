// The entry of the chat: reads the first view from the page, builds the session and the elements.

import { Drafts } from "./core/drafts.js";
import { RecentEmoji } from "./core/emoji.js";
import { readKept } from "./core/kept-state.js";
import { logger } from "./core/logger.js";
import { Rest } from "./core/rest.js";
import { Session } from "./core/session.js";
import { openStorage } from "./core/storage.js";
import { setLanguage } from "./core/i18n.js";
import { forgetFormats } from "./core/times.js";
import { context, emit, loadEmoji, showFailure } from "./ui/context.js";
import { openLocalStorage } from "./ui/local-storage.js";
import { loadAllParts, loadPart } from "./ui/lazy-parts.js";
import { defineApp } from "./ui/app.js";

const OFFLINE_PONG_MS = 1000;

/** @type {Chat.FirstView} */
const first = JSON.parse(document.getElementById("first-view")?.textContent ?? "{}");

async function start() {
  setLanguage(first.language, first.texts);
  const [outbox, state] = await Promise.all([openStorage(first.me.id, "outbox"), openStorage(`state-${first.me.id}`, "state")]);
  const kept = await readKept(state, first.madeAt ?? "");
  const rest = new Rest({ csrfToken: first.csrfToken, onSignedOut: signIn });
  const session = new Session({
    me: first.me,
    rest,
    storage: outbox,
    url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1/ws`,
    onMessage: tellOfMessage,
    onFailure: showFailure,
    onEnded: signIn,
  });
  Object.assign(context, {
    session,
    store: session.store,
    typing: session.typing,
    presence: session.presence,
    drafts: new Drafts(openLocalStorage(), first.me.id),
    recentEmoji: new RecentEmoji(openLocalStorage()),
    urls: first.urls,
    limits: first.limits,
    settings: first.settings,
    csrfToken: first.csrfToken,
    notFound: first.notFound,
  });
  session.events.subscribe((frame) => {
    if (frame.type === "message.ephemeral") loadPart("notes").then(({ showNote }) => showNote(frame), showFailure);
  });
  session.start(first, kept);
  const since = performance.now();
  const asOf = kept?.asOf ?? Date.parse(first.madeAt ?? "");
  loadPart("keeper").then(({ StateKeeper }) => keepState(new StateKeeper({ session, storage: state, asOf, since })))
    .catch((error) => logger.failure("Keeping the state", error));
  defineApp();
  wakeWithMachine(session);
  const whenIdle = globalThis.requestIdleCallback ?? setTimeout;
  whenIdle(() => {
    // A part that fails to load is loaded again when it is needed.
    loadAhead(session).catch((error) => logger.failure("Loading parts ahead", error));
  });
}

/** @param {Session} session */
function loadAhead(session) {
  return Promise.all([
    loadEmoji(),
    loadAllParts(),
    loadPart("ownEmoji").then(({ loadOwnEmoji }) => loadOwnEmoji()),
    loadPart("pictures").then(({ retryPictures }) => retryPictures()),
    loadPart("blocks").then(({ watchBlocks }) => watchBlocks()),
    loadPart("press").then(({ watchPresses }) => watchPresses()),
    loadPart("zone").then(({ tellTimeZone }) => tellTimeZone(session)),
    loadPart("days").then(({ DayWatch }) => watchDays(session, DayWatch)),
    loadPart("worker").then(({ registerServiceWorker }) => registerServiceWorker(first.urls.sw ?? "/sw.js")),
  ]);
}

/** @param {import("./core/state-keeper.js").StateKeeper} keeper */
function keepState(keeper) {
  keeper.start();
  addEventListener("pagehide", () => keeper.save());
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") keeper.save(); });
}

/** A click on a notification opens its conversation. */
navigator.serviceWorker?.addEventListener("message", ({ data }) => {
  if (data?.type === "go") emit("go", { path: data.path });
});

/** @param {Chat.Message} message that has just come */
function tellOfMessage(message) {
  // If the part is missing, the message is only not announced outside the page.
  loadPart("notifications").then(({ notify }) => notify(message)).catch((error) => logger.failure("Notifying", error));
}

/**
 * Renders days and times again at midnight, and when the time zone changes.
 *
 * @param {Session} session
 * @param {typeof import("./core/day-watch.js").DayWatch} DayWatch
 */
function watchDays(session, DayWatch) {
  const days = new DayWatch(() => {
    forgetFormats();
    session.store.notify("clock");
  });
  document.addEventListener("visibilitychange", () => days.check());
}

/** The session has ended, here or elsewhere: goes to the log-in, which leads back here. */
function signIn() {
  location.assign(`${first.urls.login}?next=${encodeURIComponent(location.pathname)}`);
}

/** @param {Session} session */
function wakeWithMachine(session) {
  addEventListener("online", () => session.connection.wake());
  // A server on this machine still answers; any other is given up soon.
  addEventListener("offline", () => session.connection.wake(OFFLINE_PONG_MS));
  addEventListener("online", () => session.conversations.wake());
  addEventListener("pageshow", () => session.connection.wake());
  document.addEventListener("visibilitychange", () => {
    const isVisible = document.visibilityState === "visible";
    session.presence.setAway(!isVisible);
    if (isVisible) session.connection.wake();
  });
}

start().catch((error) => logger.failure("Starting the chat", error));
