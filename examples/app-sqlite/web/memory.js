/** Remember single strings across reloads, where the browser allows it. */

/**
 * A string in the browser's storage: `localStorage` keeps it, `sessionStorage` as long as the tab.
 *
 * Without storage it lasts as long as the page.
 */
export class Memory {
  #key;
  #area;
  #value = null;

  constructor(key, area = "localStorage") {
    this.#key = key;
    this.#area = area;
  }

  /** The string, or null. */
  get value() {
    return this.#try((storage) => storage.getItem(this.#key)) ?? this.#value;
  }

  set value(value) {
    this.#value = value;
    this.#try((storage) => (value === null ? storage.removeItem(this.#key) : storage.setItem(this.#key, value)));
  }

  #try(use) {
    return withStorage(this.#area, use);
  }
}

/** Return a random id that stays the same in this tab. */
export function sessionId() {
  const memory = new Memory("chat-session", "sessionStorage");
  memory.value ??= Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join("");
  return memory.value;
}

/** Use a storage; returns null where the user or a full disk forbids it. */
function withStorage(area, use) {
  try {
    return use(window[area]);
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}
