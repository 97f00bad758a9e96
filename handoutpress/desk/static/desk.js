// The page for staff follows each change: it sends the form and puts the pages that come back in place.
// Without this script the same form does the same with the button "Show the pages".
"use strict";

const form = document.getElementById("give");
const pages = document.getElementById("pages");
const PAUSE = 120; // milliseconds of quiet before a picture is asked for
let number = 0;
let waiting = 0;
let asking = null;
let delivering = false;

document.documentElement.classList.add("script");

function fields(more) {
  const data = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    // The patient's address and the password are sent where they are used, and not at every keystroke.
    if (!["to", "again_to", "password"].includes(name)) data.append(name, value);
  }
  data.set("page", form.elements.form.value);
  data.set("number", String((number += 1)));
  for (const [name, value] of Object.entries(more)) data.set(name, value);
  return data;
}

function busy(on) {
  pages.setAttribute("aria-busy", String(on));
  const known = pages.querySelector(".working");
  if (!on) known?.remove();
  else if (!known) {
    const note = document.createElement("p");
    note.className = "working";
    note.textContent = form.dataset.working;
    pages.prepend(note);
  }
}

function tell(text) {
  const note = document.createElement("p");
  note.className = "notice bad";
  note.setAttribute("role", "alert");
  note.textContent = text;
  document.getElementById("notices").replaceChildren(note);
}

async function ask(more = {}) {
  pages.dataset.state = "changed";
  asking?.abort();
  const mine = (asking = new AbortController());
  const slow = setTimeout(() => busy(true), 400);
  const body = fields(more);
  try {
    const answer = await fetch(`${form.dataset.root}preview`, {
      method: "POST", body, signal: mine.signal, headers: { Accept: "application/json" },
    });
    if (answer.status === 204) return;
    if (answer.status === 401) return tell(form.dataset.closed);
    if (!answer.ok) throw new Error(String(answer.status));
    await put(await answer.json(), mine);
  } catch (error) {
    if (error.name !== "AbortError") tell(form.dataset.away);
  } finally {
    clearTimeout(slow);
    if (asking === mine) {
      busy(false);
      if (!waiting) pages.dataset.state = "shown";
    }
  }
}

async function put(answer, mine) {
  const next = document.createElement("template");
  next.innerHTML = answer.pages ?? "";
  // Decoded before it is shown: the page would flicker at every keystroke.
  await Promise.allSettled([...next.content.querySelectorAll("img")].map((image) => image.decode()));
  if (asking !== mine) return;
  for (const box of form.querySelectorAll(".wrong[id]")) mark(box, answer.wrong[box.id.slice(0, -6)] ?? []);
  replace("notices", answer.notices);
  replace("basket", answer.basket);
  if ("list" in answer) {
    replace("list", answer.list);
    replace("wording", answer.wording);
    filter();
  }
  pages.classList.toggle("stale", answer.pages === null);
  if (answer.pages !== null) pages.replaceChildren(next.content);
}

function replace(id, html) {
  const place = document.getElementById(id);
  if (!place || place.dataset.last === html) return;
  const held = place.contains(document.activeElement) ? document.activeElement : null;
  place.innerHTML = html;
  place.dataset.last = html;
  if (held) (held.id && document.getElementById(held.id) || document.getElementById("query")).focus();
}

function mark(box, told) {
  box.replaceChildren(...told.map((each) => {
    const span = document.createElement("span");
    span.lang = each.language;
    span.textContent = each.text;
    return span;
  }));
  box.hidden = told.length === 0;
  const field = document.getElementById(box.id.slice(0, -6));
  if (told.length) field?.setAttribute("aria-invalid", "true");
  else field?.removeAttribute("aria-invalid");
}

function plain(text) {
  return text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
}

function filter() {
  const wanted = plain(form.elements.query.value).split(/\s+/).filter(Boolean);
  let found = 0;
  for (const shelf of form.querySelectorAll(".shelf")) {
    let here = 0;
    for (const item of shelf.querySelectorAll("li")) {
      item.hidden = !wanted.every((word) => item.dataset.words.includes(word));
      if (!item.hidden) here += 1;
    }
    shelf.hidden = here === 0;
    found += here;
  }
  const none = form.querySelector(".none-found");
  if (none) none.hidden = found > 0 || !wanted.length;
}

function soon(more) {
  clearTimeout(waiting);
  pages.dataset.state = "changed";
  waiting = setTimeout(() => { waiting = 0; ask(more); }, PAUSE);
}

form.addEventListener("input", (event) => {
  if (event.target.id === "query") return filter();
  if (event.target.closest("#emailing, #printing")) return;
  soon(event.target.id === "language" ? { list: "yes" } : {});
});

form.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (button?.matches(".star")) {
    event.preventDefault();
    const pressed = button.getAttribute("aria-pressed") === "true";
    const body = new URLSearchParams({ [pressed ? "no_favourite" : "favourite"]: button.value });
    const answer = await fetch(`${form.dataset.root}favourite`, { method: "POST", body, headers: { Accept: "application/json" } });
    if (answer.ok) button.setAttribute("aria-pressed", String(!pressed));
  } else if (button?.matches(".remove")) {
    event.preventDefault();
    const box = [...form.querySelectorAll("[name=sheet]")].find((one) => one.value === button.value);
    if (box?.type === "checkbox") box.checked = false;
    else box?.remove();
    form.elements.query.focus();
    ask();
  } else if (!button || button.matches(".unseen")) {
    event.preventDefault(); // Enter in a field: nothing is delivered by it
    ask();
  } else {
    if (delivering) return event.preventDefault();
    delivering = true;
    setTimeout(() => { for (const each of form.querySelectorAll("button")) each.disabled = true; }, 0);
  }
});

// A patient's details do not stay on a screen that nobody is at, by the clock: a computer may sleep meanwhile.
// They go at once, and not when the desk answers; the desk then takes the form no more, if a browser sends it again.
let used = Date.now();
function cleared() {
  if (Date.now() - used < Number(form.dataset.idle) * 1000) return false;
  if (form.isConnected) {
    form.remove();
    location.replace(`${form.dataset.root}?cleared=${form.elements.form.value}`);
  }
  return true;
}
function awake() {
  if (!cleared()) used = Date.now();
}
setInterval(cleared, 1000);
for (const kind of ["pointerdown", "keydown", "input", "scroll"]) addEventListener(kind, awake, { passive: true, capture: true });

// Back from another page: what the browser had kept of the form is not shown again.
addEventListener("pageshow", (event) => { if (event.persisted) location.replace(form.dataset.root); });

filter();
const problems = document.getElementById("problems");
if (problems) problems.focus();
else if (form.querySelector("[name=sheet]:checked, [name=sheet][type=hidden]") && !pages.querySelector("img")) ask();
