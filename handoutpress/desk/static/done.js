// The outcome of a delivery: follows it until it is settled, and forgets the page when nobody is at it.
"use strict";

const box = document.getElementById("outcome");

async function follow() {
  if (box.dataset.settled === "yes") return;
  try {
    const answer = await fetch(location.pathname, { headers: { Accept: "application/json" } });
    if (answer.ok) {
      const now = await answer.json();
      if (box.dataset.last !== now.outcome) {
        const held = box.contains(document.activeElement) && document.activeElement.tagName === "BUTTON";
        box.innerHTML = now.outcome;
        box.dataset.last = now.outcome;
        if (held) box.querySelector("button")?.focus();
      }
      if (now.settled) box.dataset.settled = "yes";
    }
  } catch { /* the desk does not answer: what stands here is what was last known */ }
  setTimeout(follow, 1000);
}
setTimeout(follow, 1000);

// What is saved says so: the browser's own sign of a download is small.
box.addEventListener("click", (event) => {
  const link = event.target.closest(".file");
  if (!link) return;
  setTimeout(() => {
    link.textContent = link.dataset.again;
    box.querySelector(".fetched").hidden = false;
  }, 300);
});

// One file that was not fetched yet needs no second press of a button.
const files = box.querySelectorAll(".file");
if (files.length === 1 && !("fetched" in files[0].dataset)) files[0].click();

setTimeout(() => location.replace(box.dataset.root), Number(box.dataset.idle) * 1000);
