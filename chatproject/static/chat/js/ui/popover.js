// Places a popover beside what it belongs to, inside of the window.

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
