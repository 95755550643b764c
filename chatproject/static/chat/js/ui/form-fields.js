// Fields of the pages for forms: a password can be shown, and what is wrong has the focus.

for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("button[data-shows]"))) {
  const field = /** @type {HTMLInputElement | null} */ (document.getElementById(button.dataset.shows ?? ""));
  if (!field) continue;
  button.hidden = false;
  button.addEventListener("click", () => {
    const isShown = field.type === "text";
    field.type = isShown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!isShown));
    field.focus();
  });
  field.form?.addEventListener("submit", () => { field.type = "password"; }); // no browser keeps it as a text
}

const wrong = /** @type {HTMLElement | null} */ (document.querySelector("form [aria-invalid=true]"));
// A refused log-in is about both fields; the address is mostly right.
const refused = document.querySelector("form .refused[role=alert]");
const password = /** @type {HTMLElement | null} */ (document.querySelector('form input[autocomplete="current-password"]'));
(wrong ?? (refused ? password : null))?.focus();
