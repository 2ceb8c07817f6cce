/** One thread: what was said, what is being said, and everything the user may do about it. */

import { RequestFailed } from "./api.js";
import { loadEarlier } from "./history.js";
import { Timeline } from "./timeline.js";

/** Fires "change" whenever there is something new to show, and "thread" for the thread's own data. */
export class Conversation extends EventTarget {
  timeline = new Timeline();
  /** What a turn under way is doing, or null: `{progress, allowCancel, stopped, answering}`. */
  turn = null;
  /** What went wrong, or null: `{message, retry}`, where retry is null when it would not help. */
  problem = null;
  notices = [];
  earlier = { hasMore: false, after: null, loading: false };
  feedback = new Map();
  #client;
  #host;
  #controller = null;

  /** Begin a new thread, or go on with one; `host` runs client tools and effects. */
  constructor(client, host, thread = null) {
    super();
    this.#client = client;
    this.#host = host;
    this.thread = thread;
    this.earlier.hasMore = thread !== null;
  }

  /**
   * Send a message, and return whether the server took it before anything failed.
   *
   * `resend` is how to try again where it did not: whoever wrote the message has it still.
   */
  async send({ text, attachments }, resend) {
    const content = text ? [{ type: "input_text", text }] : [];
    const input = { content, attachments: attachments.map(({ id }) => id), inference_options: {} };
    const ours = this.timeline.addPending(content, attachments);
    const [type, params] = this.thread
      ? ["threads.add_user_message", { thread_id: this.thread.id, input }]
      : ["threads.create", { input }];
    await this.#run(type, params, () => (ours.pending ? resend() : this.retry()), ours);
    this.timeline.remove(ours.id);
    this.#changed();
    return !ours.pending;
  }

  /** Return the message that can be answered anew, if there is one. */
  get retryable() {
    return this.turn ? undefined : this.timeline.last(({ type, pending }) => type === "user_message" && !pending);
  }

  /** Have the last message answered anew. */
  async retry() {
    const message = this.retryable;
    if (!message) return;
    this.timeline.removeAfter(message.id);
    await this.#run("threads.retry_after_item", { thread_id: this.thread.id, item_id: message.id }, () => this.retry());
  }

  /** End the turn under way; the server keeps what was written. */
  stop() {
    if (!this.turn) return;
    this.turn.stopped = true;
    this.#controller.abort();
  }

  /** Load the next older items, if there are any. */
  async loadEarlier() {
    await loadEarlier(this, this.#client, () => this.#changed());
  }

  /** Send what the user filled in or skipped. */
  async answerForm(item, answers) {
    const input = { status: answers ? "answered" : "skipped", answers: answers ?? {} };
    const params = { thread_id: this.thread.id, item_id: item.id, input };
    await this.#run("threads.add_structured_input", params, () => this.answerForm(item, answers));
  }

  /** Run a widget's action on the server. */
  async act(item, action) {
    const { type, payload, streaming } = action;
    const params = { thread_id: this.thread.id, item_id: item.id, action: { type, payload } };
    if (streaming === false) await this.#actAtOnce(item, action, params);
    else await this.#run("threads.custom_action", params, () => this.act(item, action));
  }

  async #actAtOnce(item, action, params) {
    try {
      const { updated_item } = await this.#client.call("threads.sync_custom_action", params);
      if (updated_item) this.timeline.apply({ type: "thread.item.replaced", item: updated_item });
      this.#changed();
    } catch (error) {
      this.fail(error, () => this.act(item, action));
    }
  }

  /** Tell what the user thinks of an answer. */
  async rate(item, kind) {
    const before = this.feedback.get(item.id);
    this.feedback.set(item.id, kind);
    this.#changed();
    try {
      await this.#client.call("items.feedback", { thread_id: this.thread.id, item_ids: [item.id], kind });
    } catch (error) {
      if (before) this.feedback.set(item.id, before);
      else this.feedback.delete(item.id);
      this.fail(error, () => this.rate(item, kind));
    }
  }

  /** Show what went wrong; anything but a failed request is a bug, and is told to the console. */
  fail(error, retry) {
    if (!(error instanceof RequestFailed)) console.error(error);
    const message = error instanceof RequestFailed ? error.message : "Something went wrong.";
    this.problem = { message, retry: error.retryable === false ? null : retry };
    this.#changed();
  }

  /** Take an error or a notice off the screen. */
  dismiss(notice = null) {
    if (notice) this.notices = this.notices.filter((each) => each !== notice);
    else this.problem = null;
    this.#changed();
  }

  /** Stream one turn; `again` is what "Try again" does when it fails, `ours` the message it sends. */
  async #run(type, params, again, ours = null) {
    if (this.turn) return;
    this.#controller = new AbortController();
    this.turn = { progress: null, allowCancel: true, stopped: false, answering: false };
    this.problem = null;
    this.notices = [];
    this.#changed();
    const { turn } = this;
    try {
      for await (const event of this.#client.stream(type, params, this.#controller.signal)) {
        this.#apply(event, ours);
      }
    } catch (error) {
      if (!turn.stopped) this.fail(error, again);
    } finally {
      this.turn = null;
      this.timeline.dropEmpty();
      this.#changed();
      this.dispatchEvent(new CustomEvent("turn", { detail: turn }));
    }
    await this.#runClientTool(turn);
  }

  #apply(event, ours) {
    switch (event.type) {
      case "thread.created":
      case "thread.updated":
        this.thread = { ...this.thread, ...event.thread };
        this.dispatchEvent(new Event("thread"));
        break;
      case "stream_options":
        this.turn.allowCancel = event.stream_options.allow_cancel;
        break;
      case "progress_update":
        this.turn.progress = event.text;
        break;
      case "client_effect":
        this.#host.effect(event.name, event.data ?? {});
        break;
      case "notice":
        this.notices.push(event);
        break;
      case "error": {
        const message = event.message ?? "The answer could not be completed.";
        this.problem = { message, retry: event.allow_retry ? () => this.retry() : null };
        break;
      }
      default:
        this.#applyToItems(event, ours);
    }
    this.#changed();
  }

  #applyToItems(event, ours) {
    const isOurs = ours && event.type === "thread.item.done" && event.item.type === "user_message";
    if (isOurs && ours.pending) return this.timeline.confirm(ours, event.item);
    if (event.item?.type === "assistant_message" || event.update) {
      this.turn.answering = true;
      this.turn.progress = null;
    }
    this.timeline.apply(event);
  }

  /** Run what the assistant asked this page to do, and let it go on with the result. */
  async #runClientTool(turn) {
    const call = this.timeline.items.at(-1);
    if (turn.stopped || this.problem || call?.type !== "client_tool_call" || call.status !== "pending") return;
    const result = await this.#host.tool(call.name, call.arguments);
    call.status = "completed";
    const params = { thread_id: this.thread.id, result };
    await this.#run("threads.add_client_tool_output", params, () => this.retry());
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
