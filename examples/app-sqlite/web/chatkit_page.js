/**
 * Show OpenAI's own ChatKit component with this server behind it.
 *
 * Its script comes from OpenAI's CDN, so this page needs a network and a Content-Security-Policy
 * that allows it. The chat of chat.js needs neither.
 */

import { h } from "./dom.js";
import { FirstAnswer } from "./first_answer.js";
import { sessionId } from "./memory.js";
import { describeUrl, pageContext } from "./page.js";

const SCRIPT = "https://cdn.platform.openai.com/deployments/chatkit/chatkit.js";
const session_id = sessionId();
const first = new FirstAnswer();

/** Add to each request where the reader is, as chat.js does. */
async function fetchWithPage(url, init) {
  if (typeof init?.body !== "string") return fetch(url, init);
  const request = JSON.parse(init.body);
  request.metadata = { ...request.metadata, page_context: pageContext(describeUrl()), session_id };
  const headers = new Headers(init.headers);
  headers.set("content-type", "application/json"); // the server asks for it, the component may not
  const asked = { ...init, headers, body: JSON.stringify(request), credentials: "same-origin" };
  return first.after(() => fetch(url, asked));
}

async function start() {
  const { attachments } = await (await fetch("/features")).json();
  const chat = document.createElement("openai-chatkit");
  chat.setOptions({
    api: {
      url: "/chatkit",
      domainKey: document.querySelector('meta[name="chatkit-domain-key"]').content,
      fetch: fetchWithPage,
      uploadStrategy: { type: "two_phase" },
    },
    history: { enabled: true, showDelete: true, showRename: true },
    threadItemActions: { feedback: true, retry: true },
    composer: { attachments: { enabled: Boolean(attachments) } },
    startScreen: { greeting: "What would you like to know?" },
  });
  document.querySelector("#chat").replaceChildren(chat);
}

/** Say that the component cannot be had, and where the chat is that needs no network. */
function unavailable() {
  const link = h("a", { href: "/" }, "The chat that needs no network");
  document.querySelector("#state").replaceChildren("OpenAI's component could not be loaded. ", link, " is here.");
}

const script = h("script", { src: SCRIPT, async: true });
script.addEventListener("load", () => customElements.whenDefined("openai-chatkit").then(start));
script.addEventListener("error", unavailable);
document.head.append(script);
