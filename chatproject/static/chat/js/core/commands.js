// Commands: what the person does, by REST or socket. The store has the result when a call resolves;
// a refusal rejects with ApiError, which the caller shows.

import { conversationToWire } from "./wire.js";

export class Commands {
  /** @param {Chat.Session} session */
  constructor(session) {
    this.session = session;
    this.store = session.store;
    this.rest = session.rest;
  }

  // -- messages

  /**
   * Puts a message into the outbox, which sends it. Gives its entry.
   *
   * @param {string} conversationId
   * @param {Chat.NewMessage} draft
   */
  send(conversationId, draft) {
    return this.session.outbox.add({ conversationId, ...draft });
  }

  /**
   * Sends an entry of the outbox. Gives the stored message.
   *
   * @param {Chat.OutboxEntry} entry
   * @returns {Promise<Chat.Message>}
   */
  async deliver(entry) {
    const { message } = await this.session.connection.request("message.send", {
      conversationId: entry.conversationId,
      clientId: entry.clientId,
      content: entry.content,
      ...(entry.replyToSeq ? { replyToSeq: entry.replyToSeq } : {}),
      ...(entry.threadSeq ? { threadSeq: entry.threadSeq, alsoToConversation: entry.alsoToConversation } : {}),
      ...(entry.attachments.length ? { attachmentIds: entry.attachments.map((each) => each.id) } : {}),
    });
    return message;
  }

  /**
   * @param {string} id
   * @param {number} seq
   * @param {string} content
   */
  async edit(id, seq, content) {
    this.session.timelines.putMessage(await this.rest.patch(messagePath(id, seq), { content }));
  }

  /**
   * @param {string} id
   * @param {number} seq
   */
  async deleteForAll(id, seq) {
    this.session.timelines.putMessage(await this.rest.delete(messagePath(id, seq)));
  }

  /**
   * Hides a message from oneself alone.
   *
   * @param {string} id
   * @param {number} seq
   */
  async hide(id, seq) {
    await this.rest.post([...messagePath(id, seq), "hide"]);
    this.store.hideMessage(id, seq);
  }

  /**
   * Shows a hidden message again.
   *
   * @param {string} id
   * @param {number} seq
   */
  async unhide(id, seq) {
    await this.rest.delete([...messagePath(id, seq), "hide"]);
    this.store.hidden.delete(`${id} ${seq}`);
    await Promise.all([this.session.timelines.reload(id), this.session.conversations.refresh(id)]);
  }

  /**
   * @param {string} id
   * @param {number} seq
   * @param {string} emoji
   * @param {boolean} isOn
   */
  async react(id, seq, emoji, isOn) {
    const path = [...messagePath(id, seq), "reactions"];
    const message = isOn ? await this.rest.post(path, { emoji }) : await this.rest.delete([...path, emoji]);
    this.session.timelines.putMessage(message);
  }

  /**
   * @param {string} id
   * @param {number} seq
   * @param {boolean} isOn
   */
  async pin(id, seq, isOn) {
    const path = [...messagePath(id, seq), "pin"];
    this.session.timelines.putMessage(isOn ? await this.rest.post(path) : await this.rest.delete(path));
  }

  /**
   * @param {string} id
   * @param {number} seq
   * @returns {Promise<Chat.Receipt[]>} who has a message, and since when
   */
  async loadReceipts(id, seq) {
    return (await this.rest.get([...messagePath(id, seq), "receipts"], { limit: 1000 })).results;
  }

  /**
   * Moves the read pointer forward, and tells the server in the background.
   *
   * @param {string} id
   * @param {number} seq
   */
  markRead(id, seq) {
    const conversation = this.store.conversations.get(id);
    if (!conversation?.role || seq <= conversation.lastReadSeq) return;
    this.store.movePointer(id, seq);
    this.session.pointers.read(id, seq);
  }

  // -- conversations

  /**
   * Creates a conversation, or finds the direct one that exists. Gives its id.
   *
   * @param {{kind: string, memberIds: string[], title?: string, topic?: string, clientId?: string}} fields
   * @returns {Promise<string>}
   */
  async createConversation(fields) {
    return this.#put(await this.rest.post(["conversations"], conversationToWire(fields))).id;
  }

