/** Ask the user what the assistant wants to know: a structured input item as a form. */

import { h } from "./dom.js";

/** Build `{element, update(item)}`: a form while the item is pending, afterwards the answers. */
export function formView(_item, conversation) {
  const element = h("div", { class: "questions" });
  return {
    element,
    depends: () => conversation.turn !== null,
    update(item) {
      const pending = item.status === "pending";
      element.replaceChildren(pending ? form(item, conversation) : answers(item));
    },
  };
}

function form(item, conversation) {
  const disabled = conversation.turn !== null;
  const element = h("form", {}, item.inputs.map(question));
  const skip = h("button", { type: "button", class: "button", disabled, onclick: () => conversation.answerForm(item, null) }, "Skip");
  element.append(h("div", { class: "row" }, h("button", { class: "button primary", disabled }, "Answer"), skip));
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    conversation.answerForm(item, collect(item.inputs, new FormData(element)));
  });
  return element;
}

function question(input) {
  if (input.type !== "multiple_choice") {
    const hint = input.description && h("small", {}, input.description);
    return h("label", { class: "question" }, h("span", {}, input.question), hint, h("input", { name: input.id, type: "text" }));
  }
  const type = input.multiple ? "checkbox" : "radio";
  const options = input.options.map(({ value }) => h("label", {}, h("input", { type, name: input.id, value }), value));
  const other = h("label", {}, "Something else: ", h("input", { type: "text", name: `${input.id} other` }));
  return h("fieldset", { class: "question" }, h("legend", {}, input.question), options, other);
}

/** Return the answers by question, in the protocol's form; what is empty counts as skipped. */
function collect(inputs, data) {
  const answer = ({ id }) => {
    const other = String(data.get(`${id} other`) ?? "").trim();
    const values = [...(other ? [other] : []), ...data.getAll(id).map((value) => String(value).trim()).filter(Boolean)];
    return { values, skipped: values.length === 0 };
  };
  return Object.fromEntries(inputs.map((input) => [input.id, answer(input)]));
}

function answers({ inputs }) {
  const said = ({ answer }) => (answer && !answer.skipped ? answer.values.join(", ") : "Skipped");
  return h("dl", {}, inputs.flatMap((input) => [h("dt", {}, input.question), h("dd", {}, said(input))]));
}
