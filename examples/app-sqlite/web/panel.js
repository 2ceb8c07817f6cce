/** The chat's frame: title bar, thread list, and where it stands: in the page or floating above it. */

import { h, icon, iconButton, set } from "./dom.js";
import { titleOf } from "./threads.js";

const FOCUSABLE = "a[href], button, input:not([hidden]), textarea, summary, [tabindex='0']";

/** A panel around the parts of a chat. */
export class Panel {
  #host;
  #session;
  #threads;
  #composer;
  #floating = false;

  constructor(host, title, session, { threads, messages, composer, announcer }) {
    this.#host = host;
    this.#session = session;
    this.#threads = threads;
    this.#composer = composer;
    this.launcher = h("button", { type: "button", class: "launcher", "aria-controls": "panel", onclick: () => this.toggle() },
      icon("chat"), h("span", {}, title));
    this.history = iconButton("history", "Conversations", { "aria-controls": "threads", onclick: () => this.showThreads(this.#threads.element.hidden) });
    this.title = h("h2", { class: "title" });
    const create = iconButton("new", "New conversation", { onclick: () => this.#create() });
    this.close = iconButton("close", "Close the chat", { onclick: () => this.toggle(false) });
    const bar = h("header", { class: "bar" }, this.history, this.title, create, this.close);
    const talk = h("div", { class: "talk" }, messages.element, composer.element);
    const body = h("div", { class: "body" }, threads.element, talk);
    this.element = h("section", { class: "panel", id: "panel", "aria-label": title }, bar, body, announcer.element);
    this.element.addEventListener("keydown", (event) => this.#key(event));
    talk.addEventListener("pointerdown", () => this.#threadsCover() && this.showThreads(false, null));
    this.showThreads(false, null);
  }

  /** Bring the title bar up to date. */
  render() {
    const { thread } = this.#session.current;
    this.title.textContent = thread ? titleOf(thread) : this.element.getAttribute("aria-label");
  }

  /** Float above the page, behind a button, or stand in the page where the host does. */
  float(floating) {
    this.#floating = floating;
    set(this.#host, { floating });
    set(this.element, { role: floating ? "dialog" : null });
    this.launcher.hidden = !floating;
    this.close.hidden = !floating;
    this.#setOpen(!floating);
  }

  /** Open or close the floating panel; the focus goes where the user goes on. */
  toggle(open = this.element.hidden) {
    this.#setOpen(open);
    if (open) this.#composer.field.focus();
    else this.launcher.focus();
  }

  /** Show or hide the thread list and put the focus into it, or where `focus` says. */
  showThreads(show, focus = show ? this.#threads : this.history) {
    this.#threads.element.hidden = !show;
    set(this.history, { "aria-expanded": String(show) });
    focus?.focus();
  }

  /** Tell whether the thread list lies above the talk, and not beside it as in a wide panel. */
  #threadsCover() {
    return getComputedStyle(this.#threads.element).position === "absolute";
  }

  #setOpen(open) {
    this.element.hidden = !open;
    set(this.element, { "aria-modal": this.#coversPage() ? "true" : null });
    set(this.launcher, { "aria-expanded": String(open) });
    set(this.#host, { open });
  }

  #create() {
    this.#session.create();
    this.showThreads(false, this.#composer.field);
  }

  #key(event) {
    if (event.key === "Escape") this.#escape(event);
    else if (event.key === "Tab" && this.#coversPage()) this.#keepFocus(event);
  }

  /** Close what is on top: the thread list first, then the floating panel. */
  #escape(event) {
    if (!this.#threads.element.hidden) this.showThreads(false);
    else if (this.#floating) this.toggle(false);
    else return;
    event.stopPropagation();
  }

  #coversPage() {
    return this.#floating && !this.element.hidden && this.element.clientWidth >= document.documentElement.clientWidth;
  }

  /** Let the focus go round inside: behind a panel that covers the page there is nothing to see. */
  #keepFocus(event) {
    const stops = [...this.element.querySelectorAll(FOCUSABLE)].filter((each) => each.checkVisibility() && !each.disabled);
    const [first, last] = event.shiftKey ? [stops.at(-1), stops[0]] : [stops[0], stops.at(-1)];
    if (this.#host.shadowRoot.activeElement !== last) return;
    event.preventDefault();
    first.focus();
  }
}
