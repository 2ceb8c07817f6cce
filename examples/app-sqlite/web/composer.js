/** Write a message: the text field, what goes along with it, and the button that sends or stops. */

import { h, icon, iconButton, set } from "./dom.js";

const MAX_ROWS = 8;

/** The foot of the chat. */
export class Composer {
  #session;
  #page;
  #uploads;
  #stops = null;

  constructor(session, page, uploads, { placeholder }) {
    this.#session = session;
    this.#page = page;
    this.#uploads = uploads;
    this.field = h("textarea", { rows: 1, placeholder, "aria-label": "Message", enterkeyhint: "send", class: "field" });
    this.button = h("button", { class: "send" });
    this.quoted = h("q", { class: "name" });
    const forget = iconButton("close", "Do not send the selected text", { onclick: () => this.#forget() });
    this.selection = h("div", { class: "selection", hidden: true }, icon("quote"), this.quoted, forget);
    this.reason = h("p", { class: "reason", hidden: true });
    const row = h("div", { class: "composer-row" }, uploads.button, this.field, this.button);
    this.element = h("form", { class: "composer", "aria-label": "Write a message" },
      this.reason, this.selection, uploads.element, uploads.input, row);
    this.#listen();
    this.render();
  }

  /** Bring the button and the field up to date. */
  render() {
    const { turn, thread } = this.#session.current;
    const locked = Boolean(thread?.status) && thread.status.type !== "active";
    this.#showButton(turn !== null);
    const idle = this.field.value.trim() === "" && this.#uploads.ready.length === 0;
    // aria-disabled keeps the button, and the focus on it, where they are.
    set(this.button, { "aria-disabled": String(turn ? !turn.allowCancel : idle || this.#uploads.busy || locked) });
    this.field.disabled = locked;
    // Where `field-sizing` is not known, the field grows by the lines that were typed.
    this.field.rows = Math.min(this.field.value.split("\n").length, MAX_ROWS);
    this.reason.hidden = !locked;
    this.reason.textContent = locked ? (thread.status.reason ?? "This conversation is closed.") : "";
    this.selection.hidden = this.#page.selectedText === "";
    this.quoted.textContent = this.#page.selectedText;
  }

  /** Send this text at once, as if it had been written here. */
  async send(text) {
    this.field.value = text;
    this.field.focus(); // the button that offered it goes away
    await this.#submit();
  }

  #listen() {
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#session.current.turn) this.#stop();
      else this.#submit();
    });
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.field.addEventListener("input", () => this.render());
    this.field.addEventListener("paste", ({ clipboardData }) => this.#uploads.add(clipboardData.files));
    this.element.addEventListener("dragover", (event) => event.preventDefault());
    this.element.addEventListener("drop", (event) => {
      if (event.dataTransfer.files.length === 0) return; // dropped text goes into the field
      event.preventDefault();
      this.#uploads.add(event.dataTransfer.files);
    });
    this.#page.addEventListener("change", () => this.render());
    this.#uploads.addEventListener("change", () => this.render());
  }

  #key(event) {
    // Enter that ends a composition (Japanese, Chinese, Korean) is not meant for us.
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (!this.#session.current.turn) this.#submit();
    } else if (event.key === "Escape" && this.#session.current.turn) {
      event.stopPropagation(); // else it would close the chat as well
      this.#stop();
    }
  }

  #stop() {
    if (this.#session.current.turn.allowCancel) this.#session.current.stop();
  }

  async #submit() {
    const conversation = this.#session.current;
    const text = this.field.value.trim();
    const empty = text === "" && this.#uploads.ready.length === 0;
    if (empty || conversation.turn || this.#uploads.busy || this.field.disabled) return;
    const attachments = this.#uploads.take();
    this.field.value = "";
    // No focus() here: putting the caret somewhere would clear what is selected in the chat.
    const sent = conversation.send({ text, attachments }, () => this.#submit());
    this.onSend?.();
    if (await sent) return;
    this.field.value = [text, this.field.value].filter(Boolean).join("\n");
    this.#uploads.restore(attachments);
    this.render();
  }

  #forget() {
    this.#page.forget();
    this.field.focus();
  }

  #showButton(stops) {
    if (stops === this.#stops) return;
    this.#stops = stops;
    const label = stops ? "Stop answering" : "Send message";
    set(this.button, { "aria-label": label, title: label });
    this.button.replaceChildren(icon(stops ? "stop" : "send"));
  }
}
