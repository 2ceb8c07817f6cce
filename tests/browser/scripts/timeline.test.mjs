// What each event of a stream does to the items of a thread.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Timeline } from "../../../templates/web/timeline.js";

const message = (id, ...texts) => ({
  type: "assistant_message", id, content: texts.map((text) => ({ type: "output_text", text, annotations: [] })),
});
const update = (id, type, rest) => ({ type: "thread.item.updated", item_id: id, update: { type, ...rest } });
const ids = (timeline) => timeline.items.map(({ id }) => id);

test("added, updated, done", () => {
  const timeline = new Timeline();
  timeline.apply({ type: "thread.item.added", item: message("a") });
  timeline.apply(update("a", "assistant_message.content_part.text_delta", { content_index: 0, delta: "Hel" }));
  timeline.apply(update("a", "assistant_message.content_part.text_delta", { content_index: 0, delta: "lo" }));
  assert.equal(timeline.items[0].content[0].text, "Hello");
  const before = timeline.version("a");
  timeline.apply({ type: "thread.item.done", item: message("a", "Hello!") });
  assert.equal(timeline.items[0].content[0].text, "Hello!");
  assert.notEqual(timeline.version("a"), before);
});

test("an item that only ever appears as done", () => {
  const timeline = new Timeline();
  timeline.apply({ type: "thread.item.done", item: message("a", "x") });
  timeline.apply({ type: "thread.item.done", item: message("b", "y") });
  assert.deepEqual(ids(timeline), ["a", "b"]);
});

test("removed and replaced", () => {
  const timeline = new Timeline();
  for (const id of ["a", "b", "c"]) timeline.apply({ type: "thread.item.done", item: message(id, id) });
  timeline.apply({ type: "thread.item.removed", item_id: "b" });
  timeline.apply({ type: "thread.item.replaced", item: message("a", "new") });
  assert.deepEqual(ids(timeline), ["a", "c"]);
  assert.equal(timeline.items[0].content[0].text, "new");
});

test("what a later SDK may send is left alone", () => {
  const timeline = new Timeline();
  timeline.apply({ type: "thread.item.done", item: { type: "hologram", id: "h" } });
  timeline.apply(update("h", "hologram.turned", { angle: 3 }));
  timeline.apply(update("nobody", "assistant_message.content_part.text_delta", { content_index: 0, delta: "x" }));
  timeline.apply({ type: "thread.sparkled" });
  assert.deepEqual(ids(timeline), ["h"]);
});

test("annotations, tasks, pictures and widgets are updated in place", () => {
  const timeline = new Timeline();
  timeline.apply({ type: "thread.item.added", item: message("a", "x") });
  const source = { type: "url", title: "T", url: "https://x.y" };
  timeline.apply(update("a", "assistant_message.content_part.annotation_added", { content_index: 0, annotation_index: 0, annotation: { source } }));
  assert.equal(timeline.items[0].content[0].annotations[0].source.title, "T");
  timeline.apply({ type: "thread.item.added", item: { type: "workflow", id: "w", workflow: { tasks: [] } } });
  timeline.apply(update("w", "workflow.task.added", { task_index: 0, task: { title: "one" } }));
  timeline.apply(update("w", "workflow.task.updated", { task_index: 0, task: { title: "two" } }));
  assert.deepEqual(timeline.items[1].workflow.tasks, [{ title: "two" }]);
  timeline.apply({ type: "thread.item.added", item: { type: "generated_image", id: "g" } });
  timeline.apply(update("g", "generated_image.updated", { image: { id: "i", url: "/i.png" } }));
  assert.equal(timeline.items[2].image.url, "/i.png");
  const widget = { type: "Card", children: [{ type: "Col", children: [{ type: "Text", id: "t", value: "a" }] }] };
  timeline.apply({ type: "thread.item.added", item: { type: "widget", id: "d", widget } });
  timeline.apply(update("d", "widget.streaming_text.value_delta", { component_id: "t", delta: "b", done: true }));
  assert.equal(widget.children[0].children[0].value, "ab");
});

test("older pages go in front, once", () => {
  const timeline = new Timeline();
  timeline.prepend([message("d"), message("c")]);
  timeline.prepend([message("c"), message("b"), message("a")]);
  assert.deepEqual(ids(timeline), ["a", "b", "c", "d"]);
});

test("a message takes the place of the one that announced it", () => {
  const timeline = new Timeline();
  const ours = timeline.addPending([{ type: "input_text", text: "x" }], []);
  timeline.apply({ type: "thread.item.done", item: message("a", "x") });
  timeline.confirm(ours, { type: "user_message", id: "m", content: [] });
  assert.deepEqual(ids(timeline), ["m", "a"]);
  timeline.removeAfter("m");
  assert.deepEqual(ids(timeline), ["m"]);
});
