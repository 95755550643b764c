// Paths: the addresses of the page, `/`, `/c/{id}`, `/c/{id}/{seq}`, `/c/{id}/t/{root}`,
// `/c/{id}/t/{root}/{seq}`, `/threads`.

const PATH = /^\/c\/([0-9a-f-]{36})(?:\/t\/(\d{1,18}))?(?:\/(\d{1,18}))?\/?$/i;

/**
 * @param {string} path
 * @returns {Chat.Route}
 */
export function parsePath(path) {
  const [, id, root, seq] = PATH.exec(path) ?? [];
  return {
    id: id?.toLowerCase() ?? null, seq: seq ? Number(seq) : null, root: root ? Number(root) : null,
    isThreads: /^\/threads\/?$/.test(path),
  };
}

/**
 * @param {string | null} id
 * @param {number | null} [seq]
 */
export function pathOf(id, seq = null) {
  if (!id) return "/";
  return seq === null ? `/c/${id}` : `/c/${id}/${seq}`;
}

/**
 * A thread, at one of its replies where a seq is given.
 *
 * @param {string} id
 * @param {number} root
 * @param {number | null} [seq]
 */
export function threadPath(id, root, seq = null) {
  return `/c/${id}/t/${root}${seq === null ? "" : `/${seq}`}`;
}

/**
 * Where a message is shown: in its thread when it stays there, else in the timeline.
 *
 * @param {Chat.Message} message
 */
export function placeOf({ conversationId, seq, threadSeq, alsoToConversation }) {
  return threadSeq && !alsoToConversation ? threadPath(conversationId, threadSeq, seq) : pathOf(conversationId, seq);
}
