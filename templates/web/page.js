/** Know the page around the chat: chapter, lesson, and what the reader has selected there. */

import { sessionId } from "./memory.js";

// Characters. The server refuses more; a selection's beginning says what it is about.
const MAX_SELECTION = 4000;
const MAX_LESSON = 200;

/** The page that the chat stands in. */
export class Page extends EventTarget {
  #host;
  #root;
  #describe;
  #selected = "";
  #sessionId = sessionId();

  /**
   * Watch the document around `host`, whose shadow root is `root`.
   *
   * `describe` returns `{chapter, lesson}` of the page as it is now; a page that changes its URL
   * without a reload is asked anew for each request.
   */
  constructor(host, root, describe, signal) {
    super();
    this.#host = host;
    this.#root = root;
    this.#describe = describe;
    document.addEventListener("selectionchange", () => this.#look(), { signal });
  }

  /** The text that is selected on the page, outside the chat. */
  get selectedText() {
    return this.#selected;
  }

  /** Leave the selection out of what is sent; what is highlighted on the page stays so. */
  forget() {
    this.#remember("");
  }

  /** Return what each request tells about the page. */
  metadata() {
    return {
      page_context: pageContext(this.#describe()),
      session_id: this.#sessionId,
      context_mode: this.#selected ? "selected_text" : "page",
      ...(this.#selected && { selected_text: this.#selected }),
    };
  }

  #look() {
    const selection = document.getSelection();
    // Selecting in the chat, or putting the caret into its text field, is no statement about the
    // page: what was selected there before still counts.
    if (!selection || this.#touchesChat(selection)) return;
    this.#remember(selection.isCollapsed ? "" : cut(selection.toString().trim(), MAX_SELECTION));
  }

  #touchesChat(selection) {
    // Where shadow trees cannot be seen through, the focus has to tell.
    if (!selection.getComposedRanges) {
      return document.activeElement === this.#host || selection.containsNode(this.#host, true);
    }
    const [range] = selection.getComposedRanges({ shadowRoots: [this.#root] });
    if (!range) return false;
    const ends = [range.startContainer, range.endContainer];
    if (ends.some((node) => this.#host.contains(node) || this.#root.contains(node))) return true;
    // From above the chat to below it, as "select all" does.
    return !range.collapsed && selection.containsNode(this.#host, true);
  }

  #remember(text) {
    if (text === this.#selected) return;
    this.#selected = text;
    this.dispatchEvent(new Event("change"));
  }
}

/** Return a page's place in the protocol's form; what is no chapter's number counts as unknown. */
export function pageContext({ chapter, lesson }) {
  return {
    current_chapter: /^\d{1,5}$/.test(chapter ?? "") ? Number(chapter) : null,
    current_lesson: lesson ? cut(String(lesson), MAX_LESSON) : null,
  };
}

/**
 * Return the first characters of a text, counted as the server does: an emoji is one.
 *
 * Half of one, from a cut or from the page itself, is no text: the server would refuse it.
 */
function cut(text, most) {
  const characters = Array.from(text.slice(0, 2 * most)).slice(0, most);
  return characters.join("").replace(/\p{Surrogate}/gu, "\ufffd");
}

/** Read chapter and lesson from a URL's query: `?chapter=3&lesson=loops`. */
export function describeUrl(url = new URL(location.href)) {
  return { chapter: url.searchParams.get("chapter"), lesson: url.searchParams.get("lesson") };
}
