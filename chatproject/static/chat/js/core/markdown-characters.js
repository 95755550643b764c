// Classes of characters, as messaging/markup/characters.py has them and says why.

export const SPACE = "\\t-\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const DIRECTION = "\\u202a-\\u202e\\u2066-\\u2069";
const MARKS = `\\u061c\\u200b\\u200e\\u200f\\ufeff${DIRECTION}`;

/** Ends the destination of a link. */
export const DESTINATION_END = `\\x00-\\x20\\x7f-\\x9f${SPACE}${MARKS}<>\`\\\\`;

const QUOTES =
  "\\u00ab\\u00bb\\u0f3a-\\u0f3d\\u169b\\u169c\\u2018-\\u201f\\u2039\\u203a\\u2045\\u2046\\u207d\\u207e" +
  "\\u208d\\u208e\\u2308-\\u230b\\u2329\\u232a\\u2768-\\u2775\\u27c5\\u27c6\\u27e6-\\u27ef\\u2983-\\u2998" +
  "\\u29d8-\\u29db\\u29fc\\u29fd\\u2e02-\\u2e05\\u2e09\\u2e0a\\u2e0c\\u2e0d\\u2e1c\\u2e1d\\u2e20-\\u2e29" +
  "\\u2e42\\u2e55-\\u2e5c\\ufd3e\\ufd3f\\ufe17\\ufe18\\ufe35-\\ufe44\\ufe47\\ufe48\\ufe59-\\ufe5e";
const CJK = "\\u3001-\\u3003\\u3008-\\u3020\\u3030\\u303d\\uff01-\\uff0f\\uff1a-\\uff20\\uff3b-\\uff40\\uff5b-\\uff65";

/** Ends a bare address. */
export const ADDRESS_END = `${DESTINATION_END}"${QUOTES}${CJK}`;

/** Punctuation of the sentence that an address stands in, when it ends the address. */
export const TRAILING = new Set(".,;:!?'*_~\u2025\u2026\u060c\u061b\u061f\u06d4\u0964\u0965\u055d\u0589");

const SPACELESS =
  "\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3005\\u3007\\u3040-\\u30ff\\u31f0-\\u31ff" +
  "\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7af\\uf900-\\ufaff\\uff66-\\uff9f\\u{20000}-\\u{3ffff}";

const IS_SPACE = new RegExp(`^[${SPACE}]?$`, "u");
const IS_SPACELESS = new RegExp(`^[${SPACELESS}]$`, "u");
const IS_BLANK = new RegExp(`^[${SPACE}]*$`, "u");
const DIRECTIONS = new RegExp(`[${DIRECTION}]`, "gu");
const AROUND_DIRECTIONS = new RegExp(`([${DIRECTION}])`, "u");

/**
 * Whether it is white space; the edge of a line (the empty string) counts as such.
 *
 * @param {string} character
 */
export function isSpace(character) {
  return IS_SPACE.test(character);
}

/** @param {string} character */
export function isPunctuation(character) {
  return /^[\p{P}\p{S}]$/u.test(character);
}

/** @param {string} character */
export function isSpaceless(character) {
  return IS_SPACELESS.test(character);
}

/**
 * Whether it is a letter, a digit or the underscore, of a script that separates words.
 *
 * @param {string} character
 */
export function isWord(character) {
  return /^[\p{L}\p{N}_]$/u.test(character) && !isSpaceless(character);
}

/** @param {string} line */
export function isBlank(line) {
  return IS_BLANK.test(line);
}

/** @param {string} text */
export function withoutDirections(text) {
  return text.replace(DIRECTIONS, "");
}

/**
 * The text in pieces, with each sign that turns the direction of text as a piece of its own, which
 * is shown instead of obeyed.
 *
 * @param {string} text
 */
export function markedDirections(text) {
  return text
    .split(AROUND_DIRECTIONS)
    .map((piece, index) => ({ type: index % 2 ? "control" : "text", text: index % 2 ? codeOf(piece) : piece }))
    .filter((piece) => piece.text);
}

/** @param {string} character */
function codeOf(character) {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/**
 * The character, of one or two units, that ends before `at`; empty at the beginning.
 *
 * @param {string} line
 * @param {number} at
 */
export function characterBefore(line, at) {
  const isPair = at > 1 && /[\udc00-\udfff]/.test(line[at - 1]) && /[\ud800-\udbff]/.test(line[at - 2]);
  return line.slice(Math.max(0, at - (isPair ? 2 : 1)), at);
}

/**
 * The character that begins at `at`; empty at the end.
 *
 * @param {string} line
 * @param {number} at
 */
export function characterAt(line, at) {
  return at < line.length ? String.fromCodePoint(line.codePointAt(at) ?? 0) : "";
}
