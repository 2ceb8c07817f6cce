/** Scroll as a reader expects: follow what is new at the end, stay put everywhere else. */

import { h, icon } from "./dom.js";

const NEAR = 48; // px from the end that still count as "at the end"

/** A scrolling area with a button that leads back to its end. */
export class Scroller {
  #following = true;

  constructor(children) {
    this.content = h("div", { class: "content" }, children);
    // Reached by the keyboard, so that arrow keys scroll it.
    this.area = h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "Conversation" }, this.content);
    this.jump = h("button", { type: "button", class: "jump", "aria-label": "Go to the latest message", hidden: true }, icon("down"));
    this.element = h("div", { class: "scroller" }, this.area, this.jump);
    this.area.addEventListener("scroll", () => this.#look(), { passive: true });
    this.jump.addEventListener("click", () => {
      this.follow();
      this.#toEnd();
    });
    // Also when the window or a code block changes its size.
    new ResizeObserver(() => this.#following && this.#toEnd()).observe(this.content);
    new ResizeObserver(() => this.#following && this.#toEnd()).observe(this.area);
  }

  /** Go along with the end from now on. */
  follow() {
    this.#following = true;
  }

  /** Change the content; who reads further up keeps the lines that are on the screen. */
  around(change) {
    const fromEnd = this.area.scrollHeight - this.area.scrollTop;
    const first = this.content.querySelector("[data-item]");
    change();
    if (this.#following) this.#toEnd();
    // Something was put in above: what was there has moved down by as much.
    else if (first?.isConnected && this.content.querySelector("[data-item]") !== first) {
      this.area.scrollTop = this.area.scrollHeight - fromEnd;
    }
  }

  /** Call `load` whenever `marker`, above the items, comes into sight. */
  onTop(marker, load) {
    const seen = ([entry]) => entry.isIntersecting && !this.#following && load();
    new IntersectionObserver(seen, { root: this.area, rootMargin: "200px 0px 0px" }).observe(marker);
  }

  #toEnd() {
    this.area.scrollTop = this.area.scrollHeight;
  }

  #look() {
    const left = this.area.scrollHeight - this.area.scrollTop - this.area.clientHeight;
    this.#following = left < NEAR;
    this.jump.hidden = this.#following;
  }
}