  /**
   * The direct conversation with a person; gives its id.
   *
   * @param {string} userId
   */
  openDirect(userId) {
    return this.createConversation({ kind: "direct", memberIds: [userId] });
  }

  /**
   * @param {string} id
   * @param {{title?: string, topic?: string}} changes
   */
  async changeConversation(id, changes) {
    this.#put(await this.rest.patch(["conversations", id], conversationToWire(changes)));
  }

  /** @param {string} id */
  async join(id) {
    this.#put(await this.rest.post(["conversations", id, "join"]));
    this.session.conversations.watched.delete(id);
  }

  /** @param {string} id */
  async leave(id) {
    await this.rest.post(["conversations", id, "leave"]);
    this.session.conversations.drop(id);
  }

  /**
   * Sets the person's own state of a conversation.
   *
   * @param {string} id
   * @param {"mute" | "pin" | "archive" | "unread"} what
   * @param {boolean} isOn
   */
  async setOwnState(id, what, isOn) {
    const path = ["conversations", id, what];
    this.store.change(id, isOn ? await this.rest.post(path) : await this.rest.delete(path));
  }

  /**
   * @param {string} id
   * @param {string} notify all, mentions or none
   */
  async setNotify(id, notify) {
    this.store.change(id, await this.rest.patch(["conversations", id, "notify"], { notify }));
  }

  // -- members

  /**
   * @param {string} id
   * @param {string[]} memberIds
   */
  async addMembers(id, memberIds) {
    await this.rest.post(["conversations", id, "participants"], { memberIds });
    await this.session.conversations.loadMembers(id);
  }

  /**
   * @param {string} id
   * @param {string} userId
   */
  async removeMember(id, userId) {
    await this.rest.delete(["conversations", id, "participants", userId]);
    await this.session.conversations.loadMembers(id);
  }

  /**
   * @param {string} id
   * @param {string} userId
   * @param {"owner" | "admin" | "member"} role
   */
  async setRole(id, userId, role) {
    await this.rest.patch(["conversations", id, "participants", userId], { role });
    await this.session.conversations.loadMembers(id);
  }

  // -- people and files

  /** @param {string} userId */
  async block(userId) {
    await this.rest.post(["blocks"], { userId });
    this.store.blocked.add(userId);
    this.store.notify("people");
  }

  /** @param {string} userId */
  async unblock(userId) {
    await this.rest.delete(["blocks", userId]);
    this.store.blocked.delete(userId);
    this.store.notify("people");
  }

  /**
   * @param {string} userId
   * @returns {Promise<Chat.Profile>}
   */
  async loadProfile(userId) {
    const profile = await this.rest.get(["users", userId, "profile"]);
    this.store.addPeople([profile.person]);
    return profile;
  }

  /**
   * Adds a person to the contacts, or changes a contact's nickname.
   *
   * @param {string} userId
   * @param {string} [nickname]
   */
  async addContact(userId, nickname) {
    await this.rest.post(["contacts"], { userId, ...(nickname === undefined ? {} : { nickname }) });
  }

  /** @param {string} userId */
  async removeContact(userId) {
    await this.rest.delete(["contacts", userId]);
  }

  /**
   * Makes an upload the person's picture, or removes it with null.
   *
   * @param {string | null} attachmentId
   */
  async setAvatar(attachmentId) {
    const path = ["users", "me", "avatar"];
    const { avatarUrl } = attachmentId ? await this.rest.put(path, { attachmentId }) : await this.rest.delete(path);
    this.store.addPeople([{ ...this.store.me, avatarUrl }]);
  }

  /**
   * The same of a conversation.
   *
   * @param {string} id
   * @param {string | null} attachmentId
   */
  async setPicture(id, attachmentId) {
    const path = ["conversations", id, "picture"];
    this.#put(attachmentId ? await this.rest.put(path, { attachmentId }) : await this.rest.delete(path));
  }

  /** @param {Record<string, unknown>} report */
  async report(report) {
    await this.rest.post(["reports"], report);
  }

  /** @param {string} id */
  async deleteAttachment(id) {
    await this.rest.delete(["attachments", id]);
  }

  /** @param {Chat.WireConversation} given */
  #put(given) {
    return this.session.conversations.put(given);
  }
}

/**
 * @param {string} id
 * @param {number} seq
 */
function messagePath(id, seq) {
  return ["conversations", id, "messages", seq];
}
