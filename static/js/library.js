// A reader's marks: what is saved, what is read, what came since the last visit. Without an account the browser keeps
// them; with one the site does, and what the browser had kept goes there.
(() => {
  "use strict";

  const KEY = "library";
  const VISIT_ENDS_AFTER = 30 * 60 * 1000;
  const TELL_EVERY = 5 * 60 * 1000; // an account hears of a visit so often
  const account = document.body.dataset.library; // the library's address, where somebody is signed in

  // What this browser keeps. Storage may be forbidden or full: then marks last as long as the page.
  let kept = { saved: {}, read: {} };
  const load = () => {
    try {
      const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}");
      kept = { saved: {}, read: {}, ...stored };
    } catch {
      // Keep what is there.
    }
  };
  const store = () => {
    try {
      localStorage.setItem(KEY, JSON.stringify(kept));
    } catch {
      // See above.
    }
  };
  load();

  const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  const post = (address, body) =>
    fetch(address, {
      method: "POST",
      headers: { "X-CSRFToken": token(), Accept: "application/json" },
      body,
    });

  const show = (button, on) => {
    button.setAttribute("aria-pressed", String(on));
    if (button.form) button.value = on ? "0" : "1";
  };

  const showAll = (saved, read) => {
    for (const marks of document.querySelectorAll("[data-marks]")) {
      const id = marks.dataset.marks;
      for (const button of marks.querySelectorAll("[data-mark]")) {
        show(button, (button.dataset.mark === "saved" ? saved : read).has(id));
      }
    }
  };

  const say = (words) => {
    const place = document.getElementById("notices");
    const message = document.createElement("p");
    message.textContent = words;
    place?.replaceChildren(message);
  };

  // Pressing a mark.
  const press = async (button) => {
    const marks = button.closest("[data-marks]");
    const id = marks.dataset.marks;
    const on = button.getAttribute("aria-pressed") !== "true";
    show(button, on); // at once; taken back where the site refuses
    if (account) {
      try {
        const answer = await post(button.form.action, new URLSearchParams({ on: on ? "1" : "0" }));
        if (answer.ok && !answer.redirected) return; // a redirect means: signed out meanwhile
        const told = answer.headers.get("Content-Type")?.startsWith("application/json") ? (await answer.json()).error : "";
        say(told || "This was not kept: reload the page and try again.");
      } catch {
        say("No connection: this was not kept.");
      }
      show(button, !on);
      return;
    }
    load(); // another tab may have kept something meanwhile
    const kind = kept[button.dataset.mark];
    if (on) kind[id] = { title: marks.dataset.title, at: new Date().toISOString() };
    else delete kind[id];
    store();
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-mark]");
    if (!button) return;
    event.preventDefault();
    press(button);
  });
  addEventListener("storage", (event) => {
    if (event.key !== KEY || account) return;
    load();
    showKept();
  });

  // Since the last visit.
  const showNew = (lastVisit) => {
    if (!lastVisit) return;
    for (const badge of document.querySelectorAll("[data-new-since]")) {
      badge.hidden = !(new Date(badge.dataset.newSince) > new Date(lastVisit));
    }
  };
  const noteVisit = () => {
    const now = Date.now();
    if (!kept.visitedAt || now - new Date(kept.visitedAt) > VISIT_ENDS_AFTER) kept.lastVisit = kept.visitedAt;
    delete kept.toldAt;
    kept.visitedAt = new Date(now).toISOString();
    store();
    return kept.lastVisit;
  };

  // The page of what this browser keeps.
  const list = document.querySelector("[data-saved-list]");
  const showKept = () => {
    showAll(new Set(Object.keys(kept.saved)), new Set(Object.keys(kept.read)));
    if (!list) return;
    const row = document.getElementById("saved-row");
    const saved = Object.entries(kept.saved).sort((a, b) => (a[1].at < b[1].at ? 1 : -1));
    document.querySelector("[data-saved-none]").hidden = saved.length > 0;
    list.replaceChildren(
      ...saved.map(([id, { title, at }]) => {
        const made = row.content.cloneNode(true);
        const link = made.querySelector("[data-saved-link]");
        link.href = `/papers/${encodeURI(id)}/`;
        link.textContent = title || `arXiv:${id}`;
        const time = made.querySelector("time");
        time.dateTime = at;
        time.textContent = new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
        const remove = made.querySelector("[data-saved-remove]");
        remove.setAttribute("aria-label", `Remove ${title}`);
        remove.addEventListener("click", () => removeKept(id));
        return made;
      }),
    );
  };
  const removeKept = (id) => {
    const removed = kept.saved[id];
    delete kept.saved[id];
    store();
    showKept();
    const notice = document.querySelector("[data-saved-removed]");
    notice.hidden = false;
    notice.querySelector("span").textContent = `Removed: ${removed.title || id}`;
    const undo = notice.querySelector("button");
    undo.onclick = () => {
      kept.saved[id] = removed;
      store();
      showKept();
      notice.hidden = true;
      list.querySelector("a")?.focus();
    };
    undo.focus();
  };

  // With an account: what the browser had kept goes there, once, and is then forgotten here.
  const merge = async () => {
    const instants = (kind) => Object.fromEntries(Object.entries(kind).map(([id, { at }]) => [id, at]));
    const sent = { saved: instants(kept.saved), read: instants(kept.read) };
    if (!Object.keys(sent.saved).length && !Object.keys(sent.read).length) return;
    const answer = await post(`${account}merge/`, JSON.stringify(sent));
    const told = await answer.json();
    if (!answer.ok) {
      say(told.error);
      return;
    }
    kept = { saved: {}, read: {} };
    store();
    if (told.saved) say(`What this browser had saved is in your library now: ${told.saved} more.`);
  };
  const showAccount = async () => {
    try {
      await merge();
      if (!kept.toldAt || Date.now() - new Date(kept.toldAt) > TELL_EVERY) {
        const answer = await post(`${account}visit/`);
        kept.lastVisit = (await answer.json()).last_visit;
        kept.toldAt = new Date().toISOString();
        store();
      }
      showNew(kept.lastVisit);
    } catch {
      // No connection, or signed out meanwhile: the page stays as it came.
    }
  };

  if (account) {
    showAccount();
  } else {
    showNew(noteVisit());
    showKept();
  }
})();
