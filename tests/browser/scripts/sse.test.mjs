// What sse.js makes of a stream, however the network cuts it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EventParser, readEvents } from "../../../templates/web/sse.js";

const encode = (text) => new TextEncoder().encode(text);

/** A body that arrives in these pieces of bytes. */
function body(pieces, cancelled = () => undefined) {
  const rest = [...pieces];
  return new ReadableStream({
    pull: (controller) => (rest.length > 0 ? controller.enqueue(rest.shift()) : controller.close()),
    cancel: cancelled,
  });
}

async function read(pieces) {
  const found = [];
  for await (const { data } of readEvents(body(pieces))) found.push(data);
  return found;
}

const STREAM = 'data: {"a":"grün 👩‍🚀 €"}\r\n\r\n: a comment\ndata: one\r\ndata: two\r\n\r\ndata:three\r\rdata: four\n\n';
const EVENTS = ['{"a":"grün 👩‍🚀 €"}', "one\ntwo", "three", "four"];

test("one piece", async () => assert.deepEqual(await read([encode(STREAM)]), EVENTS));

test("every cut in two, also inside a character and between CR and LF", async () => {
  const bytes = encode(STREAM);
  for (let at = 1; at < bytes.length; at += 1) {
    assert.deepEqual(await read([bytes.slice(0, at), bytes.slice(at)]), EVENTS, `cut at ${at}`);
  }
});

test("byte by byte", async () => {
  assert.deepEqual(await read([...encode(STREAM)].map((byte) => new Uint8Array([byte]))), EVENTS);
});

test("an event that never ends is not reported", async () => {
  assert.deepEqual(await read([encode("data: whole\n\ndata: half")]), ["whole"]);
});

test("a byte order mark is no part of the first field", async () => {
  assert.deepEqual(await read([new Uint8Array([0xef, 0xbb, 0xbf]), encode("data: x\n\n")]), ["x"]);
});

test("event names, empty data and unknown fields", () => {
  const parser = new EventParser();
  assert.deepEqual(parser.push("event: note\nid: 7\nretry: 9\ndata\n\n"), [{ type: "note", data: "" }]);
  assert.deepEqual(parser.push("event: lost\n\ndata:  two blanks\n\n"), [{ type: "message", data: " two blanks" }]);
});

test("leaving the loop cancels the stream", async () => {
  let cancelled = false;
  for await (const _ of readEvents(body([encode("data: 1\n\n"), encode("data: 2\n\n")], () => (cancelled = true)))) break;
  assert.equal(cancelled, true);
});
