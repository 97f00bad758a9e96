// The page for staff follows each change: it sends the form and puts the pages that come back in place.
// Without this script the same form does the same with the button "Show the pages".
"use strict";

const form = document.getElementById("give");
const pages = document.getElementById("pages");
const words = form.dataset;
const PAUSE = 120; // milliseconds of quiet before a picture is asked for
const WARNING = 30; // seconds before the patient's details are cleared
const ABOUT_PATIENT = ["name", "reference", "note", "appointment", "to"];
const page = `${Date.now()}-${Math.random()}`; // this load of it: a form that is shown again counts anew
let number = 0;
let waiting = 0;
let asking = null;
let owed = {}; // what an answer still has to bring, though newer questions were asked meanwhile
let leaving = false;

document.documentElement.classList.add("script");
// A page that came as the answer to a form cannot be gone back to; this one can.
if (location.pathname !== words.root) history.replaceState(null, "", words.root);

function fields(more) {
  const data = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    // The patient's address and the password are sent where they are used, and not at every keystroke.
    if (!["to", "again_to", "password"].includes(name)) data.append(name, value);
  }
  data.set("page", page);
  data.set("number", String((number += 1)));
  for (const [name, value] of Object.entries(more)) data.set(name, value);
  return data;
}

// --- The pages: as they would print now, or plainly marked as not that ---------------------------------

function ribbon(text) {
  pages.querySelector(".ribbon")?.remove();
  if (!text) return;
  const note = document.createElement("p");
  note.className = "ribbon";
  note.textContent = text;
  pages.prepend(note);
}

function stale(text) {
  pages.classList.add("stale");
  ribbon(text);
}

function tell(text) {
  const note = document.createElement("p");
  note.className = "notice bad";
  note.setAttribute("role", "alert");
  note.textContent = text;
  document.getElementById("notices").replaceChildren(note);
}

function away(text) {
  stale(words.stale);
  tell(text);
  // What would be pressed now would end at an error page of the browser, and the form be gone.
  deliverable(false);
}

function deliverable(on) {
  for (const each of form.querySelectorAll("#print, #save, #email")) each.disabled = !on;
}

async function ask(more = {}) {
  pages.dataset.state = "changed";
  owed = { ...owed, ...more };
  asking?.abort();
  const mine = (asking = new AbortController());
  const slow = setTimeout(() => {
    pages.setAttribute("aria-busy", "true");
    ribbon(words.working);
  }, 400);
  const body = fields(owed);
  try {
    const answer = await fetch(`${words.root}preview`, {
      method: "POST", body, signal: mine.signal, headers: { Accept: "application/json" },
    });
    clearTimeout(slow);
    if (answer.status === 204) return;
    if (answer.status === 401) return away(words.closed);
    if (!answer.ok) return away(words.fault);
    await put(await answer.json(), mine);
  } catch (error) {
    clearTimeout(slow);
    if (error.name !== "AbortError") away(words.away);
  } finally {
    clearTimeout(slow);
    if (asking === mine && !waiting) {
      pages.setAttribute("aria-busy", "false");
      pages.dataset.state = pages.matches(".stale") ? "stale" : "shown";
    }
  }
}

async function put(answer, mine) {
  const next = document.createElement("template");
  next.innerHTML = answer.pages ?? "";
  // Decoded before it is shown: the page would flicker at every keystroke.
  await Promise.allSettled([...next.content.querySelectorAll("img")].map((image) => image.decode()));
  if (asking !== mine || waiting) return; // something was changed meanwhile: a newer answer comes
  owed = {};
  deliverable(true);
  for (const box of form.querySelectorAll(".wrong[id]")) mark(box, answer.wrong[box.id.slice(0, -6)] ?? []);
  replace("notices", answer.notices);
  replace("basket", answer.basket);
  if ("list" in answer) {
    replace("list", answer.list);
    replace("wording", answer.wording);
    filter();
  }
  if (answer.pages === null) {
    stale(words.stale);
    // Pages of other sheets, or in another language, would be worse than none.
    for (const one of pages.querySelectorAll("figure")) {
      const same = one.dataset.language === form.elements.language.value;
      if (!same || !form.querySelector(`[name=sheet][value="${one.dataset.sheet}"]:checked`)) one.remove();
    }
    pages.querySelector(".blank-page")?.remove();
  } else {
    pages.classList.remove("stale");
    pages.replaceChildren(next.content);
  }
  soonSaid(answer.said);
}

