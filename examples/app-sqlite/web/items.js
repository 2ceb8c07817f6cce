/** Show one item of a thread; messages.js shows them all. */

import { h, icon, iconButton, set } from "./dom.js";
import { formView } from "./form.js";
import { safeUrl, linkAttributes } from "./links.js";
import { MarkdownView } from "./markdown_view.js";
import { sourcesView } from "./sources.js";
import { widgetView } from "./widget.js";
import { taskView, workflowView } from "./workflow.js";

// Items that carry no words for the reader.
export const SILENT = new Set(["client_tool_call", "end_of_turn", "hidden_context_item", "sdk_hidden_context"]);

const VIEWS = {
  user_message: userMessage,
  assistant_message: assistantMessage,
  structured_input: formView,
  widget: widgetView,
  workflow: workflowView,
  task: taskView,
  generated_image: generatedImage,
};

/**
 * Build `{element, update}` for an item of any type, in a list item of its own.
 *
 * `conversation` is asked for what the user may do; a type that a later SDK brings is named, so
 * that the reader knows that something is there.
 */
export function itemView(item, conversation) {
  const view = (VIEWS[item.type] ?? unknown)(item, conversation);
  const element = h("li", { class: `item item-${item.type}`, "data-item": item.id }, view.element);
  let shown = null;
  return {
    element,
    update(current) {
      const state = `${conversation.timeline.version(current.id)} ${view.depends?.(current) ?? ""}`;
      if (state === shown) return;
      shown = state;
      view.update(current);
    },
  };
}

function userMessage(item) {
  const text = h("div", { class: "text" });
  const files = h("ul", { class: "files", "aria-label": "Attachments" });
  const quote = h("blockquote", { class: "quoted" });
  const speaker = h("span", { class: "hidden-label" }, "You: ");
  return {
    element: h("div", { class: "bubble" }, speaker, quote, text, files),
    update({ content, attachments = [], quoted_text }) {
      text.textContent = content.map((part) => part.text).join("");
      text.hidden = text.textContent === "";
      quote.textContent = quoted_text ?? "";
      quote.hidden = !quoted_text;
      files.replaceChildren(...attachments.map((file) => h("li", {}, attachment(file))));
      files.hidden = attachments.length === 0;
    },
  };
}

/** Build the chip of an attachment, with its picture where the server shows one. */
function attachment({ name, preview_url }) {
  const chip = h("span", { class: "chip" }, icon("file"), h("span", { class: "name" }, name));
  const url = preview_url && safeUrl(preview_url);
  if (url) {
    const picture = h("img", { src: url, alt: "", class: "preview" });
    picture.addEventListener("load", () => chip.firstChild.replaceWith(picture), { once: true });
  }
  return chip;
}

function assistantMessage(item, conversation) {
  const body = h("div", { class: "answer" });
  const sources = sourcesView();
  const actions = toolbar(item, conversation);
  const parts = [];
  return {
    element: h("div", {}, h("span", { class: "hidden-label" }, "Assistant: "), body, sources.element, actions.element),
    depends: () => actions.state(),
    update({ content }) {
      for (const [index, part] of content.entries()) {
        if (!parts[index]) body.append((parts[index] = new MarkdownView()).element);
        parts[index].update(part.text);
      }
      while (parts.length > content.length) parts.pop().element.remove();
      sources.update(content.flatMap(({ annotations }) => annotations ?? []));
      actions.update(content.map(({ text }) => text).join("\n\n"));
    },
  };
}

/** Build what can be done with an answer: copy it, rate it, have it written anew. */
function toolbar({ id }, conversation) {
  let text = "";
  const copy = iconButton("copy", "Copy answer", { hidden: !navigator.clipboard }); // https only
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    copy.replaceChildren(icon("check"));
    copy.addEventListener("blur", () => copy.replaceChildren(icon("copy")), { once: true });
  });
  const rate = (name, label, kind) =>
    iconButton(name, label, { "data-kind": kind, onclick: () => conversation.rate({ id }, kind) });
  const ratings = [rate("thumbUp", "Good answer", "positive"), rate("thumbDown", "Bad answer", "negative")];
  const again = iconButton("retry", "Answer again", { class: "icon-button again", onclick: () => conversation.retry() });
  const element = h("div", { class: "actions", role: "group", "aria-label": "This answer" }, copy, ratings, again);
  const writing = () => conversation.turn !== null && conversation.timeline.items.at(-1)?.id === id;
  const latest = () => conversation.timeline.last(({ type }) => type === "assistant_message")?.id === id;
  return {
    element,
    state: () => `${writing()} ${latest()} ${conversation.feedback.get(id)} ${Boolean(conversation.retryable)}`,
    update(current) {
      text = current;
      element.hidden = writing();
      again.hidden = !latest() || !conversation.retryable;
      for (const button of ratings) set(button, { "aria-pressed": String(button.dataset.kind === conversation.feedback.get(id)) });
    },
  };
}

/** Show a picture that the server made; one from elsewhere stays a link, for nothing is loaded from there. */
function generatedImage() {
  const element = h("div", { class: "picture" });
  return {
    element,
    update({ image }) {
      const url = image && safeUrl(image.url);
      if (!url) element.replaceChildren("The picture is being made …");
      else if (new URL(url).origin === location.origin) element.replaceChildren(h("img", { src: url, alt: "Generated picture" }));
      else element.replaceChildren(h("a", linkAttributes(url), "Open the picture"));
    },
  };
}

function unknown() {
  const element = h("p", { class: "unknown" }, "Something that this page cannot show.");
  return { element, update: () => undefined };
}
