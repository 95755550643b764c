// The list of completions above the composer: people and emoji for the word before the cursor.

import { html } from "../../vendor/lit.js";
import { completionAt } from "../core/completion.js";
import { fold } from "../core/folding.js";
import { t } from "../core/i18n.js";
import { logger } from "../core/logger.js";
import { find } from "../core/search.js";
import { shortTime } from "../core/times.js";
import { personAvatar, roleName } from "./avatars.js";
import { context, loadEmoji } from "./context.js";
import { ownCommandOptions } from "./conversation-commands.js";
import { commandOptions } from "./slash-commands.js";

const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .completions { position: absolute; inset-inline: var(--space-4); inset-block-end: calc(100% - var(--space-1)); z-index: var(--z-popover); max-inline-size: 24rem; max-block-size: 20rem; overflow-y: auto; padding: var(--space-1); border: 1px solid var(--line); border-radius: var(--radius-m); background: var(--overlay); box-shadow: var(--shadow-m); }
  .completion { display: flex; align-items: center; gap: var(--space-3); min-block-size: var(--target); padding: var(--space-1) var(--space-3); border-radius: var(--radius-s); font-size: var(--text-m); cursor: pointer; }
  .completion > span:not(.avatar, .badge, .completion-mark) { flex: 1; min-inline-size: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .completion small { color: var(--muted); font-size: var(--text-s); }
  .completion:hover, .completion[aria-selected="true"] { background: var(--selected); }
  .completion-mark { inline-size: 1.5rem; text-align: center; font-size: 1.125rem; }
}`);
document.adoptedStyleSheets.push(styles);

const MAX_OPTIONS = 8;
const PAUSE_MS = 220; // before people of the whole site are asked for
const INVITE = /^\/invite\s/;

/** A reactive controller of the composer: it renders its host again when the options change. */
export class CompletionList {
  /**
   * @param {Chat.ReactiveHost} host
   * @param {(completion: Chat.Completion, option: Chat.CompletionOption) => void} choose
   */
  constructor(host, choose) {
    this.host = host;
    this.choose = choose;
    /** @type {Chat.Completion | null} */
    this.completion = null;
    /** @type {Chat.CompletionOption[]} */
    this.options = [];
    this.at = 0;
  }

  get isOpen() {
    return this.options.length > 0;
  }

  /** The id of the option that the keys have reached. */
  get activeId() {
    return `completion-${this.at}`;
  }

  /**
   * Looks for options for the word that ends at the cursor.
   *
   * @param {string} conversationId
   * @param {string} text
   * @param {number} cursor
   */
  async update(conversationId, text, cursor) {
    const completion = completionAt(text, cursor);
    this.completion = completion;
    if (!completion) {
      this.close();
      return;
    }
    if (completion.kind === "mention" && INVITE.test(text)) {
      await new Promise((resolve) => { setTimeout(resolve, PAUSE_MS); });
      if (completion !== this.completion) return;
    }
    const options = await optionsFor(conversationId, text, completion);
    if (completion !== this.completion) return; // more was typed meanwhile
    this.#set(options);
  }

  close() {
    this.completion = null;
    this.#set([]);
  }

  /** @param {Chat.CompletionOption[]} options */
  #set(options) {
    this.options = options;
    this.at = 0;
    this.host.requestUpdate();
  }

  /**
   * Whether the list has taken the key, which then does nothing else.
   *
   * @param {KeyboardEvent} event
   */
  handleKey(event) {
    const count = this.options.length;
    if (!count) {
      if (event.key === "Escape") this.close(); // those on their way do not open the list any more
      return false;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.at = (this.at + step + count) % count;
    else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab") this.#chooseOption(this.options[this.at]);
    else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    this.host.requestUpdate();
    return true;
  }

  /** @param {Chat.CompletionOption} option */
  #chooseOption(option) {
    const { completion } = this;
    if (completion) this.choose(completion, option);
  }

  render() {
    return html`<ul class="completions" id="completions" role="listbox" aria-label=${t("Suggestions")}>${this.options.map(
      (option, at) => html`<li class="completion" id="completion-${at}" role="option" aria-selected=${String(at === this.at)}
        @pointerdown=${(/** @type {Event} */ event) => event.preventDefault()} @click=${() => this.#chooseOption(option)}>
        ${option.userId ? personAvatar(option.userId, { size: "xs" }) : html`<span class="completion-mark">${option.emoji ?? "@"}</span>`}
        <span dir="auto">${option.label}</span>${option.hint ? html`<small>${option.hint}</small>` : ""}</li>`,
    )}</ul>`;
  }
}

/**
 * @param {string} id of the conversation
 * @param {string} text all of it
 * @param {Chat.Completion} completion
 * @returns {Promise<Chat.CompletionOption[]>}
 */
function optionsFor(id, text, { kind, query }) {
  if (kind === "emoji") return emojiOptions(query);
  if (kind === "command") return allCommandOptions(id, query);
  return INVITE.test(text) ? newcomerOptions(id, query) : peopleOptions(id, query);
}

/**
 * The commands of the chat, and those of the conversation's own programs.
 *
 * @param {string} id of the conversation
 * @param {string} query
 * @returns {Promise<Chat.CompletionOption[]>}
 */
async function allCommandOptions(id, query) {
  return [...commandOptions(query), ...await ownCommandOptions(id, query)];
}

/**
 * None where the table cannot be loaded: then the shortcode stays as it is typed.
 *
 * @param {string} query
 * @returns {Promise<Chat.CompletionOption[]>}
 */
async function emojiOptions(query) {
  try {
    const index = await loadEmoji();
    return index.find(query, MAX_OPTIONS).map(
      (item) => ({ key: item.code, label: `:${item.code}:`, emoji: item.emoji, insert: item.emoji }),
    );
  } catch (error) {
    logger.failure("Loading emoji", error);
    return [];
  }
}

/**
 * @param {string} id of the conversation
 * @param {string} query
 */
async function peopleOptions(id, query) {
  const others = (await membersOf(id)).filter((each) => each.userId !== context.store.me.id);
  const lately = new Map(context.store.messages(id).map((each, at) => [each.senderId, at]));
  const wrote = (/** @type {Chat.Participant} */ each) => lately.get(each.userId) ?? -1;
  const ordered = [...others].sort((one, other) => wrote(other) - wrote(one)); // who wrote last comes first
  const found = find(ordered, query).slice(0, MAX_OPTIONS);
  /** @type {Chat.CompletionOption[]} */
  const options = found.map((each) => ({
    key: each.userId, label: each.name, userId: each.userId, insert: `@${each.name}`, hint: hintOf(each, others),
  }));
  const isDirect = context.store.conversations.get(id)?.kind === "direct";
  if (!isDirect && "all".startsWith(query.toLowerCase())) {
    options.push({ key: "all", label: "all", hint: t("Everybody here"), insert: "@all" });
  }
  return options;
}

/**
 * People who are not here yet.
 *
 * @param {string} id of the conversation
 * @param {string} query
 * @returns {Promise<Chat.CompletionOption[]>}
 */
async function newcomerOptions(id, query) {
  if (!query.trim()) return [];
  try {
    const [{ results }, members] = await Promise.all([
      context.session.rest.get(["users"], { q: query.trim(), limit: MAX_OPTIONS }), membersOf(id),
    ]);
    const here = new Set([context.store.me.id, ...members.map((each) => each.userId)]);
    return results.filter((/** @type {Chat.Person} */ each) => each.isActive && !here.has(each.id)).map(
      (/** @type {Chat.Person} */ each) => ({ key: each.id, label: each.name, userId: each.id, insert: `@${each.name}` }),
    );
  } catch (error) {
    logger.failure("Searching people to complete names", error); // the next letter tries again
    return [];
  }
}

/**
 * What tells members of one name apart: the role, and since when they are here.
 *
 * @param {Chat.Participant} member
 * @param {Chat.Participant[]} others
 */
function hintOf(member, others) {
  const name = fold(member.name);
  const isAlone = others.every((each) => each.userId === member.userId || fold(each.name) !== name);
  if (isAlone) return undefined;
  const since = t("here since {time}", { time: shortTime(member.joinedAt) });
  return `${roleName(member.role)}, ${since} · ${member.userId.slice(-4)}`;
}

/** @param {string} id */
async function membersOf(id) {
  const known = context.store.members.get(id);
  if (known) return known;
  try {
    return await context.session.conversations.loadMembers(id);
  } catch (error) {
    logger.failure("Loading members to complete names", error); // the next letter tries again
    return [];
  }
}
