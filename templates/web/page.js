/** Know the page around the chat: chapter, lesson, and what the reader has selected there. */

// The server refuses more; a longer selection is cut, for its beginning says what it is about.
const MAX_SELECTION = 4000;

/** The page that the chat stands in. */
export class Page extends EventTarget {
  #host;
  #root;
  #describe;
  #selected = "";

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
    const { chapter, lesson } = this.#describe();
    const number = Number.parseInt(chapter ?? "", 10);
    return {
      page_context: {
        current_chapter: Number.isNaN(number) ? null : number,
        current_lesson: lesson || null,
      },
      context_mode: this.#selected ? "selected_text" : "page",
      ...(this.#selected && { selected_text: this.#selected }),
    };
  }

  #look() {
    const selection = document.getSelection();
    // Selecting in the chat, or putting the caret into its text field, is no statement about the
    // page: what was selected there before still counts.
    if (!selection || this.#touchesChat(selection) || document.activeElement === this.#host) return;
    this.#remember(selection.isCollapsed ? "" : selection.toString().trim().slice(0, MAX_SELECTION));
  }

  #touchesChat(selection) {
    const [range] = ranges(selection, this.#root);
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

/** Return the selection's ranges with shadow trees seen through, where the browser can. */
function ranges(selection, root) {
  if (selection.getComposedRanges) return selection.getComposedRanges({ shadowRoots: [root] });
  const inside = root.getSelection?.(); // Chromium before 137
  const seen = inside?.anchorNode ? inside : selection;
  return seen.rangeCount > 0 ? [seen.getRangeAt(0)] : [];
}

/** Read chapter and lesson from a URL's query: `?chapter=3&lesson=loops`. */
export function describeUrl(url = new URL(location.href)) {
  return { chapter: url.searchParams.get("chapter"), lesson: url.searchParams.get("lesson") };
}
