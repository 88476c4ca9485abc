"use strict";
// Draws what /page/events tells; sends what people do to /page/api. Data becomes text only.

const $ = (id) => document.getElementById(id);
const view = { customer: "", room: "" }, quoting = { chat: null, line: null };
const seen = new Map(); // room → messages when it was last looked at
let now = null; // the last picture
let editing = null, source = null, toastTimer = 0;

function make(tag, { cls = "", text = "", ...rest } = {}, ...children) {
  const node = document.createElement(tag);
  node.className = cls;
  if (text) node.textContent = text;
  for (const [name, value] of Object.entries(rest)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter(Boolean));
  return node;
}

/** Brings a container's children in line with `items`; what did not change keeps its node and focus. */
function sync(container, items, build, keyOf = (item) => item.id) {
  const atEnd = container.scrollHeight - container.scrollTop - container.clientHeight < 40;
  const old = new Map([...container.children].map((node) => [node.dataset.key, node]));
  const nodes = items.map((item) => {
    const key = String(keyOf(item));
    const json = JSON.stringify(item);
    const known = old.get(key);
    if (known && known.dataset.json === json) return known;
    const node = build(item);
    node.dataset.key = key;
    node.dataset.json = json;
    return node;
  });
  if (nodes.length === container.children.length && nodes.every((node, n) => container.children[n] === node)) return;
  container.replaceChildren(...nodes);
  if (atEnd || old.size === 0) container.scrollTop = container.scrollHeight;
}

