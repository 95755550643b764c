// Rich text from the clipboard as Markdown. It reads the HTML as a text, so that nothing of it runs,
// loads or is styled here.

const TOKEN = /<!--[^]*?-->|<(style|script|head|title)\b[^]*?<\/\1\s*>|<(\/?)([a-z][a-z0-9]*)((?:"[^"]*"|'[^']*'|[^'">])*)>|([^<]+|<)/gi;
/** @type {Record<string, string>} */
const SIGNS = { b: "**", strong: "**", i: "_", em: "_", s: "~~", del: "~~", strike: "~~" };
const BLOCKS = new Set(["p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "pre", "blockquote", "table", "tr", "section", "article"]);
/** @type {Record<string, string>} */
const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

/**
 * @param {string} html
 * @returns {string} Markdown, without white space around it
 */
export function markdownOf(html) {
  const writer = new Writer();
  for (const [, , slash, name, attributes, text] of html.matchAll(TOKEN)) {
    if (text !== undefined) writer.text(decoded(text));
    else if (name && slash) writer.close(name.toLowerCase());
    else if (name) writer.open(name.toLowerCase(), attributes);
  }
  return writer.result();
}

class Writer {
  constructor() {
    this.out = "";
    /** @type {{name: string, sign: string, href: string, at: number}[]} open signs and links */
    this.inline = [];
    /** @type {{ordered: boolean, count: number}[]} */
    this.lists = [];
    this.quotes = 0;
    this.isCode = 0; // depth of <pre>
  }

  /** @param {string} text */
  text(text) {
    if (this.isCode) {
      this.out += text;
      return;
    }
    const flowing = text.replace(/\s+/g, " ");
    this.out += /(?:^|\s)$/.test(this.out) ? flowing.trimStart() : flowing;
  }

  /**
   * @param {string} name
   * @param {string} attributes
   */
  open(name, attributes) {
    if (name === "br") this.#newLine();
    else if (name === "pre") this.#openCode();
    else if (name === "ul" || name === "ol") this.lists.push({ ordered: name === "ol", count: 0 });
    else if (name === "li") this.#openItem();
    else if (name === "blockquote") {
      this.#block();
      this.quotes += 1;
      this.out += "> ";
    } else if (BLOCKS.has(name)) this.#block();
    this.#openInline(name, attributes);
  }

  /** @param {string} name */
  close(name) {
    this.#closeInline(name);
    if (name === "pre") this.#closeCode();
    else if (name === "ul" || name === "ol") this.lists.pop();
    else if (name === "blockquote") this.quotes = Math.max(0, this.quotes - 1);
    if (name === "td" || name === "th") this.out += " ";
    if (BLOCKS.has(name)) this.#block();
  }

  /**
   * @param {string} name
   * @param {string} attributes
   */
  #openInline(name, attributes) {
    if (this.isCode) return;
    const heading = /^h[1-6]$/.test(name);
    const isPlain = /font-weight:\s*(?:normal|400)/i.test(attributes); // of some word processors, around all
    const sign = name === "code" ? "`" : heading ? "**" : isPlain ? "" : SIGNS[name] ?? "";
    const href = name === "a" ? decoded(/href\s*=\s*["']?(https?:[^"'\s>]+)/i.exec(attributes)?.[1] ?? "") : "";
    if (!sign && !href && !(name in SIGNS) && name !== "a") return;
    this.inline.push({ name, sign, href, at: this.out.length });
    this.out += href ? "[" : sign;
  }

  /** @param {string} name */
  #closeInline(name) {
    const at = this.inline.findLastIndex((each) => each.name === name);
    if (at < 0) return;
    const [{ sign, href, at: from }] = this.inline.splice(at, 1);
    const lead = href ? 1 : sign.length;
    const label = this.out.slice(from + lead);
    if (!label.trim()) {
      this.out = this.out.slice(0, from) + label;
      return;
    }
    const body = label.trimEnd();
    const gap = label.slice(body.length);
    const isBare = href && (body === href || `${body}/` === href);
    if (isBare) this.out = `${this.out.slice(0, from)}${href}${gap}`;
    else this.out = `${this.out.slice(0, from + lead)}${body}${href ? `](${href})` : sign}${gap}`;
  }

  #openItem() {
    const list = this.lists.at(-1) ?? { ordered: false, count: 0 };
    list.count += 1;
    this.#newLine();
    this.out += `${"  ".repeat(Math.max(0, this.lists.length - 1))}${list.ordered ? `${list.count}.` : "-"} `;
  }

  #openCode() {
    this.#block();
    this.isCode += 1;
    this.out += "```\n";
  }

  #closeCode() {
    if (!this.isCode) return;
    this.isCode -= 1;
    this.out = `${this.out.replace(/\n$/, "")}\n\`\`\``;
  }

  #newLine() {
    if (this.isCode) this.out += "\n";
    else if (this.out && !this.out.endsWith("\n")) this.out = `${this.out.trimEnd()}\n${"> ".repeat(this.quotes)}`;
  }

  /** A new line between blocks; an item or quotation that has just begun stays on its own. */
  #block() {
    if (/(?:^|\n)\s*(?:(?:[-*]|\d+\.|>)\s)*$/.test(this.out)) return;
    this.#newLine();
  }

  result() {
    for (const { name } of [...this.inline].reverse()) this.#closeInline(name);
    return this.out.replace(/\n(?:> )+$/, "").trim();
  }
}

/** @param {string} text */
function decoded(text) {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (all, decimal, hex, name) => {
    if (name) return ENTITIES[name.toLowerCase()] ?? all;
    const code = decimal ? Number(decimal) : parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}
