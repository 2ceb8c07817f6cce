/** Attach files in two steps: announce each to the server, then send it where the server says. */

import { RequestFailed } from "./api.js";
import { h, icon, iconButton, KeyedList } from "./dom.js";

let count = 0;

/** The files that will go with the next message; fires "change" when one comes, goes or is ready. */
export class Uploads extends EventTarget {
  #client;
  #offer = null;
  #files = [];
  #list;

  constructor(client) {
    super();
    this.#client = client;
    this.element = h("ul", { class: "chips", "aria-label": "Attached files", hidden: true });
    this.input = h("input", { type: "file", multiple: true, hidden: true, tabindex: -1, "aria-hidden": "true" });
    this.button = iconButton("attach", "Attach files", { hidden: true, onclick: () => this.input.click() });
    this.#list = new KeyedList(this.element, (file) => this.#chip(file));
    this.input.addEventListener("change", () => {
      this.add(this.input.files);
      this.input.value = ""; // so that the same file can be chosen again
    });
  }

  /** Offer to attach what the server takes: `{mime_types, max_bytes}`, or null for nothing. */
  offer(offer) {
    this.#offer = offer ?? null;
    this.button.hidden = this.#offer === null;
    this.input.accept = this.#offer?.mime_types?.join(",") ?? "";
  }

  /** Tell whether a file is still on its way. */
  get busy() {
    return this.#files.some(({ state }) => state === "uploading");
  }

  /** The attachments that the server has. */
  get ready() {
    return this.#files.filter(({ state }) => state === "ready").map(({ attachment }) => attachment);
  }

  /** Upload files, unless the server takes none. */
  add(files) {
    if (!this.#offer) return;
    for (const file of files) {
      const entry = { id: `file-${++count}`, file, state: "uploading", problem: null, controller: new AbortController() };
      this.#files.push(entry);
      this.#upload(entry);
    }
    this.#changed();
  }

  /** Hand the finished attachments over and begin anew. */
  take() {
    const taken = this.ready;
    this.#files = [];
    this.#changed();
    return taken;
  }

  /** Put attachments back that could not be sent. */
  restore(attachments) {
    const entries = attachments.map((attachment) => ({ id: `file-${++count}`, state: "ready", attachment, file: attachment }));
    this.#files.unshift(...entries);
    this.#changed();
  }

  async #upload(entry) {
    const { file, controller } = entry;
    try {
      const limit = this.#offer.max_bytes;
      if (limit && file.size > limit) throw new RequestFailed(`larger than ${Math.floor(limit / 1_048_576)} MB`);
      const mime_type = file.type || "application/octet-stream";
      entry.attachment = await this.#client.call("attachments.create", { name: file.name, size: file.size, mime_type });
      if (entry.attachment.upload_descriptor) {
        await this.#client.upload(entry.attachment.upload_descriptor, file, controller.signal);
      }
      entry.state = "ready";
    } catch (error) {
      if (controller.signal.aborted) return;
      if (!(error instanceof RequestFailed)) throw error;
      entry.state = "failed";
      entry.problem = error.message;
    } finally {
      this.#changed();
    }
  }

  #remove(entry) {
    entry.controller?.abort();
    this.#files = this.#files.filter((each) => each !== entry);
    const { attachment } = entry;
    // Nobody waits for it: a file that stays behind is the server's to clear away.
    if (attachment) this.#client.call("attachments.delete", { attachment_id: attachment.id }).catch(() => undefined);
    this.#changed();
    this.button.focus();
  }

  #chip(entry) {
    const name = h("span", { class: "name" }, entry.file.name);
    const state = h("span", { class: "state", role: "status" });
    const remove = iconButton("close", `Remove ${entry.file.name}`, { onclick: () => this.#remove(entry) });
    const element = h("li", { class: "chip" }, icon("file"), name, state, remove);
    return {
      element,
      update({ state: now, problem }) {
        element.dataset.state = now;
        const text = { uploading: "uploading …", failed: problem, ready: "" }[now];
        if (state.textContent !== text) state.textContent = text;
      },
    };
  }

  #changed() {
    this.#list.show(this.#files);
    this.element.hidden = this.#files.length === 0;
    this.dispatchEvent(new Event("change"));
  }
}
