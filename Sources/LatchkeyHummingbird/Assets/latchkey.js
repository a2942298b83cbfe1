// Everything here makes a page that already works without it more comfortable.

const unreachable = "Cannot reach the server. Check your connection and try again.";

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

function showProblem(form, { message, field, clear = [] }) {
  document.getElementById("alert").textContent = message;
  for (const input of form.querySelectorAll(".field input")) {
    setInvalid(input, input.name === field);
    if (clear.includes(input.name)) input.value = "";
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
  // A live region announces a change, so it has to be in the page before its text.
  requestAnimationFrame(() => { heading.textContent = message; });
  // The button that had the focus is gone: go on from here, not from the top of the page.
  status.tabIndex = -1;
  status.focus();
  setTimeout(() => go(address), delayMilliseconds);
}

async function submit(form) {
  document.getElementById("alert").textContent = "";
  concealPasswords(form);
  setBusy(form, true);

  let problem = { message: unreachable };
  try {
    const response = await post(form, new FormData(form));
    const reply = await response.json();
    if (response.ok && reply.message) return showSuccess(form, reply);
    // Stays busy: the next page is on its way.
    if (response.ok) return go(reply.location);
    if (reply.message) problem = reply;
  } catch {
    // No connection, or an answer that is not ours.
  }
  setBusy(form, false);
  showProblem(form, problem);
}

for (const form of document.querySelectorAll("form[data-enhance]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.getAttribute("aria-busy") !== "true") submit(form);
  });
}

// MARK: Back and forward

addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  // The browser brought back a picture of the page. What was private then may not be now: ask again.
  if ("private" in document.documentElement.dataset) location.reload();
  for (const form of document.querySelectorAll("form[data-enhance]")) setBusy(form, false);
});
