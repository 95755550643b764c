// A poll in a message: its choices with bars, and voting. Loaded with the first one.

import { html, nothing } from "../../vendor/lit.js";
import { isPollClosed, Polls, votesAfter } from "../core/polls.js";
import { plural, t } from "../core/i18n.js";
import { shortTime } from "../core/times.js";
import { nameOf } from "./avatars.js";
import { attempt, context } from "./context.js";
import { ChatElement } from "./element.js";
import { icon } from "./icons.js";

const LONGEST_WAIT = 2 ** 31 - 1; // of a timer, in milliseconds
const NAMES = 10;

export const polls = new Polls(context.session);

/** Loads the part. */
export function define() {}

/** @param {Chat.Message} message */
export function endVote(message) {
  return attempt(() => polls.close(message));
}

const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  ul.poll { display: grid; gap: var(--space-1); min-inline-size: min(18rem, 100%); margin: var(--space-2) 0; padding: 0; list-style: none; }
  .poll-choice, .poll-seen { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 2px var(--space-2); inline-size: 100%; min-block-size: var(--target); align-items: center; padding: var(--space-1) var(--space-2); border: 1px solid var(--line-strong); border-radius: var(--radius-s); background: none; color: inherit; font: inherit; text-align: start; }
  .poll-seen { padding: 0; border: 0; }
  button.poll-choice { cursor: pointer; }
  button.poll-choice:hover { background: var(--hover); }
  .poll-choice:is([aria-pressed="true"], .is-mine) { border-color: currentColor; font-weight: var(--medium); }
  .poll-text { overflow-wrap: anywhere; }
  .poll-count { display: inline-flex; align-items: center; gap: var(--space-1); font-variant-numeric: tabular-nums; }
  .poll-count .icon { inline-size: 1rem; block-size: 1rem; }
  .poll-bar { grid-column: 1 / -1; appearance: none; inline-size: 100%; block-size: 0.375rem; border: 0; border-radius: var(--radius-full); background: var(--line); overflow: hidden; }
  .poll-bar::-webkit-progress-bar { background: var(--line); }
  .poll-bar::-webkit-progress-value { background: var(--accent); }
  .poll-bar::-moz-progress-bar { background: var(--accent); }
  .poll-about { font-size: var(--text-s); }
}`);
document.adoptedStyleSheets.push(styles);

class PollView extends ChatElement {
  /** @type {Chat.Topic[]} */
  static topics = ["people"];
  static properties = { message: {} };

  constructor() {
    super();
    /** @type {any} */
    this.message = null;
  }

  /** When the time ends the vote, what is shown changes without an event. */
  updated() {
    clearTimeout(this.timer);
    const { closesAt } = this.message.poll;
    const left = closesAt ? Date.parse(closesAt) - Date.now() : 0;
    if (left > 0) this.timer = setTimeout(() => this.requestUpdate(), Math.min(left + 50, LONGEST_WAIT));
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  /** @param {number} choice */
  #press(choice) {
    const { message } = this;
    return this.attempt(() => polls.vote(message, votesAfter(message.poll, choice)));
  }

  #isMember() {
    const conversation = context.store.conversations.get(this.message.conversationId);
    return Boolean(conversation?.role && !conversation.leftAt);
  }

  render() {
    const { poll, content } = this.message;
    const isOpen = this.#isMember() && !isPollClosed(poll, Date.now());
    return html`<ul class="poll" aria-label=${t("Poll: {question}", { question: content })}>
        ${poll.choices.map((each, at) => html`<li>${this.#choice(each, at, isOpen)}</li>`)}</ul>
      <p class="poll-about">${this.#about(poll)}</p>`;
  }

  /**
   * @param {Chat.PollChoice} choice
   * @param {number} at
   * @param {boolean} isOpen
   */
  #choice({ text, count, userIds }, at, isOpen) {
    const { poll } = this.message;
    const isMine = poll.myChoices?.includes(at) ?? false;
    const names = userIds.slice(0, NAMES).map(nameOf).filter(Boolean).join(", ");
    const inside = html`<span class="poll-text" dir="auto">${text}</span>
      <span class="poll-count" aria-hidden="true">${isMine ? icon("check") : nothing}${count}</span>
      <progress class="poll-bar" aria-hidden="true" max=${Math.max(poll.voterCount, 1)} .value=${count}></progress>`;
    const label = plural("{choice}, {count} vote", "{choice}, {count} votes", count, { choice: text });
    if (isOpen) {
      return html`<button class="poll-choice" type="button" aria-pressed=${String(isMine)} aria-label=${label} title=${names || nothing}
        @click=${() => this.#press(at)}>${inside}</button>`;
    }
    return html`<div class="poll-choice ${isMine ? "is-mine" : ""}" title=${names || nothing}>
      <span class="visually-hidden">${isMine ? t("{label}, your vote", { label }) : label}</span>
      <span class="poll-seen" aria-hidden="true">${inside}</span></div>`;
  }

  /** @param {Chat.Poll} poll */
  #about(poll) {
    const isClosed = isPollClosed(poll, Date.now());
    return [
      plural("{count} person voted", "{count} people voted", poll.voterCount),
      ...(poll.several && !isClosed ? [t("Several choices")] : []),
      ...(poll.anonymous ? [t("Anonymous")] : []),
      ...(isClosed ? [t("The vote has ended")] : []),
      ...(!isClosed && poll.closesAt ? [t("Ends {time}", { time: shortTime(Date.parse(poll.closesAt)) })] : []),
    ].join(" · ");
  }
}

customElements.define("chat-poll", PollView);
