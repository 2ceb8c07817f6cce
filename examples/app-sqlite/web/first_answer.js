/** Wait for a server's first answer before anything else is asked of it. */

/**
 * Whoever comes without a cookie is a new visitor, and the answer brings the cookie. Two requests
 * at once would be two visitors: the browser keeps one of them, and what the other said is lost.
 */
export class FirstAnswer {
  #first = null;

  /** Call `send`, which returns a response; until one of them was good, one after the other. */
  async after(send) {
    while (this.#first) {
      if (await this.#first) return send();
    }
    const sent = send();
    const first = sent.then(({ ok }) => ok, () => false);
    this.#first = first;
    // An error may have come without a cookie: the next one to ask is the first again.
    if (!(await first)) this.#first = null;
    return sent;
  }
}
