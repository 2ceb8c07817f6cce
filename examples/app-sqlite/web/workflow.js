/** Show what the assistant did on the way: workflows and single tasks. */

import { h } from "./dom.js";
import { MarkdownView } from "./markdown_view.js";
import { sourceNode } from "./sources.js";

/** Build `{element, update(item)}` for a workflow: a folded list of its tasks. */
export function workflowView({ workflow }) {
  const title = h("summary");
  const list = h("ol");
  const element = h("details", { class: "workflow", open: workflow.expanded }, title, list);
  return {
    element,
    update({ workflow: { summary, tasks } }) {
      title.textContent = summary?.title ?? (summary ? `Worked for ${summary.duration} s` : "Working …");
      list.replaceChildren(...tasks.map((task) => h("li", { class: task.status_indicator }, taskNodes(task))));
    },
  };
}

/** Build `{element, update(item)}` for a task that stands alone. */
export function taskView() {
  const element = h("div", { class: "task" });
  return { element, update: ({ task }) => element.replaceChildren(...taskNodes(task)) };
}

function taskNodes({ type, title, title_query, content, queries, sources }) {
  const names = { web_search: "Searched", thought: "Thought", file: "Read files", image: "Looked at a picture" };
  const heading = h("strong", {}, title ?? title_query ?? names[type] ?? "Worked");
  const text = new MarkdownView();
  text.update([queries?.join(", "), content].filter(Boolean).join("\n\n"));
  const found = (sources ?? []).map((source) => h("li", {}, sourceNode(source)));
  return [heading, text.element, ...(found.length > 0 ? [h("ul", {}, found)] : [])];
}
