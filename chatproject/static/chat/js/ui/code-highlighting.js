// Highlighting of code: highlight.js finds the tokens, and its tree of them becomes templates, since
// its HTML could not pass Trusted Types.

import { html } from "../../vendor/lit.js";
import highlighter from "../../vendor/highlight/core.js";
import * as languages from "../../vendor/highlight/languages.js";

const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .hl-comment, .hl-quote, .hl-meta { color: light-dark(oklch(0.42 0.02 270), oklch(0.8 0.02 270)); font-style: italic; }
  .hl-keyword, .hl-tag, .hl-selector, .hl-section { color: light-dark(oklch(0.4 0.17 305), oklch(0.84 0.1 305)); }
  .hl-string, .hl-regexp, .hl-addition { color: light-dark(oklch(0.4 0.1 150), oklch(0.86 0.12 150)); }
  .hl-number, .hl-literal, .hl-symbol, .hl-bullet { color: light-dark(oklch(0.42 0.11 50), oklch(0.86 0.1 70)); }
  .hl-title, .hl-attr, .hl-attribute, .hl-name, .hl-property { color: light-dark(oklch(0.4 0.14 255), oklch(0.85 0.09 240)); }
  .hl-built_in, .hl-type { color: light-dark(oklch(0.4 0.08 200), oklch(0.87 0.09 195)); }
  .hl-deletion, .hl-template { color: light-dark(oklch(0.42 0.16 25), oklch(0.84 0.1 25)); }
}`);
document.adoptedStyleSheets.push(styles);

for (const [name, grammar] of Object.entries(languages)) highlighter.registerLanguage(name, grammar);

const KEPT = 100;
/** @type {Map<string, import("../../vendor/highlight/core.js").Part>} */
const trees = new Map();

/**
 * The code with its tokens marked; `show` renders a piece of text. Null for a language that is not known.
 *
 * @param {string} text
 * @param {string} language as somebody wrote it: a name or a usual short form
 * @param {(text: string) => unknown} show
 */
export function highlighted(text, language, show) {
  const name = language.toLowerCase();
  return highlighter.getLanguage(name) ? parts(treeOf(text, name), show) : null;
}

/**
 * @param {string} text
 * @param {string} language
 */
function treeOf(text, language) {
  const key = `${language} ${text}`;
  const known = trees.get(key) ?? highlighter.highlight(text, { language, ignoreIllegals: true })._emitter.rootNode;
  trees.delete(key);
  trees.set(key, known);
  if (trees.size > KEPT) trees.delete(String(trees.keys().next().value));
  return known;
}

/**
 * @param {import("../../vendor/highlight/core.js").Part} part
 * @param {(text: string) => unknown} show
 * @returns {unknown[]}
 */
function parts({ children }, show) {
  return children.map((child) => {
    if (typeof child === "string") return show(child);
    return html`<span class="hl-${(child.scope ?? "").split(/[.:-]/)[0]}">${parts(child, show)}</span>`;
  });
}
