// One of each that the rules have to find. Never loaded.
export function plant(node, text, other) {
  // ruleid: no-html-from-text
  node.innerHTML = text;
  // ruleid: no-html-from-text
  node.insertAdjacentHTML("beforeend", text);
  // ok: no-html-from-text
  node.textContent = text;
  // ruleid: messages-name-their-origin
  other.postMessage(text, "*");
}
