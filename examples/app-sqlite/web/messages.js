/** Show a conversation: its items, what is going on, and what went wrong. */

import { h, icon, iconButton, KeyedList } from "./dom.js";
import { itemView, SILENT } from "./items.js";
import { MarkdownView } from "./markdown_view.js";
import { Scroller } from "./scroller.js";

/** The middle of the chat. */
export class Messages {
  #session;
  #shown = null;
  #list = null;
  #prompts;

  /** `ask` sends one of the `prompts` that an empty conversation offers. */
  constructor(session, { greeting, prompts, ask }) {
    this.#session = session;
    this.#prompts = h("div", { class: "prompts" }, prompts.map((text) => prompt(text, ask)));
    this.earlier = h("button", { type: "button", class: "button earlier" }, "Load earlier messages");
    this.empty = h("div", { class: "empty" }, h("p", { class: "greeting" }, greeting), this.#prompts);
    // The list is no live region: announcer.js reads an answer once, when it is complete.
    this.items = h("ol", { class: "items" });
    this.log = h("div", { class: "log", role: "log", "aria-live": "off", "aria-label": "Messages" }, this.items);
    this.unanswered = h("button", { type: "button", class: "button unanswered", onclick: () => this.#session.current.retry() },
      icon("retry"), "Get an answer");
    this.progress = h("p", { class: "progress", hidden: true });
    this.notices = h("div", { class: "notices", role: "status" });
    this.problem = h("div", { class: "problem-place", role: "alert" });
    this.scroller = new Scroller([this.empty, this.earlier, this.log, this.unanswered, this.progress, this.notices, this.problem]);
    this.element = this.scroller.element;
    this.earlier.addEventListener("click", () => this.#session.current.loadEarlier());
    this.scroller.onTop(this.earlier, () => this.#session.current.loadEarlier());
  }

  /** Bring what is shown up to date. */
  render() {
    const { current } = this.#session;
    if (current !== this.#shown) this.#begin(current);
    const visible = current.timeline.items.filter(({ type }) => !SILENT.has(type));
    this.scroller.around(() => {
      this.#list.show(visible);
      this.empty.hidden = this.#session.starting || visible.length > 0 || current.earlier.hasMore || current.turn !== null;
      this.earlier.hidden = !current.earlier.hasMore;
      this.earlier.setAttribute("aria-disabled", String(current.earlier.loading));
      this.earlier.textContent = current.earlier.loading ? "Loading …" : "Load earlier messages";
      // Stopped before the first word, or left alone by an error that is gone since.
      this.unanswered.hidden = !current.retryable || visible.at(-1) !== current.retryable || current.problem !== null;
      this.#renderProgress(current.turn);
      this.#renderNotices(current);
      this.#renderProblem(current);
    });
  }

  #begin(conversation) {
    this.#shown = conversation;
    this.items.replaceChildren();
    this.#list = new KeyedList(this.items, (item) => itemView(item, conversation));
    this.scroller.follow();
  }

  #renderProgress(turn) {
    this.progress.hidden = turn === null || (turn.answering && turn.progress === null);
    const text = turn?.progress ?? "Thinking …";
    if (this.progress.textContent !== text) this.progress.textContent = text;
  }

  #renderNotices(conversation) {
    if (this.notices.childElementCount === 0 && conversation.notices.length === 0) return;
    this.notices.replaceChildren(...conversation.notices.map((notice) => noticeNode(notice, conversation)));
  }

  #renderProblem(conversation) {
    const { problem } = conversation;
    if (this.problem.problem === problem) return; // an alert that is built again is read again
    this.problem.problem = problem;
    this.problem.replaceChildren(...(problem ? [problemNode(problem, conversation)] : []));
  }
}

function prompt(text, ask) {
  return h("button", { type: "button", class: "prompt", onclick: () => ask(text) }, text);
}

function problemNode({ message, retry }, conversation) {
  const again = retry && h("button", { type: "button", class: "button", onclick: retry }, icon("retry"), "Try again");
  const dismiss = iconButton("close", "Dismiss", { onclick: () => conversation.dismiss() });
  return h("div", { class: "problem" }, icon("warning"), h("p", {}, message), again, dismiss);
}

function noticeNode(notice, conversation) {
  const text = new MarkdownView();
  text.update(notice.message);
  const title = notice.title && h("strong", {}, notice.title);
  const dismiss = iconButton("close", "Dismiss", { onclick: () => conversation.dismiss(notice) });
  return h("div", { class: `notice ${notice.level}` }, h("div", {}, title, text.element), dismiss);
}
