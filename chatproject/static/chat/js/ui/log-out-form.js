// The form of the settings page that logs out: what the browser keeps goes first.

import { clearLocalData } from "./local-data.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("log-out"));

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await clearLocalData();
  form.submit();
});
