/** Tell a screen reader what happens: that an answer is on its way, and the whole of it once. */

import { h } from "./dom.js";
import { MarkdownView } from "./markdown_view.js";

/** A live region that speaks at the turns of a conversation, not at each token. */
export class Announcer {
  #busy = false;

  constructor(session) {
    this.element = h("div", { class: "hidden-label", role: "status", "aria-live": "polite" });
    session.addEventListener("turn", ({ detail: { conversation, stopped } }) => {
      if (conversation === session.current) this.#ended(conversation, stopped);
    });
    session.addEventListener("change", () => this.#look(session.current));
  }

  /** Say something. */
  say(text) {
    this.element.textContent = text;
  }

  #look({ turn }) {
    if (turn && !this.#busy) this.say("The assistant is answering.");
    this.#busy = turn !== null;
  }

  #ended(conversation, stopped) {
    const answer = conversation.timeline.items.at(-1);
    if (stopped) return this.say("Stopped.");
    if (conversation.problem) return this.say(""); // the alert speaks
    if (answer?.type !== "assistant_message") return this.say("Done.");
    this.say(`The assistant: ${spoken(answer)}`);
  }
}

/** Return an answer's words without the signs of its Markdown. */
function spoken({ content }) {
  const view = new MarkdownView();
  view.update(content.map(({ text }) => text).join("\n\n"));
  return [...view.element.children].map(({ textContent }) => textContent).join("\n");
}
