// Buttons hold their request: data-call "METHOD path", data-body JSON. The page refetches its live part.
const said = document.getElementById("said");
let quiet;

function say(text) {
  said.textContent = text;
  said.classList.add("on");
  clearTimeout(quiet);
  quiet = setTimeout(() => said.classList.remove("on"), 3000);
}

function reason(text) {
  try {
    const { detail } = JSON.parse(text);
    return typeof detail === "string" ? detail : detail.map((one) => `${one.loc.at(-1)}: ${one.msg}`).join("; ");
  } catch {
    return text;
  }
}

async function call(method, path, body) {
  try {
    const answer = await fetch(path, {
      method,
      headers: { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!answer.ok) say(`Not done (${answer.status}): ${reason(await answer.text())}`);
    return answer.ok;
  } catch {
    say("The simulators do not answer.");
    return false;
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-call]");
  if (!button) return;
  const [method, path] = button.dataset.call.split(" ");
  const body = button.dataset.body ? JSON.parse(button.dataset.body) : undefined;
  if (await call(method, path, body)) say(button.dataset.said ?? `Done: ${button.textContent.trim()}`);
  refresh();
});

document.getElementById("buy").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const body = {
    name: form.name.value || undefined,
    price: form.price.value,
    quantity: Number(form.quantity.value),
    status: form.status.value,
    live: !form.test.checked,
  };
  const ok = await call("POST", "/_sim/ghl/subscriptions", body);
  if (ok) say(`${body.name ?? "A customer"} bought ${form.price.selectedOptions[0].text}.`);
  form.name.value = "";
  refresh();
});

const live = document.getElementById("now");
let last = "";
let pressed = false;
for (const begin of ["pointerdown", "keydown"]) addEventListener(begin, () => (pressed = true));
for (const end of ["pointerup", "keyup"]) addEventListener(end, () => setTimeout(() => (pressed = false), 50));
for (const end of ["pointercancel", "blur"]) addEventListener(end, () => (pressed = false));

// A text selection, such as an address to copy, stays while the page refreshes.
function marking() {
  const marked = getSelection();
  return !marked.isCollapsed && live.contains(marked.anchorNode);
}

// Finds what has the focus again among the renewed; a button that is gone leaves it to its table.
function keepFocus() {
  const { dataset } = document.activeElement;
  const table = document.activeElement.closest(".scroll")?.id;
  return () => {
    const same = [...live.querySelectorAll("[data-call]")].find(
      (one) => one.dataset.call === dataset.call && one.dataset.body === dataset.body,
    );
    (same ?? document.getElementById(table))?.focus({ preventScroll: true });
  };
}

// A scrolled table keeps its position while its rows refresh.
async function refresh() {
  try {
    const text = await (await fetch("/_sim/page/now")).text();
    if (text === last || pressed || marking()) return;
    const giveBack = live.contains(document.activeElement) ? keepFocus() : undefined;
    const places = [...live.querySelectorAll(".scroll")].map((one) => [one.scrollTop, one.scrollLeft]);
    live.innerHTML = text;
    last = text;
    live.querySelectorAll(".scroll").forEach((one, n) => {
      [one.scrollTop, one.scrollLeft] = places[n] ?? [0, 0];
    });
    giveBack?.();
  } catch {
    say("The simulators do not answer.");
  }
}

// Between press and release a button must stay the same element, or there is no click.
setInterval(() => document.hidden || pressed || refresh(), 1000);
