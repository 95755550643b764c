// What the page says, in the reader's language. The server puts the translations into the page.

let language = "en";
let texts = {};
let rules = new Intl.PluralRules("en");

/** `given` has a translation, or [one, other], by English text; what is not there stays English. */
export function setLanguage(code, given) {
  language = code || "en";
  texts = given || {};
  rules = new Intl.PluralRules(language);
}

export function currentLanguage() {
  return language;
}

/** The text, with `{name}` filled in from `values`. */
export function t(text, values) {
  const found = texts[text];
  return fill(typeof found === "string" && found ? found : text, values);
}

/** `one` or `other` as the language counts; `{count}` is filled in, and `values`. */
export function plural(one, other, count, values) {
  const found = texts[one];
  const forms = Array.isArray(found) ? found : [one, other];
  const form = forms[rules.select(count) === "one" ? 0 : forms.length - 1];
  return fill(form, { count: new Intl.NumberFormat(language).format(count), ...values });
}

function fill(text, values) {
  return values ? text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole) : text;
}
