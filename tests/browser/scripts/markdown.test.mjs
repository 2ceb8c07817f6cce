// What markdown.js understands, and that no text of a model's can hold it up.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMarkdown } from "../../../templates/web/markdown.js";

const paragraph = (...content) => ({ type: "paragraph", content });
const inline = (text) => parseMarkdown(text)[0].content;

test("spans", () => {
  assert.deepEqual(inline("**b** *i* _i_ ~~d~~ `c*` ***both***"), [
    { type: "strong", content: ["b"] }, " ",
    { type: "emphasis", content: ["i"] }, " ",
    { type: "emphasis", content: ["i"] }, " ",
    { type: "deleted", content: ["d"] }, " ",
    { type: "code", text: "c*" }, " ",
    { type: "strong", content: [{ type: "emphasis", content: ["both"] }] },
  ]);
});

test("what only looks like emphasis", () => {
  for (const text of ["2 * 3 * 4", "snake_case_name", "**open", "a ** b **", "\\*kept\\*"]) {
    assert.deepEqual(inline(text), [text.replaceAll("\\", "")], text);
  }
});

test("links, with titles, brackets and bare addresses", () => {
  assert.deepEqual(inline('[a [b]](http://x.y/(z) "t")'), [{ type: "link", href: "http://x.y/(z)", content: ["a [b]"] }]);
  assert.deepEqual(inline("See https://x.y/z."), ["See ", { type: "link", href: "https://x.y/z", content: ["https://x.y/z"] }, "."]);
  assert.deepEqual(inline("![alt](p.png)"), [{ type: "image", href: "p.png", content: ["alt"] }]);
});

test("raw HTML is text", () => {
  const text = '<script>alert(1)</script><img src=x onerror="alert(1)">';
  assert.deepEqual(inline(text), [text]);
});

test("lists: nested, numbered, with paragraphs", () => {
  assert.deepEqual(parseMarkdown("3. a\n   - b\n\n   c\n4. d"), [
    {
      type: "list", ordered: true, start: 3,
      items: [
        [paragraph("a"), { type: "list", ordered: false, start: null, items: [[paragraph("b")]] }, paragraph("c")],
        [paragraph("d")],
      ],
    },
  ]);
});

test("a year at the beginning of a line begins no list", () => {
  assert.deepEqual(parseMarkdown("It was\n1986. Then"), [paragraph("It was\n1986. Then")]);
});

test("code: fenced, with a language, and open to the end", () => {
  assert.deepEqual(parseMarkdown("```py\na\n\n# b\n```\nc"), [{ type: "code", language: "py", text: "a\n\n# b" }, paragraph("c")]);
  assert.deepEqual(parseMarkdown("~~~\n```\nrest"), [{ type: "code", language: "", text: "```\nrest" }]);
});

test("headings, quotes, rules, tables", () => {
  assert.deepEqual(parseMarkdown("## A #\n> q\n\n---"), [
    { type: "heading", level: 2, content: ["A"] },
    { type: "quote", blocks: [paragraph("q")] },
    { type: "rule" },
  ]);
  assert.deepEqual(parseMarkdown("| a | b |\n|:-:|--:|\n| 1 \\| 2 |"), [
    { type: "table", align: ["center", "right"], header: [["a"], ["b"]], rows: [[["1 | 2"], []]] },
  ]);
});

test("a text that grows keeps the blocks it has", () => {
  const text = "First *one*.\n\n- a\n- b\n\nLast";
  const whole = parseMarkdown(text);
  for (let length = 0; length <= text.length; length += 1) {
    const blocks = parseMarkdown(text.slice(0, length));
    assert.deepEqual(blocks.slice(0, -1), whole.slice(0, Math.max(blocks.length - 1, 0)), text.slice(0, length));
  }
});

test("no text takes long", () => {
  const hostile = ["[", "*a ", "`", "_a", "![a](", "**a", "> ", "- ", "<http://", "[a](b", "a|", "# ", "  ", "1. ", "https://a.", "(((", "\\"];
  for (const piece of hostile) {
    for (const text of [piece.repeat(20_000), `${piece}${" ".repeat(20_000)}x`, `${piece}\n`.repeat(5_000)]) {
      const begun = performance.now();
      parseMarkdown(text);
      // Linear is a few ms; what goes back and forth takes minutes.
      assert.ok(performance.now() - begun < 2_000, JSON.stringify(text.slice(0, 20)));
    }
  }
});
