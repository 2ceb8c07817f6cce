/** Show what an answer is based on: its annotations, each source once. */

import { h } from "./dom.js";
import { linkAttributes, safeUrl } from "./links.js";

/** Build `{element, update(annotations)}`: a folded list, gone when there is nothing in it. */
export function sourcesView() {
  const count = h("summary");
  const list = h("ol");
  const element = h("details", { class: "sources", hidden: true }, count, list);
  return {
    element,
    update(annotations) {
      const sources = distinct(annotations.map(({ source }) => source).filter(Boolean));
      element.hidden = sources.length === 0;
      count.textContent = sources.length === 1 ? "1 source" : `${sources.length} sources`;
      list.replaceChildren(...sources.map((source) => h("li", {}, sourceNode(source))));
    },
  };
}

/** Return the sources without those that lead to the same place. */
function distinct(sources) {
  return [...new Map(sources.map((source) => [place(source), source])).values()];
}

function place({ type, url, filename, id, title }) {
  return `${type} ${url ?? filename ?? id ?? title}`;
}

/** Build the line of a source: a link where it has a safe address, else its name. */
export function sourceNode(source) {
  const url = source.type === "url" ? safeUrl(source.url) : null;
  const title = source.title || source.filename || source.url;
  const name = url ? h("a", linkAttributes(url), title) : h("span", { class: "name" }, title);
  return [name, source.description && h("span", { class: "description" }, source.description)];
}
