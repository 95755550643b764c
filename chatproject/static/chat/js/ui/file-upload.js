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
    // Loaded when it is used: the first view stays small.
    import("./upload-form.js")
      .then(({ formOf }) => formOf(file, fields))
      .then((body) => { if (!isCancelled) request.send(body); }, request.onerror);
  });
  request.open("POST", "/v1/attachments");
  request.responseType = "json";
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRFToken", context.csrfToken);
  const cancel = () => {
    isCancelled = true;
    request.abort();
  };
  return { done, cancel };
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
