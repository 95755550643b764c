// Uploads: files on their way to the server before their message is sent. Two at a time; each can
// be removed, and retried when it failed.

const AT_ONCE = 2;

export class Uploads {
  /** @param {{upload: Chat.Upload, onChange: () => void, most?: number, mostBytes?: number, newId?: () => string}} options */
  constructor({ upload, onChange, most = 10, mostBytes = Infinity, newId }) {
    this.upload = upload;
    this.onChange = onChange;
    this.most = most;
    this.mostBytes = mostBytes;
    this.newId = newId ?? (() => crypto.randomUUID());
    /** @type {Chat.UploadItem[]} */
    this.items = [];
  }

  get isBusy() {
    return this.items.some((item) => item.state === "waiting" || item.state === "uploading");
  }

  get hasFailed() {
    return this.items.some((item) => item.state === "failed");
  }

  /** The attachments that are ready to be sent, in their order. */
  get ready() {
    return this.items.flatMap((item) => (item.attachment ? [item.attachment] : []));
  }

  /**
   * Gives how many of the files were left out because no more fit into a message.
   *
   * @param {File[]} files
   * @param {Record<string, unknown>} [fields] sent along with each
   */
  add(files, fields = {}) {
    const left = Math.max(0, this.most - this.items.length);
    for (const file of files.slice(0, left)) {
      const isTooLarge = file.size > this.mostBytes;
      this.items = [...this.items, {
        key: this.newId(), file, name: file.name, size: file.size, fields, progress: 0, attachment: null,
        state: isTooLarge ? "failed" : "waiting", error: isTooLarge ? { code: "file_too_large" } : null,
      }];
    }
    this.#next();
    return files.length - Math.min(files.length, left);
  }

  /** @param {string} key */
  retry(key) {
    this.#set(key, { state: "waiting", error: null, progress: 0 });
    this.#next();
  }

  /**
   * Takes a file out; what was on its way is stopped. Gives the item.
   *
   * @param {string} key
   */
  remove(key) {
    const item = this.items.find((each) => each.key === key);
    item?.cancel?.();
    this.items = this.items.filter((each) => each.key !== key);
    this.#next();
    return item;
  }

  clear() {
    this.items = [];
    this.onChange();
  }

  #next() {
    const running = this.items.filter((item) => item.state === "uploading").length;
    const waiting = this.items.filter((item) => item.state === "waiting");
    for (const item of waiting.slice(0, Math.max(0, AT_ONCE - running))) this.#start(item);
    this.onChange();
  }

  /** @param {Chat.UploadItem} item */
  #start({ key, file, fields }) {
    const { done, cancel } = this.upload(file, fields, (progress) => this.#set(key, { progress }));
    this.#set(key, { state: "uploading", cancel });
    done.then(
      (attachment) => this.#set(key, { state: "done", progress: 1, attachment }),
      (error) => this.#set(key, { state: "failed", error }),
    ).then(() => this.#next());
  }

  /**
   * @param {string} key
   * @param {Partial<Chat.UploadItem>} changes
   */
  #set(key, changes) {
    this.items = this.items.map((item) => (item.key === key ? { ...item, ...changes } : item));
    this.onChange();
  }
}
