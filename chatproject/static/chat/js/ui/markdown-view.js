// Markdown as templates: text never becomes markup.

import { html, nothing } from "../../vendor/lit.js";
import { markedDirections } from "../core/markdown-characters.js";
import { safeHref } from "../core/markdown-links.js";
import { isEmojiOnly, parse } from "../core/markdown.js";
import { t } from "../core/i18n.js";
import { attempt, context } from "./context.js";
import { icon } from "./icons.js";
import { nameOf } from "./avatars.js";
import { logger } from "../core/logger.js";
import { withOwnEmoji } from "./own-emoji.js";

const QUOTE_LINES = 6; // a longer quotation is folded

/** @type {((text: string, language: string, show: (text: string) => unknown) => unknown) | null} */
let highlight = null;
/** @type {Promise<void> | null} */
let highlighting = null;

/** The first code that names a language brings the highlighter; until then it is plain. */
function loadHighlighter() {
  highlighting ??= import("./code-highlighting.js").then((part) => {
    highlight = part.highlighted;
    context.store.notify("clock");
  }).catch((error) => logger.failure("Loading the highlighter", error));
}

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
      return quote(node);
    case "heading":
      return html`<p class="heading heading-${Math.min(node.level, 3)}" role="heading" aria-level=${Math.min(node.level + 2, 6)} dir="auto">${node.children.map(inline)}</p>`;
    case "table":
      return table(node);
    case "code-block":
      return codeBlock(node);
    case "list":
      return list(node);
    default:
      return nothing;
  }
}

/**
 * A long quotation, and one within another, are folded.
 *
 * @param {Chat.Node} node
 */
function quote({ children }) {
  const lines = children.reduce((sum, each) => sum + linesOf(each), 0);
  const inside = children.map((each) => (each.type === "quote" ? folded(block(each)) : block(each)));
  return html`<blockquote dir="auto">${lines > QUOTE_LINES ? folded(inside) : inside}</blockquote>`;
}

/** @param {unknown} inside */
function folded(inside) {
  return html`<details class="quote-fold"><summary>${t("Show the quotation")}</summary>${inside}</details>`;
}

/**
 * @param {Chat.Node} node
 * @returns {number}
 */
function linesOf({ type, text, children = [] }) {
  if (type === "text" || type === "code-block") return text.split("\n").length - (type === "text" ? 1 : 0);
  const own = type === "paragraph" || type === "heading" || type === "row" ? 1 : 0;
  return children.reduce((/** @type {number} */ sum, /** @type {Chat.Node} */ each) => sum + linesOf(each), own);
}

/** @param {Chat.Node} node */
function table({ columns, children: [head, ...rows] }) {
  const style = (/** @type {number} */ at) => (columns[at] ? `cell-${columns[at]}` : nothing);
  return html`<div class="table" role="region" tabindex="0" aria-label=${t("Table")}><table>
    <thead><tr>${head.children.map((/** @type {Chat.Node} */ cell, /** @type {number} */ at) => html`<th scope="col" class=${style(at)} dir="auto">${cell.children.map(inline)}</th>`)}</tr></thead>
    <tbody>${rows.map((/** @type {Chat.Node} */ row) => html`<tr>${row.children.map((/** @type {Chat.Node} */ cell, /** @type {number} */ at) => html`<td class=${style(at)} dir="auto">${cell.children.map(inline)}</td>`)}</tr>`)}</tbody></table></div>`;
}

/** @param {Chat.Node} node */
function codeBlock({ text, language }) {
  if (language) loadHighlighter();
  const code = (language && highlight?.(text, language, (piece) => marked(piece, plain))) || marked(text, plain);
  const copy = () => attempt(() => navigator.clipboard.writeText(text), t("Copied"));
  return html`<div class="code-block"><pre tabindex="0" aria-label=${language ? t("Code, {language}", { language }) : t("Code")}><code dir="ltr">${code}</code></pre
    ><p class="code-tools">${language ? html`<span dir="ltr">${language}</span>` : nothing}<button class="code-copy" type="button" aria-label=${t("Copy the code")} title=${t("Copy the code")} @click=${copy}>${icon("copy")}</button></p></div>`;
}

/**
 * The list has a direction, and so one side for its bullets; each item's text has its own.
 *
 * @param {Chat.Node} node
 */
function list(node) {
  const items = node.children.map((item) => html`<li class=${item.isChecked === undefined ? nothing : "task"}>${task(item)}${item.children.map(itemBlock)}</li>`);
  return node.isOrdered
    ? html`<ol dir="auto" start=${node.start}>${items}</ol>`
    : html`<ul dir="auto">${items}</ul>`;
}

/** @param {Chat.Node} item whose box says whether it is done */
function task({ isChecked }) {
  if (isChecked === undefined) return nothing;
  return html`<span class="task-box" role="img" aria-label=${isChecked ? t("Done") : t("Open")}>${isChecked ? icon("check") : nothing}</span>`;
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
