// Markdown as templates: text never becomes markup.

import { html, nothing } from "../../vendor/lit.js";
import { markedDirections } from "../core/markdown-characters.js";
import { safeHref } from "../core/markdown-links.js";
import { isEmojiOnly, parse } from "../core/markdown.js";
import { t } from "../core/i18n.js";
import { attempt, context } from "./context.js";
import { icon } from "./icons.js";
import { nameOf } from "./avatars.js";
import { withOwnEmoji } from "./own-emoji.js";

/**
 * A text that ends in running words lets what follows stand in its last line.
 *
 * @param {string} text
 */
export function markdownView(text) {
  if (isEmojiOnly(text)) return html`<div class="text"><p class="emoji-only">${text.trim()}</p></div>`;
  const blocks = parse(text);
  const isFlowing = blocks.at(-1)?.type === "paragraph";
  return html`<div class="text ${isFlowing ? "text-flowing" : ""}">${blocks.map(block)}</div>`;
}

/** @param {Chat.Node} node */
function block(node) {
  switch (node.type) {
    case "paragraph":
      return html`<p dir="auto">${node.children.map(inline)}</p>`;
    case "action":
      return html`<p class="action" dir="auto"><em>${node.children.map(inline)}</em></p>`;
    case "quote":
      return html`<blockquote dir="auto">${node.children.map(block)}</blockquote>`;
    case "code-block":
      return codeBlock(node);
    case "list":
      return list(node);
    default:
      return nothing;
  }
}

/** @param {Chat.Node} node */
function codeBlock({ text, language }) {
  const copy = () => attempt(() => navigator.clipboard.writeText(text), t("Copied"));
  return html`<div class="code-block"><pre tabindex="0" aria-label=${language ? t("Code, {language}", { language }) : t("Code")}><code dir="ltr">${marked(text, plain)}</code></pre
    ><p class="code-tools">${language ? html`<span dir="ltr">${language}</span>` : nothing}<button class="code-copy" type="button" aria-label=${t("Copy the code")} title=${t("Copy the code")} @click=${copy}>${icon("copy")}</button></p></div>`;
}

/**
 * The list has a direction, and so one side for its bullets; each item's text has its own.
 *
 * @param {Chat.Node} node
 */
function list(node) {
  const items = node.children.map((item) => html`<li>${item.children.map(itemBlock)}</li>`);
  return node.isOrdered
    ? html`<ol dir="auto" start=${node.start}>${items}</ol>`
    : html`<ul dir="auto">${items}</ul>`;
}

/**
 * @param {Chat.Node} node
 * @param {number} index
 */
function itemBlock(node, index) {
  return index === 0 && node.type === "paragraph" ? node.children.map(inline) : block(node);
}

/** @param {Chat.Node} node */
export function inline(node) {
  switch (node.type) {
    case "text":
      return marked(node.text);
    case "bold":
      return html`<strong>${node.children.map(inline)}</strong>`;
    case "italic":
      return html`<em>${node.children.map(inline)}</em>`;
    case "strike":
      return html`<s>${node.children.map(inline)}</s>`;
    case "code":
      return html`<code dir="ltr">${marked(node.text, plain)}</code>`;
    case "link":
      return link(node);
    case "mention":
      return mention(node.userId);
    case "all":
      return html`<span class="mention mention-me">@all</span>`;
    default:
      return nothing;
  }
}

/**
 * The text; signs that change its direction are shown instead of obeyed.
 *
 * @param {string} text
 * @param {(text: string) => unknown} show
 */
function marked(text, show = shown) {
  return markedDirections(text).map((piece) => (piece.type === "text" ? show(piece.text) : controlCharacter(piece.text)));
}

/** @param {string} text of code, in which nothing is an emoji */
function plain(text) {
  return text;
}

/**
 * The text; in keycaps, such as 1️⃣, a font for digits must not come first.
 *
 * @param {string} text
 */
function shown(text) {
  if (!text.includes("\u20e3")) return withOwnEmoji(text);
  return text.split(/([0-9#*]\ufe0f?\u20e3)/).map((piece, at) => (at % 2 ? html`<span class="emoji">${piece}</span>` : withOwnEmoji(piece)));
}

/** @param {string} code */
function controlCharacter(code) {
  return html`<span class="control-character" title=${t("A hidden sign that changes the direction of text")}>${code}</span>`;
}

/** @param {Chat.Node} node */
function link(node) {
  const href = safeHref(node.href);
  if (!href) return node.children.map(inline);
  return html`<a href=${href} target="_blank" rel="noopener noreferrer nofollow" title=${href}
    >${node.children.map(inline)}</a>`;
}

/** @param {string} userId */
function mention(userId) {
  const isMe = userId === context.store.me.id;
  return html`<span class="mention ${isMe ? "mention-me" : ""}" role="button" tabindex="0" data-person=${userId}><bdi>@${nameOf(userId)}</bdi></span>`;
}
