/** What the user has open: the list of threads and the conversation on the screen. */

import { Conversation } from "./conversation.js";
import { Memory } from "./memory.js";

const PAGE = 30;
// A title may be ready only after the stream; it is looked for a few times, in milliseconds.
const TITLE_DELAYS = [500, 2000, 5000];

/** Fires "change" for the list and for the conversation that is open. */
export class Session extends EventTarget {
  threads = [];
  more = { hasMore: false, after: null, loading: false };
  /** What went wrong with the list, or null. */
  problem = null;
  /** Whether the conversation of the last visit is still to come. */
  starting = false;
  #client;
  #host;
  #memory;
  // Conversations with a turn under way go on in the background and are found again here.
  #live = new Map();

  constructor(client, host, server) {
    super();
    this.#client = client;
    this.#host = host;
    this.#memory = new Memory(`chat-thread ${server}`);
    this.current = this.#conversation(null);
  }

  /** Load the list, and open the thread that was open before. */
  async start() {
    const id = this.#memory.value;
    this.starting = id !== null;
    await this.loadThreads();
    const untouched = !this.current.thread && !this.current.turn;
    if (id && !this.problem && untouched) await this.open(id);
    this.starting = false;
    this.#changed();
  }

  /** Load the next page of threads. */
  async loadThreads() {
    this.more.loading = true;
    this.#changed();
    try {
      const params = { order: "desc", limit: PAGE, ...(this.more.after && { after: this.more.after }) };
      const page = await this.#client.call("threads.list", params);
      const known = new Set(this.threads.map(({ id }) => id));
      this.threads.push(...page.data.filter(({ id }) => !known.has(id)));
      this.more.after = page.after ?? null;
      this.more.hasMore = page.has_more && this.more.after !== null;
      this.problem = null;
    } catch (error) {
      this.problem = error.message;
    } finally {
      this.more.loading = false;
      this.#changed();
    }
  }

  /** Show a thread, its newest items first. */
  async open(id) {
    const live = this.#live.get(id);
    if (live) return this.#show(live);
    const known = this.threads.find((thread) => thread.id === id);
    let thread = known;
    try {
      thread ??= await this.#client.call("threads.get_by_id", { thread_id: id });
    } catch (error) {
      if (error.status === 404) this.#memory.value = null; // deleted elsewhere, or somebody else's
      else this.current.fail(error, () => this.open(id));
      return;
    }
    const conversation = this.#conversation(thread);
    this.#show(conversation);
    await conversation.loadEarlier();
  }

  /** Show an empty conversation; its thread begins with the first message. */
  create() {
    this.#show(this.#conversation(null));
  }

  /** Give a thread another title. */
  async rename(id, title) {
    await this.#listed(async () => this.#replace(await this.#client.call("threads.update", { thread_id: id, title })));
  }

  /** Delete a thread with everything in it. */
  async delete(id) {
    await this.#listed(async () => {
      await this.#client.call("threads.delete", { thread_id: id });
      this.threads = this.threads.filter((thread) => thread.id !== id);
      this.#live.get(id)?.stop();
      this.#live.delete(id);
      if (this.current.thread?.id === id) this.create();
    });
  }

  async #listed(change) {
    try {
      await change();
      this.problem = null;
    } catch (error) {
      this.problem = error.message;
    }
    this.#changed();
  }

  #conversation(thread) {
    const conversation = new Conversation(this.#client, this.#host, thread);
    conversation.addEventListener("change", () => conversation === this.current && this.#changed());
    conversation.addEventListener("thread", () => this.#adopt(conversation));
    conversation.addEventListener("turn", ({ detail }) => this.#turnEnded(conversation, detail));
    return conversation;
  }

  /** Take up the thread of a conversation that was begun here, or its new title. */
  #adopt(conversation) {
    const { thread } = conversation;
    this.#live.set(thread.id, conversation);
    if (this.threads.some(({ id }) => id === thread.id)) this.#replace(thread);
    else this.threads.unshift(thread);
    if (conversation === this.current) this.#memory.value = thread.id;
    this.#changed();
  }

  #turnEnded(conversation, { stopped }) {
    this.dispatchEvent(new CustomEvent("turn", { detail: { conversation, stopped } }));
    if (!conversation.thread) return;
    if (conversation !== this.current) this.#live.delete(conversation.thread.id);
    if (!conversation.thread.title) this.#awaitTitle(conversation.thread.id, TITLE_DELAYS);
  }

  #awaitTitle(id, [delay, ...later]) {
    if (delay === undefined) return;
    setTimeout(async () => {
      const shown = this.threads.find((thread) => thread.id === id);
      if (!shown || shown.title) return;
      const thread = await this.#client.call("threads.get_by_id", { thread_id: id }).catch(() => null);
      if (thread?.title) this.#replace(thread);
      else this.#awaitTitle(id, later);
    }, delay);
  }

  #replace(thread) {
    const { items: _, ...metadata } = thread;
    this.threads = this.threads.map((each) => (each.id === thread.id ? metadata : each));
    if (this.current.thread?.id === thread.id) this.current.thread = metadata;
    this.#changed();
  }

  #show(conversation) {
    const before = this.current;
    if (before.thread && !before.turn) this.#live.delete(before.thread.id);
    else if (before.thread) this.#live.set(before.thread.id, before);
    this.current = conversation;
    this.#memory.value = conversation.thread?.id ?? null;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
