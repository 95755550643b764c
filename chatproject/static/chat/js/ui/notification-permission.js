// Whether the browser lets us show notifications.

export function notificationState() {
  return globalThis.Notification?.permission ?? "unsupported";
}

export async function allowNotifications() {
  return globalThis.Notification?.requestPermission();
}
