// The app: which conversation is open, the panes, keyboard shortcuts, dialogs and toasts.

import { html, nothing } from "../../vendor/lit.js";
import { parsePath, pathOf } from "../core/paths.js";
import { t } from "../core/i18n.js";
import { logger } from "../core/logger.js";
import { ChatElement } from "./element.js";
import { emit, context, toast } from "./context.js";
import { handleKey } from "./keyboard-shortcuts.js";
import { loadPart, openPart } from "./lazy-parts.js";
import "./conversation.js";
import "./inbox.js";

class ChatApp extends ChatElement {
  static properties = { route: { state: true }, hasDetails: { state: true }, hasThreads: { state: true }, isMissing: { state: true }, isSearching: { state: true } };

  constructor() {
    super();
    /** @type {Chat.Route} */
    this.route = parsePath(location.pathname);
    this.hasDetails = this.hasThreads = false;
    this.isMissing = Boolean(context.notFound);
    this.isSearching = false; // on a phone the search takes the place of the conversation
  }

  connectedCallback() {
    super.connectedCallback();
    addEventListener("popstate", () => {
      this.hasDetails = false;
      this.#show(parsePath(location.pathname));
    });
    addEventListener("keydown", (event) => handleKey(event, this));
    document.addEventListener("chat:go", ({ detail }) => this.go(detail));
    document.addEventListener("chat:details", ({ detail }) => this.#toggleDetails(detail?.isOpen));
    document.addEventListener("chat:dialog", ({ detail }) => this.#openPart("dialogs", "chat-dialogs", detail));
    document.addEventListener("chat:toast", ({ detail }) => this.#toast(detail));
    document.addEventListener("chat:open-part", ({ detail }) => openPart(...detail));
    document.addEventListener("chat:search", ({ detail }) => this.search(detail?.id ?? null));
    document.addEventListener("chat:search-closed", () => this.#closeSearch());
    document.addEventListener("chat:emoji", ({ detail }) => this.#openPart("emoji", "chat-emoji-picker", detail));
    document.addEventListener("click", (event) => { this.#followLink(event); followPerson(event); });
    document.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") followPerson(event); });
    openPart("title", "keepTabTitle", () => this.route.id);
    if (!this.isMissing) this.#open();
  }

  /**
   * Shows a note. Where that cannot be loaded it is only logged: to tell of it would need it again.
   *
   * @param {any} note
   */
  #toast(note) {
    loadPart("toasts").then(() => this.inner("chat-toasts").add(note), (error) => logger.failure("Showing a note", error));
  }

  /**
   * Loads a part that the first view does without, and opens it.
   *
   * @param {string} part
   * @param {string} name
   * @param {any} detail
   */
  #openPart(part, name, detail) {
    return this.attempt(async () => {
      await loadPart(part);
      this.inner(name).open(detail);
    });
  }

  #toggleDetails(isOpen = !this.hasDetails) {
    return this.attempt(async () => {
      if (isOpen) await loadPart("details");
      // On a phone they take the conversation's place: Back returns to it.
      const isPlace = matchMedia("(max-width: 44rem)").matches;
      if (isOpen && isPlace && !this.hasDetails) history.pushState({ isDetails: true }, "", location.pathname);
      else if (!isOpen && history.state?.isDetails) history.back();
      this.hasDetails = isOpen;
      if (isOpen && this.route.root) this.go({ id: this.route.id ?? "" });
    });
  }

  /**
   * Goes to `path`, or to conversation `id` at message `seq`.
   *
   * @param {{path?: string, id?: string, seq?: number | null}} target
   */
  go({ path, id, seq = null }) {
    const target = path ?? pathOf(id ?? null, seq);
    if (target !== location.pathname) history.pushState(null, "", target);
    this.#show(parsePath(target));
  }

  /**
   * Opens the search, in one conversation where an id is given.
   *
   * @param {string | null} id
   */
  async search(id) {
    this.isSearching = Boolean(this.route.id);
    await this.updateComplete;
    await this.inner("chat-inbox").searchIn(id);
  }

  /** Back to the conversation that the search was opened from, if any. */
  async #closeSearch() {
    if (!this.isSearching) return;
    this.isSearching = false;
    await this.updateComplete;
    const composer = matchMedia("(hover: hover)").matches && this.inner("chat-composer");
    (composer || this.inner(".pane-main")).focus();
  }

  /** @param {Chat.Route} route */
  #show(route) {
    const isOther = route.id !== this.route.id;
    this.route = route;
    this.isMissing = this.isSearching = false;
    if (isOther || route.root) this.hasDetails = false;
    this.#open();
  }

  async #open() {
    const { id, seq, root, isThreads } = this.route;
    if (root || isThreads) this.#loadThreads();
    if (!id) {
      context.session.timelines.close();
      return;
    }
    try {
      await context.session.timelines.open(id, { seq: root ? null : seq });
    } catch (error) {
      if (this.route.id !== id) return;
      const { status } = /** @type {Chat.ApiError} */ (error);
      if (status === 404 || status === 403) this.isMissing = true;
      else this.#showOpenFailure(error);
    }
    this.inner("chat-conversation")?.arrive();
  }

  #loadThreads() {
    return this.attempt(async () => {
      await loadPart("threads");
      this.hasThreads = true;
    });
  }