async function post(path, body) {
  try {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`/page/api/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    if (answer.ok) return await answer.json();
    const problem = await answer.json().catch(() => ({}));
    toast(problem.error || `That did not work (${answer.status}).`);
  } catch {
    toast("The bridge does not answer.");
  }
  return null;
}

function toast(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => ($("toast").hidden = true), 4000);
}

function stamp(ms) {
  const at = new Date(ms);
  return make("time", { text: at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }), datetime: at.toISOString() });
}

function avatar(name, colour) {
  const letters = name.split(/\s+/).map((word) => [...word][0] || "").slice(0, 2).join("").toUpperCase();
  const hash = [...name].reduce((sum, c) => (sum * 31 + c.codePointAt(0)) % 997, 7);
  return make("span", { cls: `avatar ${colour || `c${hash % 6}`}`, text: letters || "?", "aria-hidden": "true" });
}

/** WhatsApp's *bold* and _italic_. */
function written(text) {
  const parts = text.split(/(\*[^*\n]+\*|(?<![\w])_[^_\n]+_(?![\w]))/);
  return make("p", {}, ...parts.map((part, n) => {
    if (n % 2 === 0) return part;
    return make(part[0] === "*" ? "strong" : "em", { text: part.slice(1, -1) });
  }));
}

const TICKS = { waiting: ["🕓", "not sent yet"], sent: ["✓", "sent"], delivered: ["✓✓", "delivered"], read: ["✓✓", "read"] };

function tick(state) {
  if (!state) return null;
  const [sign, word] = TICKS[state];
  return make("span", { cls: `tick ${state}`, text: sign, title: word, role: "img", "aria-label": word });
}

const quoteBox = (quote) => quote && make("div", { cls: "quote" }, make("b", { text: quote.who }), make("span", { text: quote.text }));
const unreadBadge = (count) => make("span", { cls: "badge", text: count, "aria-label": `${count} unread` });
const doButton = (text, onclick) => make("button", { cls: "do", type: "button", text, onclick });

// ---- the phone

const KINDS = { location: "📍", unsupported: "📊 Poll", video: "🎬 Video", audio: "🎤 Voice message", sticker: "Sticker", document: "📄 Document" };

function bubble(item) {
  const text = [KINDS[item.kind], item.text].filter(Boolean).join(" ");
  return make("div", { cls: `bubble${item.mine ? " mine" : ""}${item.reaction ? " reacted" : ""}` },
    quoteBox(item.quote),
    item.kind === "image" && make("img", { src: "/page/photo.png", alt: "Photo of a red bicycle before hills at sunset" }),
    written(text),
    make("div", { cls: "meta" },
      doButton("Reply", () => setQuote("chat", item.id, text)), stamp(item.at), tick(item.tick)),
    item.reaction && make("span", { cls: "reaction", text: item.reaction }));
}

function chip(customer) {
  const name = customer.name.split(" ")[0];
  return make("button", {
    cls: "chip", type: "button", title: customer.phone, "aria-pressed": String(customer.chosen),
    onclick: () => look({ customer: customer.key }),
  }, avatar(customer.name), make("span", { text: name }),
  customer.unread && !customer.chosen ? unreadBadge(customer.unread) : null);
}

function drawPhone() {
  const customers = now.customers.map((one) => ({ ...one, chosen: one.key === view.customer }));
  sync($("customers"), customers, chip, (one) => one.key);
  const chosen = customers.find((one) => one.chosen);
  $("whose").textContent = chosen ? chosen.name : "";
  $("business").textContent = now.business;
  $("number").textContent = now.number;
  sync($("chat"), now.chat, bubble);
  $("window-note").hidden = !now.window_closed;
  const phoneShown = getComputedStyle(document.querySelector(".phone-side")).display !== "none";
  if (chosen && chosen.unread && phoneShown && !document.hidden) post("read", { customer: chosen.key });
}

// ---- the inbox

const SYSTEM = { uj: "joined", "livechat-close": "Conversation closed", livechat_transfer_history: "Conversation handed over", "livechat-started": "Conversation started" };

function line(item) {
  if (item.who === "system") return make("div", { cls: "said system", text: SYSTEM[item.text] || item.text || "Conversation closed" });
  const tag = { customer: "Customer", agent: "Agent", bot: "Note" }[item.who];
  const own = item.who === "agent" && item.username === $("agent").value;
  return make("div", { cls: `said ${item.who}` },
    avatar(item.name, item.who === "bot" ? "cb" : ""),
    make("div", {},
      make("div", { cls: "who" }, make("b", { text: item.name }), make("span", { cls: "tag", text: tag }), stamp(item.at),
        item.edited && make("span", { cls: "edited", text: "edited" }), tick(item.tick),
        doButton("Reply", () => setQuote("line", item.id, item.text)), own && doButton("Edit", () => setEdit(item))),
      make("div", { cls: "body" }, quoteBox(item.quote), item.text && make("p", { text: item.text }),
        item.file && make("span", { cls: "file", text: `📎 ${item.file}` }))));
}

function roomItem(room) {
  const words = room.open ? (room.agent ? room.agent.split(" ")[0] : "queued") : "closed";
  return make("button", {
    cls: `room-item${room.open ? "" : " closed"}${room.unread ? " unread" : ""}`, type: "button",
    "aria-current": String(room.chosen), onclick: () => look({ room: room.id }),
  }, avatar(room.label), make("b", { text: room.label }), stamp(room.at),
  make("span", { cls: "last", text: room.last }),
  room.unread && !room.chosen ? unreadBadge(room.unread) : make("span", { cls: "state", text: words }));
}

function drawInbox() {
  const rooms = now.rooms.map((room) => {
    const chosen = room.id === view.room;
    if (chosen) seen.set(room.id, room.messages);
    return { ...room, chosen, unread: Math.max(0, room.messages - (seen.get(room.id) || 0)) };
  });
  sync($("rooms"), rooms, roomItem);
  $("no-rooms").hidden = rooms.length > 0;
  const unread = rooms.reduce((sum, room) => sum + room.unread, 0);
  $("tab-unread").textContent = unread;
  $("tab-unread").hidden = unread === 0;
  const room = rooms.find((one) => one.chosen);
  $("room-label").textContent = room ? room.label : "No conversation";
  $("room-agent").textContent = !room ? "" : !room.open ? "Closed" : room.agent ? `Served by ${room.agent}` : "Waits in the queue";
  $("take").hidden = !room || !room.open || room.agent_username === $("agent").value;
  $("close").hidden = !room || !room.open;
  $("reply-text").disabled = $("reply-send").disabled = !room || !room.open;
  sync($("lines"), room ? now.lines.map((item) => ({ ...item, as: $("agent").value })) : [], line);
}

function drawBar() {
  const status = now.status;
  $("agents-online").checked = status.agents_online;
  const figures = status.queues.map(([name, depth]) => ({ id: name, value: depth, cls: depth ? "busy" : "" }));
  figures.push({ id: "parked", value: status.parked, cls: status.parked ? "bad" : "" });
  figures.push({ id: "calls to 360dialog", value: status.calls_whatsapp }, { id: "calls to Rocket.Chat", value: status.calls_rocketchat });
  sync($("figures"), figures, (one) => make("span", { cls: one.cls || "", text: `${one.id} ` }, make("b", { text: String(one.value) })));
  $("down").setAttribute("aria-pressed", status.rocketchat_down);
  $("lose").setAttribute("aria-pressed", status.losing);
  $("window").setAttribute("aria-pressed", now.window_closed);
}

// ---- what is looked at

function draw(picture) {
  now = picture;
  if (!$("agent").options.length) $("agent").append(...now.agents.map((agent) => make("option", { value: agent.username, text: agent.name })));
  if (!now.customers.some((one) => one.key === view.customer) && now.customers.length) return look({ customer: now.customers[0].key });
  const room = now.rooms.find((one) => one.id === view.room);
  // a closed conversation gives way to the same customer's next one
  const next = room ? !room.open && now.rooms.find((one) => one.open && one.label === room.label) : now.rooms[0];
  if (next) return look({ room: next.id });
  if (!room && view.room) return look({ room: "" });
  drawPhone();
  drawInbox();
  drawBar();
}

function look(change) {
  if (change.customer && change.customer !== view.customer) setQuote("chat", null);
  if ("room" in change && change.room !== view.room) { setQuote("line", null); setEdit(null); }
  Object.assign(view, change);
  listen();
}

/** Follows the bridge; with `?still` one picture is drawn and stands still. */
function listen() {
  if (source) source.close();
  if (new URLSearchParams(location.search).has("still")) {
    fetch(`/page/api/state?${new URLSearchParams(view)}`).then((answer) => answer.json()).then(draw);
    return;
  }
  source = new EventSource(`/page/events?${new URLSearchParams(view)}`);
  source.onmessage = (event) => draw(JSON.parse(event.data));
}

// ---- what people do

function setQuote(side, id, text = "") {
  quoting[side] = id;
  const box = $(`${side}-quote`);
  box.hidden = !id;
  box.replaceChildren(make("span", { text }), make("button", { type: "button", text: "✕", "aria-label": "Do not quote", onclick: () => setQuote(side, null) }));
  if (id) $(side === "chat" ? "say-text" : "reply-text").focus();
}

/** Begins to edit a message; ends it with `null`. */
function setEdit(item) {
  if (editing || item) $("reply-text").value = item ? item.text : "";
  editing = item;
  $("reply-send").textContent = item ? "Save" : "Send";
  if (!item) return;
  setQuote("line", null);
  $("reply-text").focus();
}

$("say").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("say-text").value;
  if (!text.trim()) return;
  if (!await post("say", { customer: view.customer, text, quote: quoting.chat || "" })) return;
  $("say-text").value = "";
  setQuote("chat", null);
});

$("reply").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("reply-text").value;
  if (!text.trim()) return;
  const sent = editing
    ? await post("edit", { room: view.room, message: editing.id, text, quote: editing.quotes || "" })
    : await post("reply", { room: view.room, agent: $("agent").value, text, quote: quoting.line || "" });
  if (!sent) return;
  setEdit(null);
  $("reply-text").value = "";
  setQuote("line", null);
});

$("reply-text").addEventListener("keydown", (event) => event.key === "Escape" && setEdit(null));
$("agent").addEventListener("change", () => now && drawInbox());
$("take").addEventListener("click", () => post("take", { room: view.room, agent: $("agent").value }));
$("close").addEventListener("click", () => post("close", { room: view.room, agent: $("agent").value }));
$("agents-online").addEventListener("change", (event) => post("faults", { agentsOnline: event.target.checked }));
$("down").addEventListener("click", () => post("faults", { rocketchatDown: !now.status.rocketchat_down }));
$("lose").addEventListener("click", () => post("faults", { loseNextAnswer: true }));
$("window").addEventListener("click", () => post("faults", { closeWindow: view.customer }));
for (const button of document.querySelectorAll("[data-kind]")) button.addEventListener("click", () => post("send", { customer: view.customer, kind: button.dataset.kind }));
function show(tab) {
  document.body.dataset.tab = tab;
  for (const button of document.querySelectorAll("[data-show]")) button.setAttribute("aria-pressed", String(button.dataset.show === tab));
  if (now) draw(now);
}

for (const button of document.querySelectorAll("[data-show]")) button.addEventListener("click", () => show(button.dataset.show));

$("new-customer").addEventListener("click", () => {
  const open = $("customer-form").hidden;
  $("customer-form").hidden = !open;
  $("new-customer").setAttribute("aria-expanded", String(open));
  if (open) $("customer-name").focus();
});
$("customer-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const made = await post("customers", { name: $("customer-name").value, phone: $("customer-phone").value });
  if (!made) return;
  event.target.reset();
  $("new-customer").click();
  look({ customer: made.id });
});
document.addEventListener("visibilitychange", () => now && draw(now));

if (location.hash === "#inbox") show("inbox");
listen();
