// Files on their way to the server, before the message that they go with is sent. Two at a time;
// each can be taken back, and tried again when it failed.

const AT_ONCE = 2;

export class Uploads {
  /** `upload(file, onProgress)` gives {done: promise of the attachment, cancel}. */
  constructor({ upload, onChange, most = 10, mostBytes = Infinity, newId }) {
    this.upload = upload;
    this.onChange = onChange;
    this.most = most;
    this.mostBytes = mostBytes;
    this.newId = newId ?? (() => crypto.randomUUID());
    this.items = [];
  }

  get isBusy() {
    return this.items.some((item) => item.state === "waiting" || item.state === "uploading");
  }

  /** The attachments that are ready to be sent, in their order. */
  get ready() {
    return this.items.filter((item) => item.state === "done").map((item) => item.attachment);
  }

  /** How many of the files were left out because no more fit into a message. */
  add(files, fields = {}) {
    const room = Math.max(0, this.most - this.items.length);
    for (const file of files.slice(0, room)) {
      const isTooLarge = file.size > this.mostBytes;
      this.items = [...this.items, {
        key: this.newId(), file, name: file.name, size: file.size, fields, progress: 0, attachment: null,
        state: isTooLarge ? "failed" : "waiting", error: isTooLarge ? { code: "file_too_large" } : null,
      }];
    }
    this.#next();
    return files.length - Math.min(files.length, room);
  }

  retry(key) {
    this.#set(key, { state: "waiting", error: null, progress: 0 });
    this.#next();
  }

  /** Takes a file out; what was on its way is stopped. Gives the item. */
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

  #start({ key, file, fields }) {
    const { done, cancel } = this.upload(file, fields, (progress) => this.#set(key, { progress }));
    this.#set(key, { state: "uploading", cancel });
    done.then(
      (attachment) => this.#set(key, { state: "done", progress: 1, attachment }),
      (error) => this.#set(key, { state: "failed", error }),
    ).then(() => this.#next());
  }

  #set(key, changes) {
    this.items = this.items.map((item) => (item.key === key ? { ...item, ...changes } : item));
    this.onChange();
  }
}
