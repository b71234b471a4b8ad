// SPDX-License-Identifier: Apache-2.0
// The pages work without this. With it, the form stays on its page and the sign-up's state changes before one's eyes.
"use strict";

const final = new Set(["confirmed"]);
const firstWait = 1000;
const longestWait = 10000;
const giveUpAfter = 60 * 60 * 1000;

async function showPage(url) {
  const answer = await fetch(url, { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.title = page.title;
  document.getElementById("main").replaceChildren(...page.getElementById("main").children);
}

function watchStatus() {
  const begun = Date.now();
  let wait = firstWait;
  const look = async () => {
    const status = document.getElementById("status");
    if (!status || final.has(status.dataset.state) || Date.now() - begun > giveUpAfter) return;
    const url = `/signups/${status.dataset.id}`;
    try {
      if (!document.hidden) {
        const answer = await fetch(url, { headers: { Accept: "application/json" } });
        if (answer.ok && (await answer.json()).state !== status.dataset.state) {
          await showPage(url);
          wait = firstWait;
        }
      }
    } catch {
      // The network or the service is away: the page keeps what it knows and asks again.
    }
    wait = Math.min(wait * 1.3, longestWait);
    setTimeout(look, wait);
  };
  setTimeout(look, wait);
}

function showErrors(form, problem) {
  const texts = new Map((problem.errors || []).map((error) => [error.pointer.slice(2), error.detail]));
  let first = null;
  for (const name of ["name", "email"]) {
    const text = texts.get(name) || "";
    form.elements[name].setAttribute("aria-invalid", text ? "true" : "false");
    document.getElementById(`${name}-error`).textContent = text;
    if (text && !first) first = form.elements[name];
  }
  const alert = document.getElementById("alert");
  alert.hidden = Boolean(first);
  alert.textContent = first ? "" : problem.detail;
  if (first) first.focus();
}

function clearError(event) {
  event.target.setAttribute("aria-invalid", "false");
  document.getElementById(`${event.target.name}-error`).textContent = "";
}

async function signUp(form) {
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ name: form.elements.name.value, email: form.elements.email.value }),
  });
  const body = await answer.json();
  if (!answer.ok) {
    showErrors(form, body);
    return;
  }
  const url = `/signups/${body.id}`;
  await showPage(url);
  history.pushState(null, "", url);
  document.getElementById("main").focus();
  watchStatus();
}

const form = document.getElementById("signup-form");
if (form) {
  // The service's own words are shown beside the fields, so the browser's balloons would say it twice.
  form.noValidate = true;
  form.addEventListener("input", clearError);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    try {
      await signUp(form);
    } catch {
      showErrors(form, { detail: "The service cannot be reached. Please try again." });
    }
    button.removeAttribute("aria-busy");
  });
}
// Back to the form from a state that was shown without loading a page.
addEventListener("popstate", () => location.reload());
watchStatus();
