// Keeps a live page from changing under a person's hands. Everything else is HTML and htmx.
"use strict";

const READ_AFTER_MS = { done: 4000, refused: 20000 };

function busy() {
  const active = document.activeElement;
  const typing = active && active.matches("#page input, #page textarea, #page select");
  return typing || document.querySelector("#page .act[open], #page .standing:not([data-read])");
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "page" && busy()) event.preventDefault();
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
