// What the composer does beside writing and sending: formats, rich text, commands. Loaded when idle.

import { html, svg } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { emit } from "./context.js";
import { addIcons, icon } from "./icons.js";
import { openMenu } from "./menu.js";

export { CompletionList } from "./completion-list.js";
export { formatted } from "../core/formatting.js";
export { markdownOf } from "../core/rich-text.js";
export { callOrSend, ownCommandOptions } from "./conversation-commands.js";
export { commandOptions, runCommand } from "./slash-commands.js";

const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .composer-tools { display: flex; flex-wrap: wrap; padding-inline: var(--space-2); }
}`);
document.adoptedStyleSheets.push(styles);

addIcons({
  bold: svg`<path d="M7 5h6a3.500 3.500 0 0 1 0 7H7V5Zm0 7h7a3.500 3.500 0 0 1 0 7H7v-7Z"/>`,
  italic: svg`<path d="M10 5h8M6 19h8M14 5l-4 14"/>`,
  strike: svg`<path d="M4 12h16M16.500 8a4 4 0 0 0-4.500-3c-2.500 0-4 1.300-4 3 0 1.500 1 2.500 3 3M7.500 16a4.500 4.500 0 0 0 4.500 3c2.500 0 4.500-1.300 4.500-3.500 0-.7-.2-1.300-.5-1.800"/>`,
  code: svg`<path d="m8.500 7-5 5 5 5M15.500 7l5 5-5 5"/>`,
  fence: svg`<rect x="3.500" y="4.500" width="17" height="15" rx="2"/><path d="m9.500 9-3 3 3 3M14.500 9l3 3-3 3"/>`,
  bullets: svg`<path d="M9.500 6.500H20M9.500 12H20M9.500 17.500H20M4.500 6.500h.01M4.500 12h.01M4.500 17.500h.01"/>`,
  numbers: svg`<path d="M10.500 6.500H20M10.500 12H20M10.500 17.500H20M4 5l1.500-1v5M4 14.500c1-1.500 3-.5 2.500 1L4 19h3"/>`,
  poll: svg`<path d="M4.500 6.500H16M4.500 12H20M4.500 17.500h7"/>`,
  quote: svg`<path d="M6 6v12M10.500 8H19M10.500 12H19M10.500 16H16"/>`,
});

/**
 * @param {(name: string) => void} format
 * @param {{conversationId: string, threadSeq: number | null}} place that is written in
 */
export function toolbar(format, place) {
  const tools = [
    ["bold", t("Bold"), "Control+B"], ["italic", t("Italic"), "Control+I"], ["strike", t("Strikethrough"), "Control+Shift+X"],
    ["code", t("Code"), "Control+E"], ["fence", t("Block of code"), ""], ["link", t("Link"), ""],
    ["bullets", t("List"), ""], ["numbers", t("Numbered list"), ""], ["quote", t("Quotation"), ""],
  ];
  return html`<div class="composer-tools" role="toolbar" aria-label=${t("Formatting")}>${tools.map(
    ([name, label, keys]) => html`<button class="icon-button" type="button" aria-label=${label} title=${label} aria-keyshortcuts=${keys}
      @pointerdown=${(/** @type {Event} */ event) => event.preventDefault()} @click=${() => format(name)}>${icon(name)}</button>`)}
      <button class="icon-button" type="button" aria-label=${t("New poll")} title=${t("New poll")} @click=${() => emit("dialog", { name: "poll", ...place })}>${icon("poll")}</button></div>`;
}

/**
 * What can be added to a message, as a menu.
 *
 * @param {Element} anchor
 * @param {{place: {conversationId: string, threadSeq: number | null}, isEditing: boolean, hasTools: boolean, chooseFiles: () => void, toggleTools: () => unknown, sendLater: false | (() => void)}} options
 */
export function openMore(anchor, { place, isEditing, hasTools, chooseFiles, toggleTools, sendLater }) {
  openMenu({
    anchor,
    label: t("Add to the message"),
    items: [
      ...(isEditing ? [] : [
        { icon: "clip", label: t("Attach files"), run: chooseFiles },
        { icon: "poll", label: t("New poll"), run: () => emit("dialog", { name: "poll", ...place }) },
      ]),
      { icon: "edit", label: t("Formatting"), isOn: hasTools, run: toggleTools },
      ...(sendLater ? [{ icon: "clock", label: t("Send later"), run: sendLater }] : []),
    ],
  });
}
