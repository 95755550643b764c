// A message's text without its markup, in one line, for previews and notifications.

import { parse } from "./markdown-blocks.js";
import { SPACE, withoutDirections } from "./markdown-characters.js";

const SPACES = new RegExp(`[${SPACE}]+`, "gu");

/**
 * The text in one plain line; `nameOf` gives a person's name.
 *
 * @param {string} text
 * @param {(userId: string) => string} nameOf
 */
export function plainLine(text, nameOf) {
  return withoutDirections(flatten(parse(text), nameOf)).replace(SPACES, " ").replace(/^ | $/g, "");
}

/**
 * @param {Chat.Node[]} nodes
 * @param {(userId: string) => string} nameOf
 * @returns {string}
 */
function flatten(nodes, nameOf) {
  return nodes.map((node) => flat(node, nameOf)).join("");
}

/**
 * @param {Chat.Node} node
 * @param {(userId: string) => string} nameOf
 * @returns {string}
 */
function flat(node, nameOf) {
  switch (node.type) {
    case "text":
    case "code":
      return node.text;
    case "code-block":
      return `${node.text} `;
    case "mention":
      return `@${nameOf(node.userId)}`;
    case "all":
      return "@all";
    case "paragraph":
    case "heading":
    case "table":
    case "row":
    case "cell":
    case "action":
    case "quote":
    case "list":
    case "item":
      return `${flatten(node.children, nameOf)} `;
    default:
      return flatten(node.children, nameOf);
  }
}
