// Keeps a live page from changing while a user works with it, and reports a lost connection.
// Everything else is HTML and htmx.
"use strict";

const READ_AFTER_MS = { done: 4000, refused: 20000 };
// Ages grow and outages begin without an event, so the page also refreshes periodically.
const REFRESH_MS = 15000;
const RETRY_MS = 2000;
const NO_CONNECTION = "No connection to Slipway. The data may be out of date. This page reconnects automatically.";

// The address of the shown content. A search changes it without loading a new page.
let shownPath = document.getElementById("page").getAttribute("hx-get");
let refreshSkipped = false;

function edited(field) {
  if (!field.checkVisibility()) return false;
  if (field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.type === "search") return field.value.trim() !== (new URL(shownPath, location).searchParams.get("search") || "");
  return field.matches("input:not([type=hidden])") && field.value !== field.defaultValue;
}

function busy() {
  const active = document.activeElement;
  const typing = active && active.matches("#page input:not([type=search]), #page select");
  const open = "#page .act[open], #page .custom[open]:not([data-selected]), #page [data-keep], #page .command-status:not([data-read])";
  return typing || document.querySelector(open) || [...document.querySelectorAll("#page input")].some(edited);
}

function refresh() {
  if (shownPath && !document.hidden) htmx.trigger("#page", "refresh");
}

function offline(why) {
  const banner = document.getElementById("offline");
  if (!banner) return;
  banner.hidden = !why;
  if (why && banner.textContent !== why) banner.textContent = why;
}

function showProblem(form, text) {
  const target = form.querySelector(".not-sent");
  if (!target) return;
  const problem = document.createElement("p");
  problem.className = "problem";
  problem.textContent = text;
  target.replaceChildren(problem);
}

function detailOf(answer) {
  try {
    return JSON.parse(answer).detail;
  } catch {
    return "";
  }
}

document.addEventListener("htmx:configRequest", (event) => {
  if (event.target.id === "page") event.detail.path = shownPath;
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id !== "page") return;
  refreshSkipped = Boolean(busy());
  if (refreshSkipped) event.preventDefault();
});

// The user may open a form while the refresh is in progress.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.requestConfig?.elt.id !== "page" || !busy()) return;
  refreshSkipped = true;
  event.detail.shouldSwap = false;
});

function refreshWhenFree() {
  setTimeout(() => refreshSkipped && !busy() && refresh());
}
document.addEventListener("focusout", refreshWhenFree);
document.addEventListener("toggle", refreshWhenFree, true);
document.addEventListener("visibilitychange", refresh);
setInterval(refresh, REFRESH_MS);

document.addEventListener("htmx:replacedInHistory", (event) => {
  shownPath = event.detail.path;
});

function showFailure(elt, why, hint) {
  if (elt.matches("form.command")) return showProblem(elt, `${why} ${hint}`.trim());
  offline(why);
  // The status of a command is polled until it is final, even across an outage.
  if (elt.matches(".command-status")) setTimeout(() => htmx.trigger(elt, "again"), RETRY_MS);
}

document.addEventListener("htmx:responseError", (event) => {
  const { elt, xhr } = event.detail;
  const ours = xhr.status >= 500;
  const detail = detailOf(xhr.response);
  const why = elt.matches("form.command") ? `Not sent: ${detail || "Slipway did not accept it."}` : detail;
  if (ours || elt.matches("form.command")) showFailure(elt, why || NO_CONNECTION, ours ? "You can send it again, it counts once." : "");
});

document.addEventListener("htmx:sendError", (event) => {
  const { elt } = event.detail;
  const isCommand = elt.matches("form.command");
  showFailure(elt, isCommand ? "No response." : NO_CONNECTION, "You can send it again, it counts once.");
});

// The refresh shows the cause: the network, the database or an expired session.
document.addEventListener("htmx:sseError", () => {
  offline(NO_CONNECTION);
  refresh();
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target.id === "page" && event.detail.successful) offline("");
});

// A double click on one of the other forms would invite or vote twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.matches(".command")) return;
  if ("sent" in form.dataset) event.preventDefault();
  form.dataset.sent = "";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

document.addEventListener("htmx:afterSettle", () => {
  for (const status of document.querySelectorAll(".command-status[data-final]:not([data-timed])")) {
    status.dataset.timed = "";
    setTimeout(() => {
      status.dataset.read = "";
      refresh();
    }, READ_AFTER_MS[status.dataset.final] || READ_AFTER_MS.refused);
  }
});

const section = document.querySelector(".rail [aria-current]");
if (section) section.scrollIntoView({ block: "nearest", inline: "center" });

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("#page .act[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});
