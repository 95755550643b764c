// The dialog that lists the keyboard shortcuts.

import { html } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";

// Here, since the first view does without.
const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .keys { display: grid; gap: var(--space-2); font-size: var(--text-m); }
  .keys > div { display: flex; justify-content: space-between; gap: var(--space-4); }
  .keys dd { order: -1; }
  .keys dt { text-align: end; }
}`);
document.adoptedStyleSheets.push(styles);

export function helpDialog() {
  const keys = [
    ["Ctrl K", t("Go to a conversation")],
    ["Ctrl F", t("Search in this conversation")],
    ["Ctrl Shift F", t("Search everywhere")],
    ["Ctrl U", t("Everything unread")],
    ["Ctrl /", t("This list")],
    ["Alt ↑  Alt ↓", t("Conversation above or below")],
    ["Alt Shift ↑  ↓", t("Unread conversation above or below")],
    ["Esc", t("To the latest message")],
    ["Enter", t("Send")],
    ["Shift Enter", t("New line")],
    ["Ctrl B  Ctrl I  Ctrl E", t("Bold, italic, code")],
    ["/", t("Commands")],
    ["↑", t("Edit your last message, in an empty field")],
    ["@  :", t("Complete a name or an emoji")],
    ["↑  ↓  Home  End", t("Go through messages")],
    ["Enter", t("Message menu")],
    ["R  T  E  +", t("Reply, open the thread, edit, react")],
  ];
  return html`<dl class="keys">${keys.map(
    ([key, what]) => html`<div><dt>${key.split("  ").map((each) => html`<kbd>${each}</kbd> `)}</dt><dd>${what}</dd></div>`,
  )}</dl>`;
}
