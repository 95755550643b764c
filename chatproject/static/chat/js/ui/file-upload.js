// Uploads one file by XMLHttpRequest, which reports progress as `fetch` does not.

import { ApiError } from "../core/errors.js";
import { context } from "./context.js";

/**
 * See Uploads: {done, cancel}.
 *
 * @param {File} file
 * @param {Record<string, any>} fields
 * @param {(share: number) => void} onProgress
 */
export function upload(file, fields, onProgress) {
  const request = new XMLHttpRequest();
  let isCancelled = false;
  const done = new Promise((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.onload = () => settle(request, resolve, reject);
    request.onerror = () => reject(new ApiError({ code: "offline" }));
    request.onabort = () => reject(new ApiError({ code: "cancelled" }));
  });
  request.open("POST", "/v1/attachments");
  request.responseType = "json";
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRFToken", context.csrfToken);
  bodyOf(file, fields).then((body) => { if (!isCancelled) request.send(body); });
  const cancel = () => {
    isCancelled = true;
    request.abort();
  };
  return { done, cancel };
}

// Not by lazy-parts.js: what a file does not tell is left out, and it is uploaded all the same.
/** @type {Record<string, () => Promise<{factsOf: (file: File) => Promise<Record<string, any>>}>>} */
const FACTS = {
  audio: () => import("./recording-facts.js"),
  video: () => import("./video-facts.js"),
};

/**
 * The form: the file, and beside it the fields and what a recording or video tells of itself.
 *
 * @param {File} file
 * @param {Record<string, any>} fields
 */
async function bodyOf(file, fields) {
  const load = FACTS[file.type.split("/")[0]];
  const facts = load ? await load().then(({ factsOf }) => factsOf(file)).catch(() => ({})) : {};
  const body = new FormData();
  body.append("file", file, file.name);
  for (const [name, value] of Object.entries({ ...facts, ...fields })) {
    if (value instanceof Blob) body.append(name, value, name);
    else body.append(name, String(value));
  }
  return body;
}

/**
 * @param {XMLHttpRequest} request
 * @param {any} resolve
 * @param {any} reject
 */
function settle(request, resolve, reject) {
  const { status, response } = request;
  if (status === 201) resolve(response);
  else reject(new ApiError({ code: response?.code ?? "server_error", detail: response?.detail, status, errors: response?.errors }));
}

/**
 * The files that are meant by a paste. A spreadsheet or word processor puts its text on the clipboard
 * as text, HTML and a picture: then the text is. A copied file has its name as text, and a copied
 * picture HTML, but not both.
 *
 * @param {DataTransfer | null} data
 */
export function pastedFiles(data) {
  const isText = Boolean(data?.getData("text/plain").trim()) && data?.types.includes("text/html");
  return isText ? [] : [...(data?.files ?? [])];
}
