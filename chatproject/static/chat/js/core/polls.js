// Polls: what is told of one, and the calls of the API.

/**
 * Whether votes are not taken any more.
 *
 * @param {Chat.Poll} poll
 * @param {number} now in milliseconds
 */
export function isPollClosed({ closesAt, closedAt }, now) {
  return Boolean(closedAt) || (closesAt !== null && Date.parse(closesAt) <= now);
}

/**
 * What one votes for after a choice was pressed: it is put on or taken off, and where only one
 * counts it takes the place of the other.
 *
 * @param {Chat.Poll} poll
 * @param {number} choice
 */
export function votesAfter({ several, myChoices = [] }, choice) {
  if (myChoices.includes(choice)) return myChoices.filter((each) => each !== choice);
  return several ? [...myChoices, choice].sort((one, other) => one - other) : [choice];
}

export class Polls {
  /** @param {Chat.Session} session */
  constructor(session) {
    this.session = session;
  }

  /**
   * @param {string} conversationId
   * @param {Chat.NewPoll} poll
   */
  async ask(conversationId, poll) {
    this.session.timelines.putMessage(await this.session.rest.post(["conversations", conversationId, "polls"], poll));
  }

  /**
   * @param {Chat.Message} message
   * @param {number[]} choices
   */
  async vote(message, choices) {
    const answer = await this.session.rest.call("PUT", [...pathOf(message), "vote"], { body: { choices } });
    this.session.timelines.putMessage(answer);
  }

  /** @param {Chat.Message} message */
  async close(message) {
    this.session.timelines.putMessage(await this.session.rest.post([...pathOf(message), "close-poll"]));
  }
}

/** @param {Chat.Message} message */
function pathOf({ conversationId, seq }) {
  return ["conversations", conversationId, "messages", seq];
}
