// Pasting into the composer: files become attachments, rich text becomes Markdown.

import { loadPart } from "./lazy-parts.js";

/** Whether HTML of the clipboard says more than its text does; of cells of a table it does not. */
export const IS_RICH = /^(?![^]*<table\b)[^]*<(?:b|strong|i|em|s|del|strike|a\s[^>]*href|ul|ol|pre|code|blockquote|h[1-6])\b/i;

/**
 * @param {ClipboardEvent} event
 * @param {{addFiles: (files: File[]) => void, insert: (text: string) => unknown}} composer
 */
export function handlePaste(event, { addFiles, insert }) {
  const data = event.clipboardData;
  const files = pastedFiles(data);
  const rich = data?.getData("text/html") ?? "";
  if (files.length) {
    event.preventDefault();
    addFiles(files);
  } else if (IS_RICH.test(rich)) {
    event.preventDefault();
    const plain = data?.getData("text/plain") ?? "";
    loadPart("composing").then(({ markdownOf }) => markdownOf(rich)).catch(() => plain).then((text) => insert(text || plain));
  }
}

/**
 * The files that are meant by a paste. A spreadsheet or word processor puts its text on the clipboard
 * as text, HTML and a picture: then the text is. A copied file has its name as text, and a copied
 * picture HTML, but not both.
 *
 * @param {DataTransfer | null} data
 */
function pastedFiles(data) {
  const isText = Boolean(data?.getData("text/plain").trim()) && data?.types.includes("text/html");
  return isText ? [] : [...(data?.files ?? [])];
}
