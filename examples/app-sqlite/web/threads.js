/** List the user's conversations: open, rename and delete them. */

import { confirmDeletion } from "./confirm.js";
import { h, iconButton, KeyedList, set } from "./dom.js";

/** Return the words for a thread that has no title yet. */
export function titleOf(thread) {
  return thread?.title || "New conversation";
}

/** The list beside or above the conversation. */
export class Threads {
  #session;
  #chosen;
  #list;

  /** `chosen` is called when the user has gone to a conversation. */
  constructor(session, chosen) {
    this.#session = session;
    this.#chosen = chosen;
    const list = h("ul");
    this.#list = new KeyedList(list, (thread) => this.#row(thread));
    this.none = h("p", { class: "none" }, "No conversations yet.");
    this.problem = h("p", { class: "problem", role: "alert", hidden: true });
    this.more = h("button", { type: "button", class: "button", onclick: () => session.loadThreads() }, "Show more");
    this.element = h("nav", { class: "threads", id: "threads", tabindex: -1, "aria-label": "Conversations", hidden: true },
      h("h3", {}, "Conversations"), this.problem, this.none, list, this.more);
  }

  /** Bring the list up to date. */
  render() {
    const { threads, more, problem } = this.#session;
    this.#list.show(threads);
    this.none.hidden = threads.length > 0 || more.loading || problem !== null;
    this.more.hidden = !more.hasMore;
    this.problem.hidden = problem === null;
    if (this.problem.textContent !== (problem ?? "")) this.problem.textContent = problem ?? "";
  }

  /** Put the focus on the open conversation, or on the first. */
  focus() {
    (this.element.querySelector('[aria-current="true"]') ?? this.element.querySelector("button"))?.focus();
  }

  #row(first) {
    let thread = first;
    const title = h("span", { class: "name" });
    const time = h("time");
    const open = h("button", { type: "button", class: "open", onclick: () => this.#open(thread) }, title, time);
    const rename = iconButton("edit", "", { onclick: () => this.#rename(element, thread, rename) });
    const remove = iconButton("trash", "", { onclick: () => this.#delete(element, thread) });
    const element = h("li", {}, open, rename, remove);
    return {
      element,
      update: (now) => {
        thread = now;
        const name = titleOf(now);
        title.textContent = name;
        set(time, { datetime: now.created_at });
        time.textContent = when(new Date(now.created_at));
        set(open, { "aria-current": now.id === this.#session.current.thread?.id ? "true" : null });
        set(rename, { "aria-label": `Rename “${name}”`, title: "Rename" });
        set(remove, { "aria-label": `Delete “${name}”`, title: "Delete" });
      },
    };
  }

  async #open({ id }) {
    const opened = this.#session.open(id);
    this.#chosen();
    await opened;
  }

  /** Put a text field in the row's place: Enter saves, Escape and leaving it do not. */
  #rename(row, thread, button) {
    const field = h("input", { type: "text", value: thread.title ?? "", maxlength: 200, "aria-label": "New title" });
    const form = h("form", { class: "rename" }, field, iconButton("check", "Save title", { type: "submit" }));
    const close = () => {
      if (!row.classList.contains("renaming")) return; // removing the form takes its focus, too
      row.classList.remove("renaming");
      form.remove();
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const title = field.value.trim();
      close();
      button.focus();
      if (title && title !== thread.title) this.#session.rename(thread.id, title);
    });
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
      button.focus();
    });
    form.addEventListener("focusout", ({ relatedTarget }) => !form.contains(relatedTarget) && close());
    row.classList.add("renaming");
    row.append(form);
    field.select();
  }

  async #delete(row, thread) {
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    if (!(await confirmDeletion(row, titleOf(thread)))) return;
    await this.#session.delete(thread.id);
    (neighbour?.querySelector(".open") ?? this.element).focus();
  }
}

/** Say when a thread was begun, as exactly as a list needs it. */
function when(date) {
  const today = new Date().toDateString() === date.toDateString();
  const style = today ? { hour: "numeric", minute: "2-digit" } : { day: "numeric", month: "short" };
  return date.toLocaleString(undefined, style);
}
