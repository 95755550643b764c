// The REST API over `fetch`, with the session of who is logged in to this browser.

import { ApiError } from "./errors.js";

const READ_MS = 20_000; // after which a read counts as lost: some networks swallow it without a word

export class Rest {
  /** @param {{csrfToken: string, fetch?: Chat.Fetch, onSignedOut?: () => void, readMs?: number}} options */
  constructor({ csrfToken, fetch = globalThis.fetch.bind(globalThis), onSignedOut = () => {}, readMs = READ_MS }) {
    this.csrfToken = csrfToken;
    this.readMs = readMs;
    this.fetch = fetch;
    this.onSignedOut = onSignedOut;
  }

  /**
   * @param {Chat.Path} path
   * @param {Chat.Query} [query]
   * @param {{signal?: AbortSignal}} [options] an aborted call rejects, with whatever error
   */
  get(path, query, { signal } = {}) {
    return this.call("GET", path, { query, signal });
  }

  /**
   * @param {Chat.Path} path
   * @param {unknown} [body]
   */
  post(path, body) {
    return this.call("POST", path, { body: body ?? {} });
  }

  /**
   * @param {Chat.Path} path
   * @param {unknown} [body]
   */
  patch(path, body) {
    return this.call("PATCH", path, { body });
  }

  /**
   * @param {Chat.Path} path
   * @param {unknown} [body]
   */
  put(path, body) {
    return this.call("PUT", path, { body: body ?? {} });
  }

  /**
   * @param {Chat.Path} path
   * @param {Chat.Query} [query]
   */
  delete(path, query) {
    return this.call("DELETE", path, { query });
  }

  /**
   * The answer's JSON, null when it has none. Rejects with ApiError.
   *
   * @param {string} method
   * @param {Chat.Path} path
   * @param {{query?: Chat.Query, body?: unknown, signal?: AbortSignal}} [options]
   * @returns {Promise<any>}
   */
  async call(method, path, { query, body, signal } = {}) {
    const response = await this.#fetch(urlOf(path, query), {
      method,
      credentials: "same-origin",
      headers: this.#headers(body !== undefined),
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: method === "GET" ? bounded(this.readMs, signal) : signal,
    });
    if (response.status === 204) return null;
    const answer = await readJson(response);
    if (response.ok) return answer;
    if (response.status === 401) this.onSignedOut();
    throw refusal(response, answer);
  }

  /**
   * @param {string} url
   * @param {RequestInit} options
   */
  async #fetch(url, options) {
    try {
      return await this.fetch(url, options);
    } catch (error) {
      throw new ApiError({ code: "offline", detail: String(error) });
    }
  }

  /** @param {boolean} hasBody */
  #headers(hasBody) {
    /** @type {Record<string, string>} */
    const headers = { Accept: "application/json", "X-CSRFToken": this.csrfToken };
    if (hasBody) headers["Content-Type"] = "application/json";
    return headers;
  }
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal} [signal]
 */
function bounded(milliseconds, signal) {
  const late = AbortSignal.timeout(milliseconds);
  return signal ? AbortSignal.any([signal, late]) : late;
}

/**
 * The JSON of an answer; null when it is none, as of a proxy's error page.
 *
 * @param {Response} response
 */
async function readJson(response) {
  try {
    return await response.json();
  } catch (error) {
    if (response.ok) throw new ApiError({ code: "server_error", detail: String(error), status: response.status });
    return null; // `refusal` says what the status says
  }
}

/**
 * @param {Chat.Path} path
 * @param {Chat.Query} [query]
 */
export function urlOf(path, query = {}) {
  const given = Object.entries(query).flatMap(([name, value]) => [value ?? []].flat().map((each) => [name, String(each)]));
  const text = new URLSearchParams(given).toString();
  return `/v1/${path.map((part) => encodeURIComponent(String(part))).join("/")}${text ? `?${text}` : ""}`;
}

/**
 * @param {Response} response
 * @param {any} answer
 */
export function refusal(response, answer) {
  return new ApiError({
    code: answer?.code ?? (response.status === 503 ? "unavailable" : "server_error"),
    detail: answer?.detail,
    status: response.status,
    errors: answer?.errors,
    retryAfter: Number(response.headers.get("Retry-After")) || 0,
  });
}
