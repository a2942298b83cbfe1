// Everything here makes a page that already works without it more comfortable.

const unreachable = "Cannot reach the server. Check your connection and try again.";
const silent = "The server does not answer. Try again later.";
const page = document.documentElement.dataset;
/** When a form of this page was last sent on its way, which may lead to another page. */
let departure = -Infinity;

function post(form, fields, options = {}) {
  return fetch(form.action, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new URLSearchParams(fields),
    credentials: "same-origin",
    // An answer is JSON from this server or it is a failure: a redirect is never followed into HTML.
    redirect: "error",
    ...options,
  });
}

/** Goes to a page of this site. Anything else, also a `javascript:` address, is refused by throwing. */
function go(address) {
  const target = new URL(address, location.href);
  if (target.origin !== location.origin) throw new Error("not an address of this site");
  departure = performance.now();
  location.assign(target);
}

// MARK: Colour mode

for (const form of document.querySelectorAll("form[data-color-mode-form]")) {
  form.addEventListener("submit", (event) => {
    const mode = event.submitter?.value;
    if (mode !== "light" && mode !== "dark") return;
    event.preventDefault();

    const fields = new FormData(form);
    fields.set("mode", mode);
    document.documentElement.dataset.colorMode = mode;
    // The pressed button has just been hidden by the style sheet: its counterpart takes the focus.
    form.querySelector(`button[value="${mode === "dark" ? "light" : "dark"}"]`).focus();
    // The server remembers the choice in a cookie. If that fails, it holds for this page only.
    post(form, fields, { keepalive: true }).catch(() => {});
  });
}

// MARK: Showing passwords

function reveal(button, shown) {
  button.textContent = shown ? "Hide password" : "Show password";
  for (const id of button.dataset.reveal.split(" ")) {
    document.getElementById(id).type = shown ? "text" : "password";
  }
}

for (const button of document.querySelectorAll("button[data-reveal]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const [first] = button.dataset.reveal.split(" ");
    reveal(button, document.getElementById(first).type === "password");
  });
}

/** Password managers and form history look at the type at the moment of submitting. */
function concealPasswords(form) {
  for (const button of form.querySelectorAll("button[data-reveal]")) reveal(button, false);
}

// MARK: Forms

function setBusy(form, busy) {
  const button = form.querySelector("button[type=submit]");
  if (busy) {
    form.setAttribute("aria-busy", "true");
    // Not `disabled`, which would take the focus away from the button.
    button.setAttribute("aria-disabled", "true");
  } else {
    form.removeAttribute("aria-busy");
    button.removeAttribute("aria-disabled");
  }
}

function setInvalid(input, invalid) {
  const described = (input.getAttribute("aria-describedby") ?? "")
    .split(" ")
    .filter((id) => id && id !== "alert");
  if (invalid) {
    input.setAttribute("aria-invalid", "true");
    described.unshift("alert");
  } else {
    input.removeAttribute("aria-invalid");
  }
  if (described.length > 0) input.setAttribute("aria-describedby", described.join(" "));
  else input.removeAttribute("aria-describedby");
}

/** The field is where to go on; `invalid` are those that are wrong, if it is not that one alone. */
function showProblem(form, { message, field, invalid = [field], clear = [] }) {
  document.getElementById("alert").textContent = message;
  for (const input of form.querySelectorAll(".field input")) {
    setInvalid(input, invalid.includes(input.name));
    if (clear.includes(input.name)) {
      input.value = "";
      // What is shown about the field, such as its strength, is about what stands in it.
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (input.name === field) input.focus();
  }
}

function showSuccess(form, { message, location: address, delayMilliseconds }) {
  const card = form.closest(".card");
  const template = card?.querySelector("template[data-success]");
  // A page of somebody's own may have no such template: the next page will do.
  if (!template) return go(address);
  const done = template.content.cloneNode(true);
  const status = done.querySelector("[role=status]");
  const heading = status.querySelector("h1");
  done.querySelector("a").href = address;
  card.replaceChildren(done);
  // A live region announces a change, so it has to be in the page before its text. And the time to read
  // begins with the text, however late a busy machine draws it.
  requestAnimationFrame(() => {
    heading.textContent = message;
    setTimeout(() => go(address), delayMilliseconds);
  });
  // The button that had the focus is gone: go on from here, not from the top of the page.
  status.tabIndex = -1;
  status.focus();
}

async function submit(form) {
  document.getElementById("alert").textContent = "";
  concealPasswords(form);
  setBusy(form, true);

  let problem = { message: unreachable };
  // Hashing may have to wait for its turn, but nobody waits for ever.
  const signal = AbortSignal.timeout(60_000);
  try {
    const response = await post(form, new FormData(form), { signal });
    const reply = await response.json();
    if (response.ok && reply.message) return showSuccess(form, reply);
    // Stays busy: the next page is on its way.
    if (response.ok) return go(reply.location);
    if (reply.message) problem = reply;
  } catch {
    // No connection, no answer in time, or one that is not ours.
    if (signal.aborted) problem = { message: silent };
  }
  departure = -Infinity;
  setBusy(form, false);
  showProblem(form, problem);
}

for (const form of document.querySelectorAll("form[data-enhance]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.getAttribute("aria-busy") !== "true") submit(form);
  });
}

