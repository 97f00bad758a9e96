// The page follows the preview: each round is told by the server, and its pictures are put in place once they
// can be shown, so that nothing flashes and nothing moves.
"use strict";

const byId = (id) => document.getElementById(id);
const pages = byId("pages");
const look = byId("look");
const WIDEST = 896; // as the style sheet has it, in CSS pixels
const NAMES = new Intl.DisplayNames(["en"], { type: "language" });
const PAPERS = { a4: "A4", letter: "US Letter" };
let news = null; // the last round, as told
let shown = ""; // which pictures are in place
let wanted = "";

function many(count, word) {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

function made(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

// --- The pages ------------------------------------------------------------------------------------------

function scaleFor(width) {
  const room = Math.min(Math.max(pages.clientWidth - 24, 300), WIDEST);
  return Math.min(4, Math.ceil(((room * devicePixelRatio) / width) * 4) / 4);
}

function keyOf(round) {
  return `${round.version} ${round.sizes.map(([width]) => scaleFor(width)).join(" ")}`;
}

async function pictured(round, index) {
  const [width, height] = round.sizes[index];
  const image = new Image(Math.round(width), Math.round(height));
  image.alt = `Page ${index + 1} of ${round.sizes.length}`;
  image.src = `picture/${round.version}/${index + 1}.png?scale=${scaleFor(width)}`;
  await image.decode();
  return image;
}

function place(round, images) {
  const sheets = [...pages.querySelectorAll(".sheet")];
  images.forEach((image, index) => {
    const caption = made("figcaption", "", image.alt);
    if (sheets[index]) {
      sheets[index].replaceChildren(image, caption);
    } else {
      const sheet = made("figure", "sheet", "");
      sheet.append(image, caption);
      pages.append(sheet);
    }
  });
  sheets.slice(images.length).forEach((sheet) => sheet.remove());
  pages.querySelector(".blank-page")?.remove();
}

function ribbon(text, bad) {
  const there = pages.querySelector(".ribbon");
  if (there?.textContent === text) return;
  there?.remove();
  if (text) pages.prepend(made("p", bad ? "ribbon bad" : "ribbon", text));
}

async function show(round) {
  wanted = keyOf(round);
  const key = wanted;
  if (key !== shown && round.version) {
    let images;
    try {
      images = await Promise.all(round.sizes.map((_, index) => pictured(round, index)));
    } catch {
      return; // not there any more: a newer round is on its way, or the preview has ended
    }
    if (wanted !== key || news !== round) return;
    place(round, images);
    shown = key;
  }
  tell(round);
  pages.dataset.state = round.state;
  pages.dataset.version = round.version;
  pages.dataset.round = round.round;
}

// --- What is said beside them ---------------------------------------------------------------------------

function problem(each) {
  const item = document.createElement("li");
  if (each.where) item.append(made("span", "where", each.where));
  item.append(made("span", "said", each.message));
  if (each.source) {
    const source = made("pre", "", each.source);
    source.tabIndex = 0; // a long line is moved with the arrow keys
    item.append(source);
  }
  if (each.hint) item.append(made("p", "hint", each.hint));
  return item;
}

function tell(round) {
  const count = round.problems.length;
  const stopped = round.state === "stopped";
  const said = count ? many(count, "problem") : "";
  const more = stopped
    ? round.version ? "These are the last good pages, from before." : "There is nothing to show until this is mended."
    : "A draft: every page says so. The handout is not printed until this is mended.";
  byId("told").hidden = !count;
  byId("told").classList.remove("gone");
  byId("told-title").textContent = said;
  byId("told-more").textContent = more;
  byId("problems").replaceChildren(...round.problems.map(problem));
  pages.classList.toggle("stale", stopped);
  ribbon(stopped && round.version ? "Not as it is now: the last pages that could be made" : "", true);
  if (stopped && !round.version) {
    pages.replaceChildren(made("p", "blank-page stopped", "No pages yet"));
  }
  byId("name").textContent = round.name;
  byId("count").textContent = round.version ? many(round.sizes.length, "page") : "";
  if (!stopped) byId("time").textContent = `made ${round.time}`;
  const paper = PAPERS[round.look.paper] ?? "";
  const status = count ? `${said}. ${more}` : `${many(round.sizes.length, "page")}, ${paper}.`;
  if (byId("status").textContent !== status) byId("status").textContent = status; // else it is read out at each save
  document.title = `${count ? `(${count}) ` : ""}${round.name} · Preview`;
  choices(round);
}

function choices(round) {
  const language = look.elements.language;
  const known = [...language.options].map((option) => option.value);
  if (known.join() !== round.languages.join()) {
    language.replaceChildren(
      ...round.languages.map((tag) => {
        const option = made("option", "", NAMES.of(tag));
        option.value = tag;
        return option;
      }),
    );
  }
  for (const [name, value] of Object.entries(round.look)) {
    if (value && document.activeElement !== look.elements[name]) look.elements[name].value = value;
  }
}

look.addEventListener("submit", (event) => event.preventDefault());
look.addEventListener("change", async (event) => {
  const { name, value } = event.target;
  if (event.target.id === "grey") {
    pages.classList.toggle("grey-only", event.target.checked);
    return;
  }
  try {
    await fetch("look", { method: "POST", body: new URLSearchParams({ [name]: value }) });
  } catch {
    gone();
  }
});

// --- The link to the program ----------------------------------------------------------------------------

function gone() {
  const title = "The preview has ended";
  pages.classList.add("stale");
  pages.dataset.state = "ended";
  ribbon("Not followed any more: the preview has ended", true);
  byId("told").hidden = false;
  byId("told").classList.add("gone");
  byId("told-title").textContent = title;
  byId("told-more").textContent = "Saves are not shown any more. Start it again in the terminal, and open the new address.";
  byId("problems").replaceChildren();
  byId("status").textContent = title;
  document.title = `Ended · ${news?.name ?? "Preview"}`;
}

const events = new EventSource("events");
events.onmessage = (message) => {
  const round = JSON.parse(message.data);
  if (!round.round) return; // nothing is made yet
  news = round;
  show(round);
};
events.addEventListener("ended", () => {
  events.close();
  gone();
});
events.onerror = gone; // should it answer again, the next message mends this

let resizing = 0;
addEventListener("resize", () => {
  clearTimeout(resizing);
  resizing = setTimeout(() => news?.version && keyOf(news) !== shown && pages.dataset.state !== "ended" && show(news), 200);
});
