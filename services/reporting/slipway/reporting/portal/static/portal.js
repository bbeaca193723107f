// Keeps a live page from changing under a person's hands, and says when nobody answers.
// Everything else is HTML and htmx.
"use strict";

const READ_AFTER_MS = { done: 4000, refused: 20000 };

function busy() {
  const active = document.activeElement;
  const typing = active && active.matches("#page input, #page textarea, #page select");
  return typing || document.querySelector("#page .act[open], #page [data-keep], #page .standing:not([data-read])");
}

function offline(is) {
  const banner = document.getElementById("offline");
  if (banner) banner.hidden = !is;
}

function tell(form, text) {
  const place = form.querySelector(".not-sent");
  if (!place) return;
  const said = document.createElement("p");
  said.className = "problem";
  said.textContent = text;
  place.replaceChildren(said);
}

function detailOf(answer) {
  try {
    return JSON.parse(answer).detail;
  } catch {
    return "";
  }
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "page" && busy()) event.preventDefault();
});

document.addEventListener("htmx:responseError", (event) => {
  const { elt, xhr } = event.detail;
  if (!elt.matches("form.decide")) return offline(xhr.status >= 500);
  tell(elt, `Not sent: ${detailOf(xhr.response) || "Slipway didn't take it"}. Sent again, it counts once.`);
});

document.addEventListener("htmx:sendError", (event) => {
  const { elt } = event.detail;
  if (elt.matches("form.decide")) tell(elt, "No answer. Sent again, it counts once.");
  else offline(true);
});

document.addEventListener("htmx:sseError", () => offline(true));
document.addEventListener("htmx:sseOpen", () => offline(false));

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target.id === "page" && event.detail.successful) offline(false);
});

document.addEventListener("htmx:afterSettle", () => {
  for (const standing of document.querySelectorAll(".standing[data-final]:not([data-timed])")) {
    standing.dataset.timed = "";
    setTimeout(() => {
      standing.dataset.read = "";
      htmx.trigger("#page", "refresh");
    }, READ_AFTER_MS[standing.dataset.final] || READ_AFTER_MS.refused);
  }
});

const here = document.querySelector(".rail [aria-current]");
if (here) here.scrollIntoView({ block: "nearest", inline: "center" });

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("#page .act[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});
