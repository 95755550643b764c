// Popovers: the look and the position of menus and pickers, beside their button and inside the
// window.

const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .menu, .emoji-picker { position: fixed; inset: auto; margin: 0; padding: var(--space-1); border: 1px solid var(--line); border-radius: var(--radius-m); background: var(--overlay); color: var(--text); box-shadow: var(--shadow-l); }
  .menu-reactions button, .emoji-grid button { display: grid; place-items: center; padding: 0; border: 0; border-radius: var(--radius-s); background: none; font-family: var(--font-emoji); font-size: 1.375rem; line-height: 1; cursor: pointer; }
  .menu-reactions button:hover, .emoji-grid button:hover { background: var(--hover); }
}`);
document.adoptedStyleSheets.push(styles);

const GAP = 6;
const EDGE = 8;

/**
 * `anchor` is an element or {x, y}; the popover is open already, so that it has a size.
 *
 * @param {any} popover
 * @param {any} anchor
 */
export function placeBeside(popover, anchor) {
  const box = anchor.getBoundingClientRect?.() ?? new DOMRect(anchor.x, anchor.y, 0, 0);
  const { width, height } = popover.getBoundingClientRect();
  const roomBelow = innerHeight - box.bottom;
  const isAbove = roomBelow < height + GAP + EDGE && box.top > roomBelow;
  const top = isAbove ? box.top - height - GAP : box.bottom + GAP;
  const isRightHalf = box.left + box.width / 2 > innerWidth / 2;
  const left = isRightHalf ? box.right - width : box.left;
  popover.style.top = `${clamp(top, EDGE, innerHeight - height - EDGE)}px`;
  popover.style.left = `${clamp(left, EDGE, innerWidth - width - EDGE)}px`;
}

/**
 * @param {number} value
 * @param {number} least
 * @param {number} most
 */
function clamp(value, least, most) {
  return Math.max(least, Math.min(value, most));
}
