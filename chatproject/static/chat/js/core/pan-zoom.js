// Pan and zoom of a picture: a scale about a point, and how far it may be moved.

export const LARGEST_SCALE = 6;
/** As the picture comes: all of it, in the middle. */
export const WHOLE = { scale: 1, x: 0, y: 0 };

/**
 * Scales by a factor; the point, in pixels from the middle of the frame, stays where it is.
 *
 * @param {{scale: number, x: number, y: number}} view
 * @param {number} by
 * @param {{x: number, y: number}} point
 * @param {{width: number, height: number}} size of the unscaled picture
 */
export function zoomed(view, by, point, size) {
  const scale = Math.max(1, Math.min(LARGEST_SCALE, view.scale * by));
  const factor = scale / view.scale;
  return panned({ scale, x: point.x - (point.x - view.x) * factor, y: point.y - (point.y - view.y) * factor }, 0, 0, size);
}

/**
 * Moves it; its edges go no further than the frame's.
 *
 * @param {{scale: number, x: number, y: number}} view
 * @param {number} right
 * @param {number} down
 * @param {{width: number, height: number}} size of the unscaled picture
 */
export function panned({ scale, x, y }, right, down, { width, height }) {
  const [roomX, roomY] = [(width * (scale - 1)) / 2, (height * (scale - 1)) / 2];
  return { scale, x: clamp(x + right, roomX), y: clamp(y + down, roomY) };
}

/**
 * @param {number} value
 * @param {number} room
 */
function clamp(value, room) {
  return Math.max(-room, Math.min(room, value)) + 0; // no -0
}
