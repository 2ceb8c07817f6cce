/**
 * Parse the Markdown that models write into plain objects; markdown_view.js makes nodes of them.
 *
 * Headings, paragraphs, lists, quotes, fenced code, tables and rules. Raw HTML is text, pictures
 * are links. Unfinished input is normal here: an open fence runs to the end.
 */

import { parseInline } from "./markdown_inline.js";

// None of these may look for the same blanks twice: a model's long line must not stop the page.
const FENCE = /^ {0,3}(`{3,}|~{3,})([^`]*)$/;
const HEADING = /^ {0,3}(#{1,6})(?=[ \t]|$)/;
const RULE = /^ {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])( {1,4}|\t|$)(.*)$/;
const DELIMITER_ROW = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;
// Deeper nesting is an attack on the stack or a mistake, and is shown as text.
const MAX_DEPTH = 12;

/** Return the blocks of a Markdown text. */
export function parseMarkdown(text) {
  return parseBlocks(text.replace(/\r\n?/g, "\n").split("\n"), 0);
}

function parseBlocks(lines, depth) {
  const blocks = [];
  let paragraph = [];
  const flush = () => {
    if (paragraph.length > 0) blocks.push({ type: "paragraph", content: parseInline(paragraph.join("\n").trim()) });
    paragraph = [];
  };
  for (let at = 0; at < lines.length; ) {
    const found = lines[at].trim() === "" ? { next: at + 1 } : blockAt(lines, at, depth, paragraph.length > 0);
    if (found) {
      flush();
      if (found.block) blocks.push(found.block);
      at = found.next;
    } else {
      paragraph.push(lines[at].replace(/^[ \t]+/, ""));
      at += 1;
    }
  }
  flush();
  return blocks;
}

/** Return the block that begins at a line and the line after it, or null for a paragraph's line. */
function blockAt(lines, at, depth, inParagraph) {
  const line = lines[at];
  const fence = FENCE.exec(line);
  if (fence) return code(lines, at, fence);
  const heading = HEADING.exec(line);
  if (heading) {
    const content = parseInline(headingText(line.slice(heading[0].length)));
    return { block: { type: "heading", level: heading[1].length, content }, next: at + 1 };
  }
  if (RULE.test(line)) return { block: { type: "rule" }, next: at + 1 };
  if (line.includes("|") && DELIMITER_ROW.test(lines[at + 1] ?? "")) return table(lines, at);
  if (depth >= MAX_DEPTH) return null;
  if (QUOTE.test(line)) return quote(lines, at, depth);
  const item = ITEM.exec(line);
  // A year at the beginning of a wrapped line ("1986. A great ...") begins no list.
  if (item && !(inParagraph && /\d/.test(item[2]) && Number.parseInt(item[2], 10) !== 1)) return list(lines, at, depth);
  return null;
}

/** Return a heading's text without the hashes that may close it. */
function headingText(rest) {
  const text = rest.trim();
  let end = text.length;
  while (text[end - 1] === "#") end -= 1;
  return end === 0 || /\s/.test(text[end - 1]) ? text.slice(0, end).trim() : text;
}

function code(lines, at, [, fence, info]) {
  let end = at + 1;
  const closes = (line) => line.trim().length >= fence.length && line.trim() === fence[0].repeat(line.trim().length);
  while (end < lines.length && !closes(lines[end])) end += 1;
  const language = info.trim().split(/\s+/)[0];
  return { block: { type: "code", language, text: lines.slice(at + 1, end).join("\n") }, next: end + 1 };
}

function quote(lines, at, depth) {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end])) end += 1;
  const inner = lines.slice(at, end).map((line) => line.replace(QUOTE, ""));
  return { block: { type: "quote", blocks: parseBlocks(inner, depth + 1) }, next: end };
}

function list(lines, at, depth) {
  const ordered = /\d/.test(ITEM.exec(lines[at])[2]);
  const start = ordered ? Number.parseInt(ITEM.exec(lines[at])[2], 10) : null;
  const items = [];
  let next = at;
  for (;;) {
    const item = ITEM.exec(lines[next] ?? "");
    if (!item || /\d/.test(item[2]) !== ordered || RULE.test(lines[next])) break;
    // Models indent what belongs to "1." by two columns as often as by three.
    const width = item[1].length + item[2].length + Math.max(item[3].length, 1);
    const belongs = (line) => line.trim() === "" || /^(\t| {2})/.test(line);
    let end = next + 1;
    while (end < lines.length && (belongs(lines[end]) || continues(lines, end))) end += 1;
    while (lines[end - 1].trim() === "" && end - 1 > next) end -= 1;
    const indent = new RegExp(`^(?:\t| {1,${width}})`);
    const inner = [item[4], ...lines.slice(next + 1, end).map((line) => line.replace(indent, ""))];
    items.push(parseBlocks(inner, depth + 1));
    next = end;
    while (next < lines.length && lines[next].trim() === "") next += 1;
    if (!ITEM.test(lines[next] ?? "")) break;
  }
  return { block: { type: "list", ordered, start, items }, next };
}

/** Tell whether a line without indentation goes on with the item's paragraph. */
function continues(lines, at) {
  const line = lines[at];
  if (lines[at - 1].trim() === "" || FENCE.test(lines[at - 1])) return false;
  return ![FENCE, HEADING, RULE, QUOTE, ITEM].some((begins) => begins.test(line));
}

function table(lines, at) {
  const cells = (line) =>
    line.trim().replace(/^\||(?<!\\)\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
  const align = cells(lines[at + 1]).map((cell) => {
    if (cell.endsWith(":")) return cell.startsWith(":") ? "center" : "right";
    return null;
  });
  const header = cells(lines[at]).map((cell) => parseInline(cell));
  const rows = [];
  let next = at + 2;
  for (; next < lines.length && lines[next].includes("|"); next += 1) {
    const row = cells(lines[next]).slice(0, header.length).map((cell) => parseInline(cell));
    rows.push([...row, ...Array.from({ length: header.length - row.length }, () => [])]);
  }
  return { block: { type: "table", align, header, rows }, next };
}
