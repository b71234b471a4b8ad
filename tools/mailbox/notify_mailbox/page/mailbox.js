// SPDX-License-Identifier: Apache-2.0
"use strict";

const FOLLOW_MS = 1000;
const SHOWN = 200;
const byId = (id) => document.getElementById(id);

let changes = -1; // of the store, as last seen
let chosen = location.hash.slice(1);
let view = "html";
let current = null;

async function fetchJson(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error((await response.json()).Error);
  return response.json();
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function people(list) {
  return list.map((person) => (person.Name ? `${person.Name} <${person.Address}>` : person.Address)).join(", ");
}

function recipients(mail) {
  return people([...mail.To, ...mail.Cc, ...mail.Bcc]);
}

function clock(created) {
  const moment = new Date(created);
  const today = moment.toDateString() === new Date().toDateString();
  return today ? moment.toLocaleTimeString() : moment.toLocaleDateString();
}

// The list

function listItem(mail) {
  const item = element("li");
  const button = element("button", mail.Read ? "" : "unread");
  button.type = "button";
  button.dataset.id = mail.ID;
  if (mail.ID === chosen) button.setAttribute("aria-current", "true");
  const when = element("time", "when", clock(mail.Created));
  when.dateTime = mail.Created;
  button.append(
    element("span", "to", recipients(mail)), when,
    element("span", "subject", mail.Subject || "(no subject)"), element("span", "snippet", mail.Snippet));
  button.addEventListener("click", () => { location.hash = mail.ID; });
  item.append(button);
  return item;
}

async function refreshList() {
  const query = byId("query").value.trim();
  const path = query ? `search?query=${encodeURIComponent(query)}&` : "messages?";
  const found = await fetchJson(`/api/v1/${path}limit=${SHOWN}`);
  if (query !== byId("query").value.trim()) return; // a later one is under way
  const focused = document.activeElement?.dataset?.id;
  byId("list").replaceChildren(...found.messages.map(listItem));
  if (focused) byId("list").querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
  const unread = found.unread ? `, ${found.unread} unread` : "";
  const all = `${found.total} ${found.total === 1 ? "mail" : "mails"}${unread}`;
  byId("count").textContent = query ? `${found.messages_count} of ${all}` : all;
  byId("empty").hidden = found.messages.length > 0;
  byId("empty-text").textContent = query
    ? "No mail matches the search." : "Nothing here yet. A mail shows up the moment it arrives.";
  document.title = found.unread ? `(${found.unread}) Mailbox` : "Mailbox";
}

async function follow() {
  try {
    const info = await fetchJson("/api/v1/info");
    byId("live").classList.remove("away");
    byId("live").textContent = "live";
    if (info.Changes !== changes) {
      changes = info.Changes;
      await refreshList();
    }
  } catch {
    byId("live").classList.add("away");
    byId("live").textContent = "not reachable";
    changes = -1;
  }
  setTimeout(follow, FOLLOW_MS);
}

// One mail

function fields(pairs) {
  const list = element("dl");
  for (const [name, value] of pairs) list.append(element("dt", "", name), element("dd", "", value));
  return list;
}

function linked(text) {
  const block = element("pre");
  let last = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"]*[^\s<>".,;:!?)]/g)) {
    const link = element("a", "", match[0]);
    link.href = match[0];
    link.target = "_blank";
    link.rel = "noreferrer";
    block.append(text.slice(last, match.index), link);
    last = match.index + match[0].length;
  }
  block.append(text.slice(last));
  return block;
}

const views = {
  html(mail) {
    const frame = element("iframe");
    frame.title = "The mail's HTML";
    frame.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
    frame.referrerPolicy = "no-referrer";
    frame.src = `/view/${mail.ID}.html`;
    return frame;
  },
  text: (mail) => linked(mail.Text || "(the mail has no text part)"),
  async headers(mail) {
    const found = await fetchJson(`/api/v1/message/${mail.ID}/headers`);
    return fields(Object.entries(found).flatMap(([name, values]) => values.map((value) => [name, value])));
  },
  async source(mail) {
    return element("pre", "", await (await fetch(`/api/v1/message/${mail.ID}/raw`)).text());
  },
};

async function show(name) {
  view = name;
  const mail = current;
  const shown = name === "html" && !mail.HTML ? "text" : name;
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const selected = tab.dataset.view === shown;
    tab.setAttribute("aria-selected", String(selected));
    tab.tabIndex = selected ? 0 : -1;
    tab.disabled = tab.dataset.view === "html" && !mail.HTML;
  }
  const made = await views[shown](mail);
  if (mail === current) byId("view").replaceChildren(made);
}

async function open() {
  chosen = location.hash.slice(1);
  document.body.classList.toggle("reading", Boolean(chosen));
  for (const button of byId("list").querySelectorAll("button")) {
    if (button.dataset.id === chosen) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  current = null;
  if (chosen) current = await fetchJson(`/api/v1/message/${encodeURIComponent(chosen)}`).catch(() => null);
  byId("mail").hidden = !current;
  byId("none").hidden = Boolean(current);
  byId("none").firstElementChild.textContent = chosen ? "This mail is gone." : "Choose a mail to read it.";
  if (!current) return;
  byId("subject").textContent = current.Subject || "(no subject)";
  byId("fields").replaceChildren(...fields([
    ["From", people([current.From])], ["To", recipients(current)], ["Date", new Date(current.Date).toLocaleString()],
  ]).childNodes);
  await show(view);
}

// Left and right move between the tabs, as the role promises.
function moveTab(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const tabs = [...document.querySelectorAll("[role=tab]:not(:disabled)")];
  const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
  next.focus();
  next.click();
}

for (const tab of document.querySelectorAll("[role=tab]")) {
  tab.addEventListener("click", () => show(tab.dataset.view));
  tab.addEventListener("keydown", moveTab);
}
byId("query").addEventListener("input", refreshList);
document.querySelector(".search").addEventListener("submit", (event) => event.preventDefault());
byId("back").addEventListener("click", () => { location.hash = ""; });
byId("delete").addEventListener("click", async () => {
  await fetch("/api/v1/messages", { method: "DELETE" });
  location.hash = "";
  await refreshList();
});
addEventListener("hashchange", open);
open();
follow();
