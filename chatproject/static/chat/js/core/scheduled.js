// Scheduled messages: the times that are proposed, and the calls of the API.

const EVENING = 18;
const MORNING = 9;

/**
 * The times that are proposed for sending something later, in local time, the next one first.
 *
 * @param {Date} now
 * @returns {{name: "hour" | "evening" | "tomorrow" | "monday", at: Date}[]}
 */
export function proposedTimes(now) {
  const hour = new Date(now);
  hour.setHours(now.getHours() + 1, now.getMinutes(), 0, 0);
  const evening = atHour(now, 0, EVENING);
  const untilMonday = (8 - now.getDay()) % 7 || 7;
  return [
    { name: "hour", at: hour },
    ...(evening > hour ? [{ name: /** @type {const} */ ("evening"), at: evening }] : []),
    { name: "tomorrow", at: atHour(now, 1, MORNING) },
    ...(untilMonday > 1 ? [{ name: /** @type {const} */ ("monday"), at: atHour(now, untilMonday, MORNING) }] : []),
  ];
}

/**
 * @param {Date} now
 * @param {number} days
 * @param {number} hour
 */
function atHour(now, days, hour) {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
}

/**
 * A moment as a field of type `datetime-local` takes it.
 *
 * @param {Date} moment
 */
export function toLocalField(moment) {
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export class ScheduledMessages {
  /** @param {Chat.Rest} rest */
  constructor(rest) {
    this.rest = rest;
  }

  /** @returns {Promise<Chat.ScheduledMessage[]>} the next one first */
  async list() {
    return (await this.rest.get(["scheduled"], { limit: 100 })).results;
  }

  /**
   * @param {string} conversationId
   * @param {Chat.NewMessage & {clientId: string}} draft
   * @param {Date} sendAt
   */
  add(conversationId, { content, replyToSeq, threadSeq, alsoToConversation, attachments, clientId }, sendAt) {
    return this.rest.post(["conversations", conversationId, "scheduled"], {
      content,
      clientId,
      sendAt: sendAt.toISOString(),
      ...(replyToSeq ? { replyToSeq } : {}),
      ...(threadSeq ? { threadSeq, alsoToConversation: Boolean(alsoToConversation) } : {}),
      ...(attachments?.length ? { attachmentIds: attachments.map((each) => each.id) } : {}),
    });
  }

  /**
   * @param {Chat.ScheduledMessage} scheduled
   * @param {{content?: string, sendAt?: string}} changes
   */
  change(scheduled, changes) {
    return this.rest.patch(pathOf(scheduled), changes);
  }

  /** @param {Chat.ScheduledMessage} scheduled */
  cancel(scheduled) {
    return this.rest.delete(pathOf(scheduled));
  }

  /** @param {Chat.ScheduledMessage} scheduled */
  sendNow(scheduled) {
    return this.rest.post([...pathOf(scheduled), "send-now"]);
  }
}

/** @param {Chat.ScheduledMessage} scheduled */
function pathOf({ conversationId, id }) {
  return ["conversations", conversationId, "scheduled", id];
}
