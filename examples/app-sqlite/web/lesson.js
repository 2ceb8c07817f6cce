/** Show the lesson that the URL names: `/?chapter=3&lesson=loops`. */

const wanted = new URLSearchParams(location.search);
const lessons = [...document.querySelectorAll("article[data-lesson]")];
const matches = ({ dataset }) => dataset.chapter === wanted.get("chapter") && dataset.lesson === wanted.get("lesson");
const shown = lessons.find(matches) ?? lessons[0];

for (const lesson of lessons) lesson.hidden = lesson !== shown;
document.title = `${shown.querySelector("h1").textContent} · ${document.title}`;

// The address always tells where the reader is: the chat sends it along.
wanted.set("chapter", shown.dataset.chapter);
wanted.set("lesson", shown.dataset.lesson);
history.replaceState(null, "", `${location.pathname}?${wanted}${location.hash}`);

for (const link of document.querySelectorAll("header nav a")) {
  if (link.search === location.search) link.setAttribute("aria-current", "page");
}
