// Storage of records by their `key`, behind one interface: in IndexedDB, or in memory where
// there is none (a private window, a test).

import { logger } from "./logger.js";

export class MemoryStorage {
  constructor() {
    /** @type {Map<string, any>} */
    this.records = new Map();
  }

  async all() {
    return [...this.records.values()].map((record) => structuredClone(record));
  }

  /** @param {any} record */
  async put(record) {
    this.records.set(record.key, structuredClone(record));
  }

  /** @param {string} key */
  async delete(key) {
    this.records.delete(key);
  }
}

export class IndexedDbStorage {
  /**
   * @param {IDBDatabase} database
   * @param {string} name
   */
  constructor(database, name) {
    this.database = database;
    this.name = name;
  }

  all() {
    return this.#run("readonly", (store) => store.getAll());
  }

  /** @param {any} record */
  put(record) {
    return this.#run("readwrite", (store) => store.put(record));
  }

  /** @param {string} key */
  delete(key) {
    return this.#run("readwrite", (store) => store.delete(key));
  }

  /**
   * Resolves when the transaction is on disk, as far as the browser promises that.
   *
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore) => IDBRequest} action
   * @returns {Promise<any>}
   */
  #run(mode, action) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(this.name, mode, { durability: "strict" });
      const request = action(transaction.objectStore(this.name));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  }
}

/**
 * A store of its own for each person, so that nobody sends in another's name.
 *
 * @param {string} userId
 * @param {string} name
 * @returns {Promise<Chat.RecordStorage>}
 */
export function openStorage(userId, name) {
  return new Promise((resolve) => {
    if (!globalThis.indexedDB) {
      resolve(new MemoryStorage());
      return;
    }
    const request = indexedDB.open(`chat-${userId}`, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(name, { keyPath: "key" });
    request.onsuccess = () => resolve(new IndexedDbStorage(request.result, name));
    request.onerror = request.onblocked = () => {
      logger.unsupported("IndexedDB", request.error);
      resolve(new MemoryStorage());
    };
  });
}
