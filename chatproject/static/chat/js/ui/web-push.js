// Web Push: keeps this device subscribed to notifications while they are allowed, so that they come
// while no page is open. The service worker shows them.

import { t } from "../core/i18n.js";
import { logger } from "../core/logger.js";
import { context, toast } from "./context.js";
import { allowNotifications, notificationState } from "./notification-permission.js";

const PATH = ["users", "me", "push-subscriptions"];

/** Asks whether notifications may be shown, and says what that means. */
export async function ask() {
  const answer = await allowNotifications();
  toast(answer === "granted"
    ? t("You will be notified of new messages.")
    : t("Notifications stay off. The browser's settings for this page can allow them."));
  await keepSubscribed();
}

/**
 * Subscribes the browser where it is not, and tells the server where it does not know: after a
 * log-in, and after the browser has got another endpoint. Does nothing where that is not possible.
 */
export async function keepSubscribed() {
  if (notificationState() !== "granted") return;
  try {
    const registration = await navigator.serviceWorker?.getRegistration();
    if (!registration?.pushManager) return;
    const kept = await context.session.rest.get(PATH);
    const subscription = await subscribed(registration.pushManager, kept.publicKey);
    if (subscription.endpoint === kept.endpoint) return;
    const { endpoint, keys } = subscription.toJSON();
    await context.session.rest.post(PATH, { endpoint, keys, showsText: kept.showsText });
  } catch (error) {
    logger.unsupported("Web Push", error); // no push service, or none that can be reached
  }
}

/**
 * @param {PushManager} manager
 * @param {string} publicKey
 */
async function subscribed(manager, publicKey) {
  const there = await manager.getSubscription();
  if (there && keyOf(there) === publicKey) return there;
  await there?.unsubscribe(); // of another server key, by which it can no longer be reached
  return manager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey });
}

/** @param {PushSubscription} subscription */
function keyOf(subscription) {
  const bytes = new Uint8Array(subscription.options.applicationServerKey ?? new ArrayBuffer(0));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
