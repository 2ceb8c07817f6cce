/**
 * Show the widgets that words and buttons can carry: cards, lists, rows, texts, links, actions.
 *
 * OpenAI's web component (chatkit.html) shows all of them; a component that is not known here shows
 * its children, so that nothing it says is lost.
 */

import { h } from "./dom.js";
import { MarkdownView } from "./markdown_view.js";

/** Build `{element, update(item)}` for a widget. */
export function widgetView(_item, conversation) {
  const element = h("div", { class: "widget" });
  return {
    element,
    update: (item) => element.replaceChildren(...nodes(item.widget, (action) => conversation.act(item, action))),
  };
}

/** Build the nodes of a component; `act` runs one of its actions. */
function nodes(component, act) {
  if (typeof component !== "object" || component === null) return [];
  const build = COMPONENTS[component.type];
  return build ? [build(component, act)] : children(component, act);
}

function children(component, act) {
  return [component.children ?? []].flat().flatMap((child) => nodes(child, act));
}

const box = (name) => (component, act) => h("div", { class: name }, children(component, act));
const text = (tag, name) => (component) => h(tag, { class: name }, component.value ?? component.label ?? "");

const COMPONENTS = {
  Card: card,
  Row: box("row"),
  Col: box("column"),
  Box: box("column"),
  ListView: box("column"),
  ListViewItem: (component, act) => action("entry", component.onClickAction, children(component, act), act),
  Title: text("strong", "title"),
  Text: text("p", "text"),
  Label: text("p", "text"),
  Caption: text("small", "caption"),
  Badge: text("span", "badge"),
  Divider: () => h("hr"),
  Markdown: ({ value }) => {
    const view = new MarkdownView();
    view.update(value ?? "");
    return view.element;
  },
  Button: ({ label, onClickAction }, act) => action("button", onClickAction, [label ?? "Go"], act),
};

function card(component, act) {
  const buttons = [component.confirm, component.cancel].filter(Boolean);
  const foot = buttons.map((each) => action("button", each.action, [each.label], act));
  return h("div", { class: "card" }, children(component, act), foot.length > 0 ? h("div", { class: "row" }, foot) : null);
}

/** Build a button for an action, or plain words where there is none, or the page should run it. */
function action(name, config, content, act) {
  if (!config || config.handler === "client") return h("div", { class: name }, content);
  return h("button", { type: "button", class: name, onclick: () => act(config) }, content);
}
