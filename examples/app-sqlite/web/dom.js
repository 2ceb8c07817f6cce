/**
 * Build DOM nodes without a parser.
 *
 * Nothing in this folder assigns markup as text: what a model or a user wrote can only ever become
 * a text node or the value of an attribute that we named.
 */

/**
 * Build an element: `h("a", {class: "link", href: url, onclick: open}, "text", child)`.
 *
 * Attributes that are null, undefined or false are left out; `on...` adds a listener.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  set(element, attributes);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Set, change or remove attributes of an element, by the rules of `h`. */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === null || value === undefined || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

/**
 * Keep an element's children in step with a list.
 *
 * A child stays the same node as long as its item is in the list, so that focus, selection and
 * scrolling survive; `create(item)` returns `{element, update(item)}`.
 */
export class KeyedList {
  #parent;
  #create;
  #views = new Map();

  constructor(parent, create) {
    this.#parent = parent;
    this.#create = create;
  }

  /** Show these items, each with an `id`, in this order. */
  show(items) {
    const ids = new Set(items.map(({ id }) => id));
    for (const [id, { element }] of this.#views) {
      if (ids.has(id)) continue;
      element.remove();
      this.#views.delete(id);
    }
    let cursor = this.#parent.firstElementChild;
    for (const item of items) {
      const view = this.#views.get(item.id) ?? this.#create(item);
      this.#views.set(item.id, view);
      if (view.element === cursor) cursor = cursor.nextElementSibling;
      else this.#parent.insertBefore(view.element, cursor);
      view.update(item);
    }
  }

  /** Return the node of an item, if it is shown. */
  element(id) {
    return this.#views.get(id)?.element;
  }
}

/** Build a button that says in words what its icon means. */
export function iconButton(name, label, attributes = {}) {
  return h("button", { type: "button", class: "icon-button", "aria-label": label, title: label, ...attributes }, icon(name));
}

/** Build one of the icons below; they are drawn, so that no font or picture is loaded. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon" })) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const SVG = "http://www.w3.org/2000/svg";

// Strokes on a grid of 24, two units wide.
const ICONS = {
  attach: "m20 11-8.6 8.6a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7L9.2 17.2a1.6 1.6 0 0 1-2.3-2.3l7.8-7.8",
  chat: "M21 12a8 8 0 0 1-11.6 7.1L4 20.5l1.4-5A8 8 0 1 1 21 12Z",
  check: "m5 12.5 4.5 4.5L19 7.5",
  close: "m6 6 12 12M18 6 6 18",
  copy: "M9 9h10v11H9zM5 15V4h10",
  down: "M12 5v14m-6-6 6 6 6-6",
  edit: "M12 20h8M4 20l1-4L16 5l3 3L8 19z",
  file: "M14 3H6v18h12V7zm0 0v4h4",
  history: "M4 6h16M4 12h16M4 18h10",
  new: "M12 5v14M5 12h14",
  quote: "M5 17c3-1 4-3 4-6H5V6h5v5M14 17c3-1 4-3 4-6h-4V6h5v5",
  retry: "M20 11a8 8 0 1 0-2 6.3M20 5v6h-6",
  send: "M12 19V5m-6 6 6-6 6 6",
  stop: "M7 7h10v10H7z",
  thumbDown: "M17 4v10m0-10h3v10h-3m0 0-4 7c-1.7 0-2.5-1-2.5-2.5L11 14H5.5A1.8 1.8 0 0 1 3.7 12l1.5-6.5A2 2 0 0 1 7.1 4H17",
  thumbUp: "M7 20V10m0 10H4V10h3m0 0 4-7c1.7 0 2.5 1 2.5 2.5L13 10h5.5a1.8 1.8 0 0 1 1.8 2.2l-1.5 6.3a2 2 0 0 1-1.9 1.5H7",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  warning: "M12 4 3 20h18zM12 10v4m0 2.5v.5",
};
