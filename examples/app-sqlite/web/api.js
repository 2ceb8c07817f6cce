/** Speak the ChatKit protocol: one URL, the request's type in the body, JSON or a stream back. */

import { FirstAnswer } from "./first_answer.js";
import { readEvents } from "./sse.js";

/** A request that failed; `message` is fit for the user, `retryable` says whether again may help. */
export class RequestFailed extends Error {
  constructor(message, { status = 0, code = "network", retryable = true } = {}) {
    super(message);
    this.name = "RequestFailed";
    this.status = status;
    this.code = code;
    this.retryable = retryable;
  }
}

/** The connection to one server. */
export class Client {
  #endpoint;
  #features;
  #first = new FirstAnswer();
  #headers;
  #metadata;

  /**
   * Connect to the server at `server`, a URL.
   *
   * `headers` is asked before each request, for a bearer token; `metadata` tells where the user is.
   */
  constructor({ server, headers = () => ({}), metadata = () => ({}) }) {
    this.#endpoint = new URL("chatkit", server);
    this.#features = new URL("features", server);
    this.#headers = headers;
    this.#metadata = metadata;
  }

  /** Ask for something that is answered at once, and return the parsed answer. */
  async call(type, params) {
    return (await this.#post(type, params)).json();
  }

  /** Ask for something that is answered by a stream, and yield its events. */
  async *stream(type, params, signal) {
    const response = await this.#post(type, params, signal);
    try {
      for await (const { data } of readEvents(response.body)) yield JSON.parse(data);
    } catch (error) {
      if (signal.aborted) throw error;
      throw new RequestFailed("The connection was lost before the answer was complete.");
    }
  }

  /** Return what this server offers besides talking; a server that does not say offers nothing. */
  async features() {
    const response = await this.#fetch(this.#features, {});
    return response.ok ? response.json() : {};
  }

  /** Send a file to the address that the server gave for it. */
  async upload({ url, method, headers }, file, signal) {
    const type = file.type || "application/octet-stream";
    const init = { method, headers: { "content-type": type, ...headers }, body: file, signal };
    await accepted(await this.#fetch(new URL(url), init));
  }

  async #post(type, params, signal) {
    const init = {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ type, params, metadata: this.#metadata() }),
      signal,
    };
    return accepted(await this.#first.after(() => this.#fetch(this.#endpoint, init)));
  }

  async #fetch(url, init) {
    // Our own headers stay with our server: an upload URL may belong to a storage service.
    const ours = url.origin === this.#endpoint.origin;
    const headers = { ...init.headers, ...(ours ? await this.#headers() : {}) };
    try {
      return await fetch(url, { ...init, headers, credentials: ours ? "include" : "omit" });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new RequestFailed("The assistant cannot be reached. Check your connection.");
    }
  }
}

/** Return a response that succeeded; raises RequestFailed with what the server said otherwise. */
async function accepted(response) {
  if (response.ok) return response;
  const { status } = response;
  const said = await response.json().catch(() => ({}));
  const { code = `http_${status}`, message } = said.error ?? {};
  throw new RequestFailed(explained(status, response.headers.get("retry-after")) ?? message ?? "Something went wrong.", {
    status,
    code,
    retryable: status === 429 || status >= 500,
  });
}

/** Return our words for the answers that a user meets, or null for the server's own. */
function explained(status, retryAfter) {
  if (status === 401) return "You are signed out. Reload the page to sign in again.";
  if (status !== 429) return null;
  const wait = Number(retryAfter) > 0 ? `in ${Math.ceil(Number(retryAfter))} s` : "in a moment";
  return `That was a lot of messages. Try again ${wait}.`;
}
