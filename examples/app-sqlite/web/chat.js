/**
 * Put the chat into a page, by one script tag or by calling `mount`.
 *
 *     <script type="module" src="/web/chat.js" data-target="#assistant"></script>
 *
 * README.md lists the attributes. The chat lives in a shadow tree: the page's styles do not reach
 * into it, and its own do not leak out.
 */

import { Announcer } from "./announcer.js";
import { Client } from "./api.js";
import { Composer } from "./composer.js";
import { h } from "./dom.js";
import { Messages } from "./messages.js";
import { describeUrl, Page } from "./page.js";
import { Panel } from "./panel.js";
import { Session } from "./session.js";
import { Threads } from "./threads.js";
import { Uploads } from "./uploads.js";

// Below this width there is no room for a chat beside a text.
const NARROW = "(max-width: 899px)";

/**
 * Mount a chat and return `{element, session, unmount}`.
 *
 * Options, all optional: `target` (an element or a selector; without one the chat floats), `server`
 * (its URL, with a slash at the end; by default the one this file came from), `title`, `greeting`, `prompts`,
 * `theme` ("light" or "dark"; by default as the system), `page()` (returns `{chapter, lesson}`),
 * `headers()` (for each request, may be async), `tools` (name to function, for client tool calls).
 * Effects that the server asks for are fired on the element as `chat:effect` events.
 */
export function mount(options = {}) {
  const host = h("div", { class: "chat-host", theme: options.theme });
  const root = host.attachShadow({ mode: "open" });
  const stopped = new AbortController();
  const { signal } = stopped;
  const page = new Page(host, root, options.page ?? (() => describeUrl()), signal);
  const server = options.server ? new URL(options.server, document.baseURI) : new URL("..", import.meta.url);
  const client = new Client({ server, headers: options.headers, metadata: () => page.metadata() });
  const session = new Session(client, hooks(host, options.tools ?? {}), String(server));
  const panel = build(host, session, client, page, options);

  // Styles come as a file, which a strict Content-Security-Policy allows.
  const styles = h("link", { rel: "stylesheet", href: new URL("chat.css", import.meta.url).href });
  root.append(styles, panel.launcher, panel.element);
  place(host, panel, options.target, signal);
  session.start();
  const unmount = () => {
    stopped.abort();
    session.current.stop();
    host.remove();
  };
  return { element: host, session, unmount };
}

function build(host, session, client, page, options) {
  const { title = "Assistant", prompts = [], greeting = "What would you like to know?" } = options;
  const uploads = new Uploads(client);
  const composer = new Composer(session, page, uploads, { placeholder: "Ask a question …" });
  const messages = new Messages(session, { greeting, prompts, ask: (text) => composer.send(text) });
  const threads = new Threads(session, () => panel.showThreads(false, composer.field));
  const panel = new Panel(host, title, session, { threads, messages, composer, announcer: new Announcer(session) });
  composer.onSend = () => messages.scroller.follow();
  // A stream changes something many times a frame; the screen is brought up to date once.
  const parts = [panel, threads, messages, composer];
  let due = false;
  const render = () => {
    due = false;
    for (const part of parts) part.render();
  };
  session.addEventListener("change", () => {
    if (!due) requestAnimationFrame(render);
    due = true;
  });
  render();
  client.features().then(({ attachments }) => uploads.offer(attachments)).catch(() => uploads.offer(null));
  return panel;
}

/** Put the host where it belongs, and let it float where there is no room for that. */
function place(host, panel, target, signal) {
  const parent = typeof target === "string" ? document.querySelector(target) : target;
  (parent ?? document.body).append(host);
  const narrow = matchMedia(NARROW);
  narrow.addEventListener("change", () => panel.float(!parent || narrow.matches), { signal });
  panel.float(!parent || narrow.matches);
}

/** What the assistant may do on this page: run the tools it was given, fire events. */
function hooks(host, tools) {
  return {
    effect: (name, data) => host.dispatchEvent(new CustomEvent("chat:effect", { bubbles: true, detail: { name, data } })),
    async tool(name, parameters) {
      if (!Object.hasOwn(tools, name)) return { error: `This page has no tool named ${name}.` };
      try {
        return (await tools[name](parameters)) ?? null;
      } catch (error) {
        console.error(error);
        return { error: `The tool ${name} failed on this page.` };
      }
    },
  };
}

// A module does not know its own tag; the one with our address and no `data-manual` asked for us.
const tag = [...document.querySelectorAll("script[type=module][src]")].find(({ src }) => src === import.meta.url);
if (tag && !("manual" in tag.dataset)) {
  const { target, server, title, greeting, prompts, theme, chapter, lesson } = tag.dataset;
  const page = () => ({ ...describeUrl(), ...(chapter && { chapter }), ...(lesson && { lesson }) });
  mount({ target, server, title, greeting, theme, page, prompts: prompts?.split("|") });
}
