// Folding: what people take for the same name becomes the same text: lower case, no accents, plain
// letters, apostrophes and hyphens. chatproject/core/text_folding.py and `fold_name` in SQL fold
// alike; tests/vectors/folding.json holds all three to it.

const ACCENTS = /[\u0300-\u036f]+/g;
// What is not seen: joiners of letters, marks of direction, variation selectors. U+200D joins emoji.
const HIDDEN = /[\u00ad\u061c\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+/g;
const APOSTROPHES = "\u2019\u2018\u201b\u02bc\u02bb\u02b9\u2032\u055a";
const HYPHENS = "\u2013\u2014\u2010\u2011\u2012\u2015\u2212";
/** @type {Record<string, string>} */
const PLAIN = {
  ø: "o", đ: "d", ð: "d", ł: "l", ħ: "h", ı: "i", ŧ: "t", ß: "ss", æ: "ae", œ: "oe", þ: "th", ς: "σ",
  "\u201c": '"', "\u201d": '"', "\u201e": '"',
  ...Object.fromEntries([...APOSTROPHES].map((sign) => [sign, "'"])),
  ...Object.fromEntries([...HYPHENS].map((sign) => [sign, "-"])),
};
const REPLACED = new RegExp(`[${Object.keys(PLAIN).join("")}]`, "g");

/** @param {string} text */
export function fold(text) {
  const decomposed = text.replace(/\u00b4/g, "'").normalize("NFKD").replace(ACCENTS, "").replace(HIDDEN, "");
  const lower = decomposed.replace(/\s+/g, " ").toLowerCase();
  return lower.replace(REPLACED, (sign) => PLAIN[sign]).normalize("NFKC");
}
