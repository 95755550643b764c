// The tab: its title and icon, and the badge of an installed app, show how much is unread.

import { logger } from "../core/logger.js";
import { badge, totals } from "../core/unread.js";
import { context } from "./context.js";
import { titleOf } from "./avatars.js";

/** @type {string | null} */
let shown = null;
/** @type {string | null} */
let plainIcon = null;

/** @param {() => string | null} openId */
export function keepTabTitle(openId) {
  let isDue = false;
  const draw = () => {
    isDue = false;
    updateTab(openId());
  };
  context.store.subscribe((topic) => {
    if (topic !== "inbox" || isDue) return;
    isDue = true;
    setTimeout(draw, 100);
  });
  document.addEventListener("chat:go", () => setTimeout(draw, 0));
  addEventListener("popstate", () => setTimeout(draw, 0));
  draw();
}

/** @param {string | null} openId */
function updateTab(openId) {
  const { store } = context;
  const total = totals(store.conversations.values());
  const conversation = store.conversations.get(openId ?? "");
  const name = conversation ? titleOf(conversation) : context.settings?.siteName ?? "Chat";
  document.title = total.unread ? `(${badge(total.unread)}) ${name}` : name;
  const key = total.unreadMentions ? "mention" : total.unread ? "unread" : "none";
  if (key !== shown) drawIcon(key);
  shown = key;
  setAppBadge(total.unread);
}

/** @param {number} count */
async function setAppBadge(count) {
  try {
    if (count) await navigator.setAppBadge?.(count);
    else await navigator.clearAppBadge?.();
  } catch (error) {
    logger.unsupported("The app's badge", error); // only an installed app has one
  }
}

/** @param {string} key */
function drawIcon(key) {
  const link = /** @type {HTMLLinkElement | null} */ (document.querySelector('link[rel~="icon"]'));
  if (!link) return;
  plainIcon ??= link.href;
  if (key === "none") {
    if (link.href !== plainIcon) link.href = plainIcon;
    return;
  }
  const image = new Image(64, 64);
  image.onload = () => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 64;
    const pen = canvas.getContext("2d");
    if (!pen) return;
    pen.drawImage(image, 0, 0, 64, 64);
    pen.beginPath();
    pen.arc(48, 16, 15, 0, 2 * Math.PI);
    pen.fillStyle = key === "mention" ? "#c22f27" : "#4254d6";
    pen.fill();
    pen.lineWidth = 4;
    pen.strokeStyle = "#fff";
    pen.stroke();
    link.href = canvas.toDataURL("image/png");
  };
  image.src = plainIcon;
}