document.addEventListener("submit", (event) => {
  // What a script has kept for itself leads nowhere, unless the script is this one.
  const leads = !event.defaultPrevented || "enhance" in event.target.dataset;
  if (leads) departure = performance.now();
});

// MARK: Back and forward

addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  // The browser brought back a picture of the page. What was private then may not be now: ask again.
  if ("session" in page || "private" in page) location.reload();
  for (const form of document.querySelectorAll("form[data-enhance]")) setBusy(form, false);
});

// MARK: Times

for (const time of document.querySelectorAll("time[datetime]")) {
  const date = new Date(time.dateTime);
  // A day without an hour is the same in every zone.
  if (!time.dateTime.includes("T") || Number.isNaN(date.getTime())) continue;
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  time.title = time.textContent;
  time.lang = format.resolvedOptions().locale;
  time.textContent = format.format(date);
}

// MARK: How strong a new password looks

// An estimate for the eye only: it stops nobody, and what is refused the server's list decides.

const words = `password passwort passwd pass1 admin welcome letmein login master monkey dragon shadow
  sunshine princess football baseball soccer hockey basketball iloveyou love hello secret superman
  batman starwars pokemon freedom whatever computer internet samsung google summer winter spring autumn
  michael jordan jessica ashley daniel charlie thomas andrew jennifer robert hunter ranger buster tigger
  ginger pepper cookie cheese chocolate flower banana purple orange silver diamond killer mustang
  changeme default`.split(/\s+/);
const rows = ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "qwertzuiop", "azertyuiop",
  "asdfghjkl", "zxcvbnm", "yxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
  "1q2w3e4r5t6y7u8i9o0p"];
const runs = [...rows, ...rows.map((row) => [...row].reverse().join(""))];
const disguises = new Map(Object.entries({ 0: "o", 1: "i", 3: "e", 4: "a", 5: "s", 7: "t", "@": "a", $: "s", "!": "i" }));

/** Letters of running text tell little, rare ones more; single signs are hardest to foresee. */
function signBits(sign, previous) {
  if (sign === previous) return 1;
  if (/[jkqvwxz]/.test(sign)) return 5;
  if (/\p{Ll}/u.test(sign)) return 2.5;
  if (/\d/.test(sign)) return 3.3;
  return /[\s._-]/.test(sign) ? 2 : 5;
}

/** How many bits a guesser has to try who knows these words, rows and habits. */
function estimateBits(password, context) {
  const start = password.normalize("NFKC").slice(0, 128);
  const text = start.toLowerCase();
  const plain = text.replace(/[013457@$!]/g, (sign) => disguises.get(sign));
  const known = [...context, ...words];
  const longest = (at, isKnown) => {
    for (let end = text.length; end >= at + 3; end -= 1) if (isKnown(text.slice(at, end))) return end - at;
    return 0;
  };
  // A capital at the front or all over is a habit.
  const [capitals, small] = [/\p{Lu}/gu, /\p{Ll}/gu].map((kind) => (start.match(kind) ?? []).length);
  let bits = Math.min(capitals, small + 1, 5);
  for (let at = 0; at < text.length;) {
    const word = Math.max(0, ...known
      .filter((word) => plain.startsWith(word, at) || text.startsWith(word, at)).map((word) => word.length));
    const year = /^(19|20)\d\d/.test(text.slice(at)) ? 4 : 0;
    const run = longest(at, (part) => runs.some((row) => row.includes(part)));
    const repeat = longest(at, (part) => text.indexOf(part) < at);
    // The longest explanation is taken, of equal ones the cheapest.
    const [length, cost] = [[repeat, 3], [run, 4], [word, 6], [year, 6], [1, signBits(text[at], text[at - 1])]]
      .reduce((best, next) => (next[0] > best[0] ? next : best));
    at += length;
    bits += cost;
  }
  return bits;
}

// Guessing at the login page ends long before 2^28. With a stolen hash one graphics card makes some
// 10^4 guesses a second: a day for 2^30, years for 2^40, more than a life for 2^56.
const degrees = [[28, "Easy to guess"], [40, "Fair"], [56, "Good"], [Infinity, "Strong"]];

/** A degree from 0 to 4 and its words. */
function strength(password, minimum, context) {
  // Counted as the server counts: characters, not the pieces that a browser stores.
  const missing = minimum - [...password.normalize("NFC")].length;
  if (missing > 0) return [0, `Too short: ${missing} more ${missing === 1 ? "character" : "characters"}`];
  const bits = estimateBits(password, context);
  const degree = degrees.findIndex(([limit]) => bits < limit);
  return [degree + 1, degrees[degree][1]];
}

