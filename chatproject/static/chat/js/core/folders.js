// The folders of the inbox over REST, and the section of each conversation.

export class Folders {
  /** @param {Chat.Rest} rest */
  constructor(rest) {
    this.rest = rest;
    /** @type {Chat.Folder[]} in their order */
    this.list = [];
  }

  async load() {
    this.list = (await this.rest.get(["folders"])).results;
  }

  /**
   * @param {string} name
   * @returns {Promise<Chat.Folder>}
   */
  create(name) {
    return this.rest.post(["folders"], { name });
  }

  /**
   * @param {string} id
   * @param {{name?: string, position?: number}} changes
   */
  change(id, changes) {
    return this.rest.patch(["folders", id], changes);
  }

  /** @param {string} id */
  remove(id) {
    return this.rest.delete(["folders", id]);
  }

  /**
   * Puts a conversation into a folder, or with null out of all of them.
   *
   * @param {string} conversationId
   * @param {string | null} folderId
   * @param {number} [position] in the folder; without one the end
   */
  place(conversationId, folderId, position) {
    return this.rest.post(["conversations", conversationId, "folder"], { folderId, position });
  }

  /** @param {string} conversationId */
  folderOf(conversationId) {
    return this.list.find((each) => each.conversationIds.includes(conversationId)) ?? null;
  }

  /**
   * The sections of an inbox: pinned ones, each folder in its own order, and the rest as it came.
   *
   * @param {Chat.Conversation[]} conversations in the order of the inbox
   * @returns {Chat.InboxSection[]}
   */
  sections(conversations) {
    const byId = new Map(conversations.map((each) => [each.id, each]));
    const favourites = conversations.filter((each) => each.pinnedAt);
    const taken = new Set(favourites.map((each) => each.id));
    const folders = this.list.map((folder) => {
      const inside = folder.conversationIds.flatMap((id) => (taken.has(id) ? [] : byId.get(id) ?? []));
      for (const each of inside) taken.add(each.id);
      return { kind: /** @type {const} */ ("folder"), folder, conversations: inside };
    });
    const rest = conversations.filter((each) => !taken.has(each.id));
    return [
      ...(favourites.length ? [{ kind: /** @type {const} */ ("favourites"), folder: null, conversations: favourites }] : []),
      ...folders,
      { kind: "rest", folder: null, conversations: rest },
    ];
  }
}
