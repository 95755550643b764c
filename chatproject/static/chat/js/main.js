// The door of the chat: takes what the server put into the page and brings everything to life.

import { Drafts } from "./core/drafts.js";
import { RecentEmoji } from "./core/emoji.js";
import { Rest } from "./core/rest.js";
import { Session } from "./core/session.js";
import { openStorage } from "./core/storage.js";
import { useTexts } from "./core/texts.js";
import { context, loadEmoji } from "./ui/context.js";
import { safeLocalStorage } from "./ui/local.js";
import { loadAll } from "./ui/later.js";
import { notify } from "./ui/notifications.js";
import { startWorker } from "./ui/worker.js";
import { defineApp } from "./ui/app.js";

const first = JSON.parse(document.getElementById("first-view").textContent);

async function start() {
  useTexts(first.language, first.texts);
  const rest = new Rest({ csrfToken: first.csrfToken, onSignedOut: signIn });
  const session = new Session({
    me: first.me,
    rest,
    storage: await openStorage(first.me.id, "outbox"),
    url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1/ws`,
    onNotify: notify,
    onEnded: signIn,
  });
  Object.assign(context, {
    session,
    store: session.store,
    typing: session.typing,
    presence: session.presence,
    drafts: new Drafts(safeLocalStorage(), first.me.id),
    recentEmoji: new RecentEmoji(safeLocalStorage()),
    urls: first.urls,
    limits: first.limits,
    settings: first.settings,
    csrfToken: first.csrfToken,
    notFound: first.notFound,
  });
  session.begin(first);
  defineApp();
  wakeUp(session);
  startWorker(first.urls.sw ?? "/sw.js");
  globalThis.requestIdleCallback?.(() => {
    Promise.all([loadEmoji(), loadAll()]).catch(() => {}); // asked for again when needed
  });
}

/** The session is over, here or elsewhere: back to the log-in, and then to where one was. */
function signIn() {
  location.assign(`${first.urls.login}?next=${encodeURIComponent(location.pathname)}`);
}

function wakeUp(session) {
  for (const sign of ["online", "offline"]) addEventListener(sign, () => session.connection.wake());
  addEventListener("pageshow", () => session.connection.wake());
  document.addEventListener("visibilitychange", () => {
    const isSeen = document.visibilityState === "visible";
    session.presence.setAway(!isSeen);
    if (isSeen) session.connection.wake();
  });
}

start();
