/** Remember one string across reloads, where the browser allows it. */

/** A value in the page's local storage; without storage it lasts as long as the page. */
export class Memory {
  #key;
  #value = null;

  constructor(key) {
    this.#key = key;
  }

  /** The string, or null. */
  get value() {
    return withStorage((storage) => storage.getItem(this.#key)) ?? this.#value;
  }

  set value(value) {
    this.#value = value;
    withStorage((storage) => (value === null ? storage.removeItem(this.#key) : storage.setItem(this.#key, value)));
  }
}

/** Use local storage; returns null where the user or a full disk forbids it. */
function withStorage(use) {
  try {
    return use(window.localStorage);
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}
