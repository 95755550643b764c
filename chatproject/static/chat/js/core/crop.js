// Crop: which square of a picture is shown, by a zoom and a place in it.

export const LARGEST_ZOOM = 4;

/**
 * The square, in pixels of the picture: its corner and its side.
 *
 * @param {{width: number, height: number}} picture
 * @param {{x: number, y: number, zoom: number}} view x and y: its middle, from 0 to 1; zoom 1: as
 * much as fits
 */
export function squareOf({ width, height }, { x, y, zoom }) {
  const side = Math.min(width, height) / zoom;
  return { left: clamp(x * width - side / 2, width - side), top: clamp(y * height - side / 2, height - side), side };
}

/**
 * The view after the picture was moved by so many widths of the square, or zoomed: never beyond its
 * edges.
 *
 * @param {{width: number, height: number}} picture
 * @param {{x: number, y: number, zoom: number}} view
 * @param {{right?: number, down?: number, zoom?: number}} by
 */
export function moved(picture, view, { right = 0, down = 0, zoom = view.zoom }) {
  const { width, height } = picture;
  const to = Math.max(1, Math.min(LARGEST_ZOOM, zoom));
  const step = Math.min(width, height) / view.zoom;
  const wanted = { x: view.x - (right * step) / width, y: view.y - (down * step) / height, zoom: to };
  const { left, top, side } = squareOf(picture, wanted);
  return { x: (left + side / 2) / width, y: (top + side / 2) / height, zoom: to };
}

/**
 * @param {number} value
 * @param {number} most
 */
function clamp(value, most) {
  return Math.max(0, Math.min(most, value));
}