for (const meter of document.querySelectorAll("[data-strength-for]")) {
  const input = document.getElementById(meter.dataset.strengthFor);
  const [shown, spoken] = [meter.querySelector(".strength-words"), meter.querySelector("[role=status]")];
  let rest;
  const show = () => {
    const names = [...input.form.querySelectorAll("[autocomplete=username]")].map((field) => field.value);
    const context = [...names, meter.dataset.context ?? ""]
      .flatMap((name) => [name, ...name.split(/\P{L}+/u)])
      .map((name) => name.normalize("NFKC").toLowerCase()).filter((name) => name.length > 2);
    const [degree, text] = strength(input.value, Number(meter.dataset.minimum), context);
    if (input.value) meter.dataset.degree = degree;
    else delete meter.dataset.degree;
    shown.textContent = input.value ? text : "";
    // Said when the typing rests, and only when it is something new.
    clearTimeout(rest);
    rest = setTimeout(() => {
      const news = input.value && (degree ? `Password strength: ${text}` : text);
      if (spoken.textContent !== news) spoken.textContent = news;
    }, 1_000);
  };
  meter.hidden = false;
  input.form.addEventListener("input", show);
  show();
}

// MARK: Logging in and out elsewhere

const channel = "BroadcastChannel" in window ? new BroadcastChannel("latchkey") : undefined;
/** Aborted when this page has nothing more to listen for. */
const listening = new AbortController();
addEventListener("pagehide", () => listening.abort());

/** Whether a form of this page is on its way. What happens to the session is then its own doing. */
function isDeparting() {
  return performance.now() - departure < 10_000;
}

function showNotice(...content) {
  // A live region announces a change, so it has to be in the page before its text.
  requestAnimationFrame(() => { document.getElementById("notice")?.replaceChildren(...content); });
}

/** The session of this page has ended: by a logout in another tab or browser, or by an operator. */
function leave(message) {
  listening.abort();
  if (isDeparting()) return setTimeout(leave, 500, message);
  if (!("session" in page)) return;
  delete page.session;
  if ("private" in page) {
    const here = new URL(location.href);
    // What was news on this page is none after the next login.
    if (here.searchParams.has("notice")) here.searchParams.delete("notice");
    const next = encodeURIComponent(here.pathname + here.search);
    return location.replace(`${page.login}?next=${next}&notice=ended`);
  }
  // A public page stays, with all that was typed into it. Only what is for members goes.
  for (const part of document.querySelectorAll("[data-member]")) part.remove();
  const visitor = document.querySelector("template[data-visitor]");
  visitor?.replaceWith(visitor.content);
  showNotice(message);
}

/** Whether anything stands in a field that was not there at first. */
function hasInput() {
  return [...document.querySelectorAll("input, textarea, select")].some((field) =>
    field instanceof HTMLSelectElement
      ? field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected))
      : field.value !== field.defaultValue || field.checked !== field.defaultChecked);
}

let isWelcomed = false;

/** Somebody has logged in in another tab while this one still shows a visitor's page. */
function welcome() {
  if (isWelcomed || isDeparting()) return;
  isWelcomed = true;
  if (!hasInput()) return location.reload();
  const link = document.createElement("a");
  link.href = location.href;
  link.textContent = "Reload this page";
  // The same address with a `#` in it would only scroll.
  link.addEventListener("click", (event) => { event.preventDefault(); location.reload(); });
  showNotice("You have logged in in another tab. ", link);
}

/** Listens for the end of the session, and listens again when the server has sent it away. */
function listen(session, delay = 5_000) {
  if (listening.signal.aborted) return;
  const events = new EventSource(page.live);
  listening.signal.addEventListener("abort", () => events.close());
  events.addEventListener("open", () => { delay = 5_000; });
  events.addEventListener("ended", (event) => {
    const { message } = JSON.parse(event.data);
    channel?.postMessage({ type: "ended", session, message });
    leave(message);
  });
  events.addEventListener("error", () => {
    // A lost connection comes back by itself. A refusal (too many pages, a server that stops) does not.
    if (events.readyState !== EventSource.CLOSED) return;
    // Not all at the same moment.
    const wait = delay * (0.75 + Math.random() / 2);
    setTimeout(listen, wait, session, Math.min(delay * 2, 60_000));
  });
}

channel?.addEventListener("message", ({ data }) => {
  if (data?.type === "ended" && data.session === page.session) leave(data.message);
  if (data?.type === "login" && !("session" in page)) welcome();
});

if ("session" in page) {
  const { session } = page;
  channel?.postMessage({ type: "login", session });
  if (channel && navigator.locks) {
    // One page of the browser listens for all of them: over HTTP/1.1 a browser has six connections to
    // a site, and the seventh page would wait for ever. Whoever holds the lock listens; when that page
    // is closed, another one gets it.
    const { signal } = listening;
    navigator.locks.request(`latchkey-live-${session}`, { signal }, () => {
      listen(session);
      return new Promise((resolve) => { signal.addEventListener("abort", resolve); });
    }).catch(() => {
      // Given up while waiting for the lock.
    });
  } else {
    listen(session);
  }
}