  /**
   * Offline it is opened again with the next connection, and the offline bar says so.
   *
   * @param {any} error
   */
  #showOpenFailure(error) {
    logger.failure("Opening a conversation", error);
    if (error.code !== "offline") toast(t("The conversation could not be loaded. Try again."), { isError: true });
  }

  /**
   * Links to our own pages need no new page.
   *
   * @param {any} event
   */
  #followLink(event) {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const url = new URL(link.href, location.href);
    const { id, isThreads } = parsePath(url.pathname);
    if (url.origin !== location.origin || !(url.pathname === "/" || id || isThreads)) return;
    event.preventDefault();
    this.go({ path: url.pathname });
  }

  render() {
    const { id, seq, root, isThreads } = this.route;
    const isOpen = Boolean(id) && !this.isMissing;
    return html`
      <button class="skip-link" type="button" @click=${() => this.inner(".pane-main").focus()}>${t("Skip to the conversation")}</button>
      <div class="panes ${id || isThreads ? "has-conversation" : ""} ${this.isSearching ? "is-searching" : ""} ${isOpen && (this.hasDetails || root) ? "has-details" : ""}">
        <chat-inbox .openId=${id} .isSearching=${this.isSearching}></chat-inbox>
        <main class="pane-main" tabindex="-1" aria-label=${t("Conversation")}>
          <chat-offline-bar></chat-offline-bar>
          ${isOpen
            ? html`<chat-conversation .conversationId=${id} .seq=${root ? null : seq}></chat-conversation>`
            : isThreads ? this.hasThreads ? html`<chat-threads></chat-threads>` : nothing : this.isMissing ? missing() : welcome()}
        </main>
        ${isOpen && this.hasDetails
          ? html`<chat-details .conversationId=${id}></chat-details>` : nothing}
        ${isOpen && root && this.hasThreads ? html`<chat-thread .conversationId=${id} .root=${root} .seq=${seq}></chat-thread>` : nothing}
      </div>
      <chat-menu></chat-menu>
      <chat-emoji-picker></chat-emoji-picker>
      <chat-dialogs></chat-dialogs>
      <chat-toasts></chat-toasts>`;
  }
}

/**
 * A name, a mention or a picture of a person leads to their card.
 *
 * @param {any} event
 */
function followPerson(event) {
  const userId = event.target.closest?.("[data-person]")?.dataset.person;
  if (!userId || event.defaultPrevented) return;
  event.preventDefault();
  emit("dialog", { name: "profile", userId });
}

function welcome() {
  return html`<div class="empty">
    <div class="empty-mark" aria-hidden="true"><span></span><span></span></div>
    <h2>${t("Good to see you, {name}", { name: context.store.me.name })}</h2>
    <p>${t("Choose a conversation, or start a new one.")}</p>
    <button class="button" type="button" @click=${() => emit("dialog", { name: "new" })}>
      ${t("New conversation")}</button>
  </div>`;
}

function missing() {
  return html`<div class="empty">
    <h1>${t("This conversation is not available")}</h1>
    <p>${t("It may have ended, or you may not see it. Ask somebody in it to add you.")}</p>
    <a class="button" href="/">${t("Back to your conversations")}</a>
  </div>`;
}

export function defineApp() {
  customElements.define("chat-app", ChatApp);
}
