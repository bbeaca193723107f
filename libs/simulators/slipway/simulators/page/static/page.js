// Buttons carry what they call: data-call "METHOD path", data-body JSON. The living part is fetched anew.
const said = document.getElementById("said");
let quiet;

function say(text) {
  said.textContent = text;
  said.classList.add("on");
  clearTimeout(quiet);
  quiet = setTimeout(() => said.classList.remove("on"), 3000);
}

async function call(method, path, body) {
  try {
    const answer = await fetch(path, {
      method,
      headers: { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!answer.ok) say(`${answer.status}: ${await answer.text()}`);
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
  if (ok) say(`${body.name ?? "Somebody"} bought ${form.price.selectedOptions[0].text}.`);
  form.name.value = "";
  refresh();
});

const live = document.getElementById("now");
let pressed = false;
addEventListener("pointerdown", () => (pressed = true));
addEventListener("pointerup", () => setTimeout(() => (pressed = false), 50));
addEventListener("pointercancel", () => (pressed = false));

// A table that somebody scrolled stays where it is when its rows are renewed.
async function refresh() {
  try {
    const text = await (await fetch("/_sim/page/now")).text();
    if (text === live.dataset.last) return;
    const places = [...live.querySelectorAll(".scroll")].map((one) => [one.scrollTop, one.scrollLeft]);
    live.innerHTML = text;
    live.dataset.last = text;
    live.querySelectorAll(".scroll").forEach((one, n) => {
      [one.scrollTop, one.scrollLeft] = places[n] ?? [0, 0];
    });
  } catch {
    say("The simulators do not answer.");
  }
}

// Between press and release a button must stay the same element, or there is no click.
setInterval(() => document.hidden || pressed || live.matches(":focus-within") || refresh(), 1000);
