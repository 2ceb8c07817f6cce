/** The items of one thread in time order, and what each event of a stream does to them. */

let pending = 0;

/** Items, oldest first. An item's id is the one that the server gave; ours begin with "pending". */
export class Timeline {
  items = [];
  // How often an item has changed, for whoever shows it: the objects themselves stay the same.
  #versions = new Map();

  /** Return a number that is another one after each change of the item. */
  version(id) {
    return this.#versions.get(id) ?? 0;
  }

  /** Put a page of older items, newest first as the server lists them, before the others. */
  prepend(page) {
    const known = new Set(this.items.map(({ id }) => id));
    this.items.unshift(...page.filter(({ id }) => !known.has(id)).reverse());
  }

  /** Show a message that the server has not confirmed yet, and return it. */
  addPending(content, attachments) {
    const item = { id: `pending-${++pending}`, type: "user_message", content, attachments, pending: true };
    this.items.push(item);
    return item;
  }

  /** Put the server's version of a message where ours stood. */
  confirm(ours, item) {
    ours.pending = false;
    this.items[this.items.indexOf(ours)] = item;
  }

  /** Take an item away. */
  remove(id) {
    this.items = this.items.filter((item) => item.id !== id);
  }

  /** Take everything after an item away, as the server does before it answers anew. */
  removeAfter(id) {
    const at = this.items.findIndex((item) => item.id === id);
    if (at >= 0) this.items = this.items.slice(0, at + 1);
  }

  /** Take away answers that were begun and got no word; the server keeps none of them either. */
  dropEmpty() {
    const empty = ({ type, content }) => type === "assistant_message" && !content.some(({ text }) => text.trim());
    this.items = this.items.filter((item) => !empty(item));
  }

  /** Return the newest item for which `test` holds, if there is one. */
  last(test) {
    return this.items.findLast(test);
  }

  /** Do what an event about items says; others, also those of a later SDK, are left alone. */
  apply(event) {
    switch (event.type) {
      case "thread.item.added":
      case "thread.item.done":
      case "thread.item.replaced":
        return this.#put(event.item);
      case "thread.item.removed":
        return this.remove(event.item_id);
      case "thread.item.updated":
        return this.#update(event.item_id, event.update);
    }
  }

  #put(item) {
    const at = this.items.findIndex(({ id }) => id === item.id);
    if (at < 0) this.items.push(item);
    else this.items[at] = item;
    this.#touch(item.id);
  }

  #update(id, update) {
    const item = this.items.find((each) => each.id === id);
    if (!item) return;
    UPDATES[update.type]?.(item, update);
    this.#touch(id);
  }

  #touch(id) {
    this.#versions.set(id, this.version(id) + 1);
  }
}

/** Return the part of a message that an update is about; it may come before the part was added. */
function part(item, index) {
  while (item.content.length <= index) item.content.push({ type: "output_text", text: "", annotations: [] });
  return item.content[index];
}

const UPDATES = {
  "assistant_message.content_part.added": (item, { content_index, content }) => {
    Object.assign(part(item, content_index), content);
  },
  "assistant_message.content_part.text_delta": (item, { content_index, delta }) => {
    part(item, content_index).text += delta;
  },
  "assistant_message.content_part.annotation_added": (item, { content_index, annotation_index, annotation }) => {
    (part(item, content_index).annotations ??= []).splice(annotation_index, 0, annotation);
  },
  "assistant_message.content_part.done": (item, { content_index, content }) => {
    Object.assign(part(item, content_index), content);
  },
  "workflow.task.added": (item, { task_index, task }) => item.workflow.tasks.splice(task_index, 0, task),
  "workflow.task.updated": (item, { task_index, task }) => (item.workflow.tasks[task_index] = task),
  "generated_image.updated": (item, { image }) => (item.image = image),
  "widget.root.updated": (item, { widget }) => (item.widget = widget),
  "widget.component.updated": (item, { component_id, component }) => {
    const found = findComponent(item.widget, component_id);
    if (found) Object.assign(found, component);
  },
  "widget.streaming_text.value_delta": (item, { component_id, delta }) => {
    const found = findComponent(item.widget, component_id);
    if (found) found.value = (found.value ?? "") + delta;
  },
};

/** Find a component of a widget by its id, at any depth. */
function findComponent(widget, id) {
  if (widget?.id === id) return widget;
  for (const child of [widget?.children ?? []].flat()) {
    const found = findComponent(child, id);
    if (found) return found;
  }
  return null;
}
