/**
 * Read server-sent events from a fetch body, as the HTML standard parses them.
 *
 * EventSource cannot send a POST, so the stream is parsed here. A network chunk ends anywhere: in
 * the middle of a frame, between CR and LF, or inside one UTF-8 character.
 */

/**
 * Yield `{type, data}` for each complete event of a byte stream.
 *
 * Leaving the loop early cancels the stream. An event without its closing blank line is dropped:
 * the connection broke before it was whole.
 */
export async function* readEvents(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new EventParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    // After an error the reader is unusable already, and cancelling it says so a second time.
    reader.cancel().catch(() => undefined);
  }
}

/** Turns pieces of text into events; holds what is incomplete until the rest comes. */
export class EventParser {
  #rest = "";
  #data = [];
  #type = "";

  /** Take the next piece and return the events that it completes. */
  push(text) {
    this.#rest += text;
    const events = [];
    for (let line = this.#takeLine(); line !== null; line = this.#takeLine()) {
      if (line !== "") this.#field(line);
      else if (this.#data.length > 0) events.push(this.#complete());
      else this.#type = "";
    }
    return events;
  }

  /** Cut the next whole line off the buffer, or return null. */
  #takeLine() {
    const end = this.#rest.search(/[\r\n]/);
    // A CR at the very end may be the first half of a CRLF: wait for what follows.
    if (end < 0 || (this.#rest[end] === "\r" && end + 1 === this.#rest.length)) return null;
    const line = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end + (this.#rest.startsWith("\r\n", end) ? 2 : 1));
    return line;
  }

  /** Take one line; comments and fields that fetch has no use for are ignored. */
  #field(line) {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#type = value;
  }

  /** Return the event that the fields so far make up, and begin the next. */
  #complete() {
    const event = { type: this.#type || "message", data: this.#data.join("\n") };
    this.#data = [];
    this.#type = "";
    return event;
  }
}
