/** Parse what stands inside a block: code, emphasis, links, line breaks. Raw HTML stays text. */

const PUNCTUATION = /[!-/:-@[-`{-~]/;
const BARE_LINK = /https?:\/\/[^\s<>"'`]+/y;
const BRACKETED_LINK = /<((?:https?:\/\/|mailto:)[^\s<>]+)>/y;
// After the closing bracket: an address, perhaps in angle brackets, and perhaps a title.
const TARGET = /\(\s{0,9}(?:<([^<>\n]*)>|((?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.)*\))*))(?:\s{1,9}(?:"[^"]*"|'[^']*'))?\s{0,9}\)/y;
const MARKS = { "**": "strong", __: "strong", "~~": "deleted", "*": "emphasis", _: "emphasis" };
const MAX_DEPTH = 8;

/** Return a list of strings and `{type, ...}` objects for a stretch of text. */
export function parseInline(text, depth = 0) {
  return new Inline(text, depth).parse();
}

/** One pass over a text; a search that failed once is not tried again, which keeps it linear. */
class Inline {
  #text;
  #depth;
  #at = 0;
  #plain = "";
  #parts = [];
  #hopeless = new Set();
  #brackets = null;

  constructor(text, depth) {
    this.#text = text;
    this.#depth = depth;
  }

  parse() {
    while (this.#at < this.#text.length) {
      const found = this.#special(this.#text[this.#at]);
      if (found) this.#add(found);
      else this.#plain += this.#text[this.#at++];
    }
    this.#flush();
    return this.#parts;
  }

  /** Return what begins here, if it is more than a character, and move behind it. */
  #special(character) {
    switch (character) {
      case "\\":
        return this.#escape();
      case "\n":
        return this.#newline();
      case "`":
        return this.#code();
      case "!":
        return this.#text[this.#at + 1] === "[" ? this.#link(this.#at + 1, "image") : null;
      case "[":
        return this.#link(this.#at, "link");
      case "<":
        return this.#matched(BRACKETED_LINK, (match) => match[1]);
      case "h":
        return /\w/.test(this.#text[this.#at - 1] ?? "") ? null : this.#bareLink();
      case "*":
      case "_":
      case "~":
        return this.#marked();
      default:
        return null;
    }
  }

  #escape() {
    const next = this.#text[this.#at + 1] ?? "";
    if (next !== "\n" && !PUNCTUATION.test(next)) return null;
    this.#at += 2;
    return next === "\n" ? { type: "break" } : next;
  }

  #newline() {
    if (!this.#plain.endsWith("  ")) return null;
    this.#plain = this.#plain.trimEnd();
    this.#at += 1;
    return { type: "break" };
  }

  #code() {
    const [ticks] = /^`+/.exec(this.#text.slice(this.#at, this.#at + 64));
    const from = this.#at + ticks.length;
    const end = this.#find(ticks, from, (at) => this.#text[at - 1] !== "`" && this.#text[at + ticks.length] !== "`");
    if (end < 0) {
      this.#at = from;
      return ticks;
    }
    this.#at = end + ticks.length;
    const inner = this.#text.slice(from, end).replaceAll("\n", " ");
    return { type: "code", text: /^ .*[^ ].* $/.test(inner) ? inner.slice(1, -1) : inner };
  }

  #link(open, type) {
    this.#brackets ??= matchBrackets(this.#text);
    const close = this.#brackets.get(open);
    if (close === undefined || this.#depth >= MAX_DEPTH) return null;
    TARGET.lastIndex = close + 1;
    const target = TARGET.exec(this.#text);
    if (!target) return null;
    this.#at = TARGET.lastIndex;
    const href = (target[1] ?? target[2]).replace(/\\([!-/:-@[-`{-~])/g, "$1");
    const label = this.#text.slice(open + 1, close);
    return { type, href, content: type === "image" ? [label] : parseInline(label, this.#depth + 1) };
  }

  #bareLink() {
    return this.#matched(BARE_LINK, (match) => {
      let [href] = match;
      // A full stop or a closing bracket at the end belongs to the sentence.
      while (/[.,:;!?*_~]$/.test(href) || (href.endsWith(")") && !href.includes("("))) href = href.slice(0, -1);
      this.#at -= match[0].length - href.length;
      return href;
    });
  }

  #matched(pattern, address) {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (!match) return null;
    this.#at = pattern.lastIndex;
    const href = address(match);
    return { type: "link", href, content: [href.replace(/^mailto:/, "")] };
  }

  #marked() {
    const two = this.#text.slice(this.#at, this.#at + 2);
    const mark = MARKS[two] ? two : two[0];
    const from = this.#at + mark.length;
    const before = this.#text[this.#at - 1] ?? " ";
    const opens = MARKS[mark] && !/^\s|^$/.test(this.#text.slice(from, from + 1));
    if (!opens || this.#depth >= MAX_DEPTH || (mark[0] === "_" && /\w/.test(before))) return this.#skip(mark);
    const end = this.#find(mark, from + 1, (at) => this.#closes(mark, at));
    if (end < 0) return this.#skip(mark);
    this.#at = end + mark.length;
    return { type: MARKS[mark], content: parseInline(this.#text.slice(from, end), this.#depth + 1) };
  }

  #closes(mark, at) {
    const after = this.#text[at + mark.length] ?? " ";
    if (/\s/.test(this.#text[at - 1]) || (mark[0] === "_" && /\w/.test(after))) return false;
    // One star is not the half of two, and of three the last ones close what was opened first.
    if (mark.length === 1) return this.#text[at - 1] !== mark && after !== mark;
    return after !== mark[0];
  }

  #skip(mark) {
    this.#at += mark.length;
    return mark;
  }

  /** Return where `needle` next stands and fits, or -1. */
  #find(needle, from, fits) {
    if (this.#hopeless.has(needle)) return -1;
    for (let at = this.#text.indexOf(needle, from); at >= 0; at = this.#text.indexOf(needle, at + 1)) {
      if (fits(at)) return at;
    }
    this.#hopeless.add(needle);
    return -1;
  }

  #add(part) {
    if (typeof part === "string") this.#plain += part;
    else {
      this.#flush();
      this.#parts.push(part);
    }
  }

  #flush() {
    if (this.#plain) this.#parts.push(this.#plain);
    this.#plain = "";
  }
}

/** Return a map from each opening bracket to the one that closes it. */
function matchBrackets(text) {
  const open = [];
  const pairs = new Map();
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "[") open.push(at);
    else if (text[at] === "]" && open.length > 0) pairs.set(open.pop(), at);
  }
  return pairs;
}
