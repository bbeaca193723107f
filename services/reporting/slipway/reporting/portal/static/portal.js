// Keeps a live page from changing under a person's hands, and says when nobody answers.
// Everything else is HTML and htmx.
"use strict";

const READ_AFTER_MS = { done: 4000, refused: 20000 };
// Ages grow and outages begin without an event that would tell.
const ANYWAY_MS = 15000;
const AGAIN_MS = 2000;
const NO_CONNECTION = "No connection to Slipway. What you see may be old; it goes on by itself.";

// The address whose content is shown: a search changes it without a new page.
let here = document.getElementById("page").getAttribute("hx-get");
let missed = false;

function begun(field) {
  if (!field.checkVisibility()) return false;
  if (field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.type === "search") return field.value.trim() !== (new URL(here, location).searchParams.get("search") || "");
  return field.matches("input:not([type=hidden])") && field.value !== field.defaultValue;
}

function busy() {
  const active = document.activeElement;
  const typing = active && active.matches("#page input:not([type=search]), #page select");
  const open = "#page .act[open], #page .custom[open]:not([data-asked]), #page [data-keep], #page .standing:not([data-read])";
  return typing || document.querySelector(open) || [...document.querySelectorAll("#page input")].some(begun);
}

function refresh() {
  if (here && !document.hidden) htmx.trigger("#page", "refresh");
}

function offline(why) {
  const banner = document.getElementById("offline");
  if (!banner) return;
  banner.hidden = !why;
  if (why && banner.textContent !== why) banner.textContent = why;
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

document.addEventListener("htmx:configRequest", (event) => {
  if (event.target.id === "page") event.detail.path = here;
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id !== "page") return;
  missed = Boolean(busy());
  if (missed) event.preventDefault();
});

// A form may have been opened while the answer was on its way.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.requestConfig?.elt.id !== "page" || !busy()) return;
  missed = true;
  event.detail.shouldSwap = false;
});

function onceFree() {
  setTimeout(() => missed && !busy() && refresh());
}
document.addEventListener("focusout", onceFree);
document.addEventListener("toggle", onceFree, true);
document.addEventListener("visibilitychange", refresh);
setInterval(refresh, ANYWAY_MS);

document.addEventListener("htmx:replacedInHistory", (event) => {
  here = event.detail.path;
});

function notTaken(elt, why, again) {
  if (elt.matches("form.decide")) return tell(elt, `${why} ${again}`.trim());
  offline(why);
  // A decision is followed until its end, whatever lies between.
  if (elt.matches(".standing")) setTimeout(() => htmx.trigger(elt, "again"), AGAIN_MS);
}

document.addEventListener("htmx:responseError", (event) => {
  const { elt, xhr } = event.detail;
  const ours = xhr.status >= 500;
  const detail = detailOf(xhr.response);
  const why = elt.matches("form.decide") ? `Not sent: ${detail || "Slipway didn't take it."}` : detail;
  if (ours || elt.matches("form.decide")) notTaken(elt, why || NO_CONNECTION, ours ? "Sent again, it counts once." : "");
});

document.addEventListener("htmx:sendError", (event) => {
  const { elt } = event.detail;
  const deciding = elt.matches("form.decide");
  notTaken(elt, deciding ? "No answer." : NO_CONNECTION, "Sent again, it counts once.");
});

// Whether it is the network, the database or the end of the session, the page's own request tells.
document.addEventListener("htmx:sseError", () => {
  offline(NO_CONNECTION);
  refresh();
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target.id === "page" && event.detail.successful) offline("");
});

// Two clicks on one of the other forms would invite or vote twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.matches(".decide")) return;
  if ("sent" in form.dataset) event.preventDefault();
  form.dataset.sent = "";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

document.addEventListener("htmx:afterSettle", () => {
  for (const standing of document.querySelectorAll(".standing[data-final]:not([data-timed])")) {
    standing.dataset.timed = "";
    setTimeout(() => {
      standing.dataset.read = "";
      refresh();
    }, READ_AFTER_MS[standing.dataset.final] || READ_AFTER_MS.refused);
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
