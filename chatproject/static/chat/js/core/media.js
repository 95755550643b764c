// Media: how a file is shown, and at which size, known before it is loaded so that nothing moves.

/**
 * Fits `width` × `height` into a box; never larger than it is. Whole pixels.
 *
 * @param {{width: number | null, height: number | null}} size
 * @param {number} box
 */
export function fit({ width, height }, box) {
  if (!width || !height) return { width: box, height: Math.round(box * 0.75) };
  const scale = Math.min(1, box / width, box / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/**
 * The address of the smallest preview that fills `size`, else of the picture itself.
 *
 * @param {Chat.Attachment} attachment
 * @param {number} size
 */
export function sourceFor(attachment, size) {
  const previews = [...(attachment.thumbnails ?? [])].sort((one, other) => one.size - other.size);
  return (previews.find((each) => each.size >= size) ?? previews.at(-1))?.url ?? attachment.url;
}

// What the server lets a page show; everything else is downloaded.
const PICTURES = new Set(["image/jpeg", "image/png", "image/gif", "image/webp"]);
const PLAYED = /^(audio\/(mpeg|mp4|ogg|webm|wav|flac)|video\/(mp4|ogg|webm))$/;

/**
 * picture, audio, video or file.
 *
 * @param {{contentType: string, state?: string}} attachment
 */
export function kindOf({ contentType, state }) {
  if (PICTURES.has(contentType)) return state === "refused" ? "file" : "picture";
  return PLAYED.test(contentType) ? contentType.split("/")[0] : "file";
}
