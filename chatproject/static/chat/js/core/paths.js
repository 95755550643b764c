// Paths: the addresses of the page, `/`, `/c/{id}`, `/c/{id}/{seq}`.

const PATH = /^\/c\/([0-9a-f-]{36})(?:\/(\d{1,18}))?\/?$/i;

/**
 * @param {string} path
 * @returns {Chat.Route}
 */
export function parsePath(path) {
  const found = PATH.exec(path);
  if (!found) return { id: null, seq: null };
  return { id: found[1].toLowerCase(), seq: found[2] ? Number(found[2]) : null };
}

/**
 * @param {string | null} id
 * @param {number | null} [seq]
 */
export function pathOf(id, seq = null) {
  if (!id) return "/";
  return seq === null ? `/c/${id}` : `/c/${id}/${seq}`;
}
