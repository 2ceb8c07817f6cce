/** Show Markdown as nodes: each kind of block and span maps to an element that is built here. */

import { h, iconButton } from "./dom.js";
import { linkAttributes, safeUrl } from "./links.js";
import { parseMarkdown } from "./markdown.js";

/**
 * A piece of Markdown that grows.
 *
 * Blocks that did not change keep their nodes, so that a selection in them survives the stream and
 * only the last block is built again while it is being written.
 */
export class MarkdownView {
  #shown = [];

  constructor() {
    this.element = h("div", { class: "markdown" });
  }

  /** Show this text instead of the one before. */
  update(text) {
    const keys = parseMarkdown(text).map((block) => [JSON.stringify(block), block]);
    let same = 0;
    while (same < keys.length && this.#shown[same] === keys[same][0]) same += 1;
    while (this.element.childNodes.length > same) this.element.lastChild.remove();
    this.element.append(...keys.slice(same).map(([, block]) => blockNode(block)));
    this.#shown = keys.map(([key]) => key);
  }
}

function blockNode(block) {
  switch (block.type) {
    case "heading":
      // The page has its own first headings; those of an answer stand below them.
      return h(`h${Math.min(block.level + 2, 6)}`, {}, inlineNodes(block.content));
    case "paragraph":
      return h("p", {}, inlineNodes(block.content));
    case "code":
      return codeNode(block);
    case "quote":
      return h("blockquote", {}, block.blocks.map(blockNode));
    case "list":
      return h(block.ordered ? "ol" : "ul", { start: block.start }, block.items.map(itemNode));
    case "table":
      return tableNode(block);
    case "rule":
      return h("hr");
  }
}

/** Build a list item; a single paragraph in it needs no element of its own. */
function itemNode(blocks) {
  const [first, ...others] = blocks;
  if (first?.type !== "paragraph") return h("li", {}, blocks.map(blockNode));
  return h("li", {}, inlineNodes(first.content), others.map(blockNode));
}

function codeNode({ language, text }) {
  const copy = iconButton("copy", "Copy code", { hidden: !navigator.clipboard }); // https only
  copy.addEventListener("click", () => navigator.clipboard.writeText(text));
  const head = h("div", { class: "code-head" }, h("span", {}, language || "text"), copy);
  // It scrolls sideways, so the keyboard has to reach it.
  const body = h("pre", { tabindex: 0, role: "region", "aria-label": `Code, ${language || "text"}` }, h("code", {}, text));
  return h("div", { class: "code" }, head, body);
}

function tableNode({ align, header, rows }) {
  const cell = (tag) => (content, index) =>
    h(tag, { class: align[index] && `align-${align[index]}`, scope: tag === "th" ? "col" : null }, inlineNodes(content));
  const head = h("thead", {}, h("tr", {}, header.map(cell("th"))));
  const body = h("tbody", {}, rows.map((row) => h("tr", {}, row.map(cell("td")))));
  return h("div", { class: "table", tabindex: 0, role: "region", "aria-label": "Table" }, h("table", {}, head, body));
}

const SPANS = { strong: "strong", emphasis: "em", deleted: "del" };

function inlineNodes(parts) {
  return parts.map((part) => {
    if (typeof part === "string") return part;
    if (part.type === "break") return h("br");
    if (part.type === "code") return h("code", {}, part.text);
    if (part.type in SPANS) return h(SPANS[part.type], {}, inlineNodes(part.content));
    return linkNode(part);
  });
}

/** Build a link, also for a picture: showing it would load from wherever the model says. */
function linkNode({ type, href, content }) {
  const url = safeUrl(href);
  const label = content.length === 1 && content[0] === "" ? [type === "image" ? "Image" : href] : content;
  return url ? h("a", linkAttributes(url), inlineNodes(label)) : h("span", {}, inlineNodes(label));
}