// A screen reader hears what changed once somebody has stopped typing, and not at every letter.
let saying = 0;
function soonSaid(text) {
  clearTimeout(saying);
  saying = setTimeout(() => { document.getElementById("said").textContent = text; }, 1200);
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
  box.replaceChildren(...told.flatMap((each) => {
    const span = document.createElement("span");
    span.lang = each.language;
    span.textContent = each.text;
    return [span, " "];
  }));
  box.hidden = told.length === 0;
  const field = document.getElementById(box.id.slice(0, -6));
  if (told.length) field?.setAttribute("aria-invalid", "true");
  else field?.removeAttribute("aria-invalid");
}

// --- The list ----------------------------------------------------------------------------------------------

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

// --- What somebody does ------------------------------------------------------------------------------------

form.addEventListener("input", (event) => {
  if (event.target.id === "query") return filter();
  // Both sides of the paper change where the sheets of a packet begin.
  if (event.target.id !== "sides" && event.target.closest("#emailing, #printing")) return;
  clearTimeout(waiting);
  pages.dataset.state = "changed";
  if (event.target.id === "language") owed.list = "yes";
  waiting = setTimeout(() => { waiting = 0; ask(); }, PAUSE);
});

form.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (button?.matches(".star")) {
    event.preventDefault();
    const pressed = button.getAttribute("aria-pressed") === "true";
    const body = new URLSearchParams({ [pressed ? "no_favourite" : "favourite"]: button.value });
    const answer = await fetch(`${words.root}favourite`, { method: "POST", body, headers: { Accept: "application/json" } });
    if (answer.ok) button.setAttribute("aria-pressed", String(!pressed));
  } else if (button?.matches(".remove")) {
    event.preventDefault();
    const boxes = [...form.querySelectorAll("[name=sheet]")].filter((one) => one.value === button.value);
    for (const box of boxes) {
      if (box.type === "checkbox") box.checked = false;
      else box.remove();
    }
    form.elements.query.focus();
    ask();
  } else if (!button || button.matches(".unseen")) {
    event.preventDefault(); // Enter in a field: nothing is delivered by it
    ask();
  } else if (leaving) {
    event.preventDefault();
  } else {
    leaving = true;
    setTimeout(() => { for (const each of form.querySelectorAll("button")) each.disabled = true; }, 0);
  }
});

document.getElementById("to-email")?.addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("emailing").open = true;
  (document.getElementById("to") ?? document.querySelector("#emailing summary")).focus();
});

// Another page would take what was typed with it, and nobody has been asked.
addEventListener("beforeunload", (event) => {
  const typed = ABOUT_PATIENT.some((name) => form.elements[name]?.value);
  if (typed && !leaving) event.preventDefault();
});

// --- A patient's details do not stay on a screen that nobody is at ------------------------------------------

// By the clock, as a computer may sleep meanwhile; at once, and not when the desk answers. The desk then takes
// the form no more, if a browser sends it again.

let used = Date.now();

function cleared() {
  const left = used + Number(words.idle) * 1000 - Date.now();
  if (left <= 0 && form.isConnected) {
    leaving = true;
    Element.prototype.remove.call(form); // `form.remove` is a button of that name
    location.replace(`${words.root}?cleared=${form.elements.form.value}`);
  } else if (form.isConnected) {
    const typed = ABOUT_PATIENT.some((name) => form.elements[name]?.value);
    document.getElementById("idle-warning").hidden = !typed || left > WARNING * 1000;
  }
  return left <= 0;
}

function awake() {
  if (cleared()) return;
  used = Date.now();
  document.getElementById("idle-warning").hidden = true;
}

setInterval(cleared, 1000);
for (const kind of ["pointerdown", "keydown", "input", "scroll"]) {
  addEventListener(kind, awake, { passive: true, capture: true });
}

// Back from another page: what the browser had kept of the form is not shown again.
addEventListener("pageshow", (event) => { if (event.persisted) location.replace(words.root); });

filter();
const problems = document.getElementById("problems");
if (problems) problems.focus();
else {
  form.elements.query.focus({ preventScroll: true });
  if (form.querySelector("[name=sheet]:checked, [name=sheet][type=hidden]") && !pages.querySelector("img")) ask();
}
