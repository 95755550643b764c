// The person's own votes in a poll; in an anonymous poll nobody else sees them.

/**
 * A poll with what its viewer votes for: told, known from before, or read from the names.
 *
 * @param {Chat.Poll | null | undefined} poll
 * @param {Chat.Poll | null | undefined} known
 * @param {string} userId
 * @returns {Chat.Poll | null}
 */
export function ownPoll(poll, known, userId) {
  if (!poll) return null;
  const named = poll.choices.flatMap(({ userIds }, choice) => (userIds.includes(userId) ? [choice] : []));
  return { ...poll, myChoices: poll.myChoices ?? known?.myChoices ?? named };
}
