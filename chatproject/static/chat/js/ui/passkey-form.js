// Forms that create or use a passkey: fills their fields with what the authenticator answers.
// Without a script, or in a browser that knows no passkeys, they stay hidden.

import { logger } from "../core/logger.js";

const isAble = typeof globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON === "function";

/** @type {NodeListOf<HTMLFormElement>} */
const forms = document.querySelectorAll("form[data-passkey]");

for (const form of forms) {
  form.hidden = !isAble;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    fill(form);
  });
}

/** @param {HTMLFormElement} form */
async function fill(form) {
  const failed = /** @type {HTMLElement} */ (form.querySelector("[data-failed]"));
  failed.hidden = true;
  try {
    const { stepToken, publicKey } = await askForOptions(form);
    const credential = await ask(form, publicKey);
    field(form, "step_token").value = stepToken;
    field(form, "credential").value = JSON.stringify(credential);
    form.submit();
  } catch (error) {
    logger.unsupported("The passkey", error); // refused, timed out, or unknown here
    failed.hidden = false;
  }
}

/**
 * @param {HTMLFormElement} form
 * @returns {Promise<{stepToken: string, publicKey: any}>}
 */
async function askForOptions(form) {
  const stepToken = field(form, "step_token").value;
  const answer = await fetch(/** @type {string} */ (form.dataset.options), {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": field(form, "csrfmiddlewaretoken").value },
    body: JSON.stringify(stepToken && form.dataset.passkey === "get" ? { stepToken } : {}),
  });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

/**
 * @param {HTMLFormElement} form
 * @param {any} options
 * @returns {Promise<unknown>}
 */
async function ask(form, options) {
  const Passkey = /** @type {any} */ (PublicKeyCredential);
  const credential =
    form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: Passkey.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: Passkey.parseRequestOptionsFromJSON(options) });
  return /** @type {any} */ (credential).toJSON();
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 */
function field(form, name) {
  return /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
}
