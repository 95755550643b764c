// The form data of an upload: the file, its fields, and the facts of a recording or video.

/** @type {Record<string, () => Promise<any>>} */
const FACTS = {
  audio: () => import("./recording-facts.js"),
  video: () => import("./video-facts.js"),
};

/**
 * What a file does not tell is left out.
 *
 * @param {File} file
 * @param {Record<string, any>} fields
 */
export async function formOf(file, fields) {
  const load = FACTS[file.type.split("/")[0]];
  const facts = load ? await load().then(({ factsOf }) => factsOf(file)).catch(() => ({})) : {};
  const form = new FormData();
  form.append("file", file, file.name);
  for (const [name, value] of Object.entries({ ...facts, ...fields })) {
    if (value instanceof Blob) form.append(name, value, name);
    else form.append(name, String(value));
  }
  return form;
}
