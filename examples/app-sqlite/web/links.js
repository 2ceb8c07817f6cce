/** Decide which addresses may become links. */

const SAFE = new Set(["http:", "https:", "mailto:"]);

/**
 * Return the address in its parsed form when it is http, https or mailto, else null.
 *
 * The browser's own URL parser decides: it sees through `java\nscript:`, entities and odd case,
 * and what is put into `href` is what it understood, not what was written.
 */
export function safeUrl(address, base = document.baseURI) {
  try {
    const url = new URL(address, base);
    return SAFE.has(url.protocol) ? url.href : null;
  } catch (error) {
    if (error instanceof TypeError) return null; // not an address at all
    throw error;
  }
}

/** Return the attributes of a link to a safe address, opened without handing our window over. */
export function linkAttributes(href) {
  return { href, target: "_blank", rel: "noopener noreferrer" };
}
