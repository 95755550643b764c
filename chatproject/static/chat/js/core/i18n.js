// Translation: what the page says, in the reader's language. The page brings the texts along.

let language = "en";
/** @type {Record<string, string | string[]>} */
let texts = {};
let rules = new Intl.PluralRules("en");

/**
 * Sets the language. `given` has a translation, or [one, other], by English text; what is missing
 * stays English.
 *
 * @param {string} code
 * @param {Record<string, string | string[]>} given
 */
export function setLanguage(code, given) {
  language = code || "en";
  texts = given || {};
  rules = new Intl.PluralRules(language);
}

export function currentLanguage() {
  return language;
}

/**
 * The text, with `{name}` filled in from `values`.
 *
 * @param {string} text
 * @param {Record<string, any>} [values]
 */
export function t(text, values) {
  const found = texts[text];
  return fill(typeof found === "string" && found ? found : text, values);
}

/**
 * `one` or `other` as the language counts; `{count}` is filled in, and `values`.
 *
 * @param {string} one
 * @param {string} other
 * @param {number} count
 * @param {Record<string, any>} [values]
 */
export function plural(one, other, count, values) {
  const found = texts[one];
  const forms = Array.isArray(found) ? found : [one, other];
  const form = forms[rules.select(count) === "one" ? 0 : forms.length - 1];
  return fill(form, { count: new Intl.NumberFormat(language).format(count), ...values });
}

/**
 * @param {string} text
 * @param {Record<string, any>} [values]
 */
function fill(text, values) {
  return values ? text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole) : text;
}
