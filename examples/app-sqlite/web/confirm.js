/** Ask before something is gone for good. */

import { h } from "./dom.js";

/**
 * Ask whether to delete the named conversation; the browser's dialog traps the focus, closes on
 * Escape and gives the focus back.
 */
export function confirmDeletion(near, title) {
  const cancel = h("button", { class: "button", value: "cancel", autofocus: true }, "Keep");
  const confirm = h("button", { class: "button danger", value: "delete" }, "Delete");
  const question = h("p", { id: "question" }, `Delete “${title}” and everything in it?`);
  const form = h("form", { method: "dialog" }, question, h("div", { class: "row" }, cancel, confirm));
  const dialog = h("dialog", { class: "confirm", "aria-labelledby": "question" }, form);
  near.getRootNode().append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    // Keys pressed in here are not meant for what lies below.
    dialog.addEventListener("keydown", (event) => event.stopPropagation());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "delete");
    });
  });
}
