// Errors: a refusal by the API with its code, and in plain words with what to do.

import { t } from "./i18n.js";

/** A refusal of the server, or that it was not reached: then `code` is `offline`. */
export class ApiError extends Error {
  /**
   * @param {{code: string, detail?: string, status?: number, errors?: Chat.FieldError[], retryAfter?: number}} problem
   * retryAfter in seconds
   */
  constructor({ code, detail = "", status = 0, errors = [], retryAfter = 0 }) {
    super(detail || code);
    this.code = code;
    this.detail = detail;
    this.status = status;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }

  /** Whether the same call may succeed later. */
  get isPassing() {
    return PASSING.has(this.code) || this.status === 429 || this.status >= 500;
  }
}

const PASSING = new Set(["offline", "unavailable", "rate_limited", "server_error"]);

/** @type {Record<string, () => string>} */
const SENTENCES = {
  offline: () => t("You are offline. Try again when the connection is back."),
  unavailable: () => t("The server is busy. Try again in a moment."),
  rate_limited: () => t("That was a lot at once. Wait a moment, then try again."),
  not_a_participant: () => t("You are no longer in this conversation."),
  posting_right_missing: () => t("Only admins write here."),
  admin_right_missing: () => t("Only an admin of this conversation can do this."),
  owner_right_missing: () => t("Only the owner of this conversation can do this."),
  conversation_locked: () => t("This conversation is locked. Nobody can write in it."),
  blocked: () => t("The two of you cannot send each other messages."),
  banned: () => t("You cannot join this conversation."),
  message_not_found: () => t("This message no longer exists."),
  conversation_not_found: () => t("This conversation does not exist, or you may not see it."),
  reply_target_not_found: () => t("The message you reply to no longer exists."),
  thread_not_found: () => t("This thread no longer exists."),
  message_deleted: () => t("This message was deleted."),
  owner_needed: () => t("Make somebody else the owner first."),
  too_many_pins: () => t("No more messages can be pinned here. Unpin one first."),
  too_many_reactions: () => t("This message cannot have any more different reactions."),
  attachment_not_found: () => t("A file is no longer there. Attach it again."),
  file_too_large: () => t("This file is too large."),
  file_empty: () => t("This file is empty."),
  picture_broken: () => t("This picture is damaged."),
  quota_exceeded: () => t("Your space for files is full. Delete some first."),
  scheduled_message_not_found: () => t("It has already been sent or deleted."),
  scheduled_message_sending: () => t("It is being sent at this moment."),
  saved_message_not_found: () => t("It is no longer saved."),
  emoji_taken: () => t("There is already an emoji with this name."),
  emoji_right_missing: () => t("You may not add or remove emoji here."),
  too_many_emoji: () => t("This server cannot have any more emoji."),
  writing_not_allowed: () => t("This person does not take messages from people they do not know."),
  join_request_not_found: () => t("This request no longer exists."),
  folder_not_found: () => t("This folder no longer exists."),
  too_many_folders: () => t("You cannot have any more folders."),
  button_not_found: () => t("The message has changed, and this button is gone."),
  bot_gone: () => t("The bot is no longer in this conversation."),
  not_a_poll: () => t("This is not a poll."),
  poll_closed: () => t("The vote has ended."),
  poll_has_votes: () => t("Somebody has voted, so the question can no longer be changed."),
  origin_not_found: () => t("The original no longer exists, or you may not see it."),
  attachment_pending: () => t("A picture is still being prepared. Try again in a moment."),
  system_message: () => t("This cannot be done with a message of this kind."),
  too_many_saved: () => t("No more messages can be saved. Remove some first."),
  too_many_scheduled: () => t("No more messages can be scheduled. Send or delete some first."),
  too_many_waiting: () => t("Too many files wait to be sent. Send or remove some first."),
  muted: () => t("A moderator has muted you for a while."),
  account_suspended: () => t("Your account is suspended."),
  word_refused: () => t("It contains a word that is not allowed here."),
  too_many_links: () => t("New accounts can post only a few links."),
  too_many_invites: () => t("New accounts can add only a few people."),
  search_too_slow: () => t("This search takes too long. Add a word, a conversation or a day."),
  search_away: () => t("The search does not answer at the moment. Try again later."),
  slow_mode: () => t("Slow mode is on here. Wait a little before the next message."),
};

/**
 * What to show of an error.
 *
 * @param {any} error an ApiError, what is kept of one, or anything that was thrown
 */
export function errorMessage(error) {
  const sentence = SENTENCES[error.code];
  if (sentence) return sentence();
  const first = error.errors?.[0];
  return first?.detail || error.detail || t("Something went wrong. Try again.");
}
