// Writing in the galley: what is typed is kept in the browser at once, saved by itself, and shown as it will appear.
(() => {
  "use strict";

  const SAVE_AFTER = 1200; // ms without a key
  const PREVIEW_AFTER = 350;
  const TRY_AGAIN = [2000, 5000, 10000, 15000];

  const galley = document.querySelector(".galley");
  const forms = () => [...document.querySelectorAll("form[data-writing]")];
  const announce = (text) => {
    document.getElementById("announcement").textContent = text;
  };

  // ---- What is kept in the browser --------------------------------------------------------------------------------

  // By the address that a form saves to: its texts, the revision that they began from, and when they were typed.
  // The same lies in localStorage, so that it outlasts the page. Where that is forbidden, it lasts as long as the page.
  const unsaved = new Map();
  const storageKey = (name) => `unsaved ${galley.dataset.writer} ${name}`;
  let storageWorks = true;

  const keep = (name, kept) => {
    unsaved.set(name, kept);
    try {
      localStorage.setItem(storageKey(name), JSON.stringify(kept));
      storageWorks = true;
    } catch {
      storageWorks = false;
    }
  };
  const recall = (name) => {
    if (unsaved.has(name)) return unsaved.get(name);
    try {
      return JSON.parse(localStorage.getItem(storageKey(name)));
    } catch {
      return null;
    }
  };
  const forget = (name) => {
    unsaved.delete(name);
    try {
      localStorage.removeItem(storageKey(name));
    } catch {
      // It was never kept there.
    }
  };

  // ---- A form's texts ---------------------------------------------------------------------------------------------

  const fields = (form) => [...form.elements].filter((it) => it.matches("textarea, input:not([type=hidden])"));
  const read = (form) => Object.fromEntries(fields(form).map((field) => [field.name, field.value]));
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  const revision = (form) => form.elements.revision;
  const hasClash = (form) => form.querySelector(".clash") !== null;
  const isDirty = (form) => fields(form).some((field) => field.value !== field.defaultValue);

  const note = (form, text, trouble = false) => {
    const place = form.querySelector(".saved");
    if (!place) return;
    place.textContent = text;
    place.classList.toggle("trouble", trouble);
  };

  // ---- Saving -----------------------------------------------------------------------------------------------------

  const timers = new Map(); // of the next save, by form name
  const sent = new Map(); // the texts that a request took along, by form name
  const failures = new Map(); // how often in a row a save failed, by form name
  const refused = new Set(); // names of forms whose text has no place any more: it stays, but isn't sent again

  const save = (form) => {
    clearTimeout(timers.get(form.dataset.writing));
    if (form.isConnected && !hasClash(form) && !refused.has(form.dataset.writing)) htmx.trigger(form, "autosave");
  };
  const saveLater = (form, wait = SAVE_AFTER) => {
    const name = form.dataset.writing;
    clearTimeout(timers.get(name));
    timers.set(name, setTimeout(() => save(form), wait));
  };
  const keepTyped = (form) => {
    keep(form.dataset.writing, { revision: revision(form).value, texts: read(form), at: Date.now() });
  };

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-writing]");
    if (!form) return;
    event.target.classList.remove("draft");
    refused.delete(form.dataset.writing);
    keepTyped(form);
    if (!failures.get(form.dataset.writing)) note(form, "Not saved yet");
    previewLater(form);
    if (!hasClash(form) && !failures.get(form.dataset.writing)) saveLater(form);
  });

  // Signing in anew in another tab changes the token that guards forms: take the cookie's.
  const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];

  document.addEventListener("htmx:configRequest", (event) => {
    const { elt, parameters } = event.detail;
    if (token() && parameters.csrfmiddlewaretoken) parameters.csrfmiddlewaretoken = token();
    if (elt.matches("form[data-writing]")) sent.set(elt.dataset.writing, read(elt));
    // What is open stays open when the sections come anew.
    const opened = [...document.querySelectorAll(".slip.open")].map((slip) => slip.dataset.slip);
    if (event.detail.target?.id === "sections" && opened.length) parameters.open = opened;
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (!event.detail.successful || !form.matches("form[data-writing]")) return;
    const name = form.dataset.writing;
    const taken = sent.get(name);
    const wasAway = failures.delete(name);
    if (!form.isConnected) {
      if (same(recall(name)?.texts, taken)) forget(name); // the whole slip came anew
      return;
    }
    if (hasClash(form) || form.querySelector(".errorlist")) {
      note(form, "Not saved", true);
      form.querySelector(".clash, .errorlist").scrollIntoView({ block: "nearest" }); // it may stand below the window
      return;
    }
    for (const field of fields(form)) field.defaultValue = taken[field.name];
    if (same(read(form), taken)) forget(name);
    else {
      keepTyped(form);
      note(form, "Not saved yet");
      saveLater(form);
    }
    if (wasAway) announce("The connection is back, and your text is saved.");
  });

  const troubles = {
    401: "You are signed out: sign in again in another tab",
    403: "The server refused this: sign in again in another tab",
    0: "The connection is lost",
  };
  const onFailure = (event) => {
    const form = event.detail.elt;
    if (form.matches("[data-beside]")) event.stopImmediatePropagation(); // a preview that failed is no matter
    if (!form.matches("form[data-writing]")) return;
    event.stopImmediatePropagation();
    const { status, responseText } = event.detail.xhr;
    const where = storageWorks ? "Your text is kept in this browser" : "Keep this page open: your text is only here";
    if (status === 409) {
      refused.add(form.dataset.writing);
      note(form, responseText, true);
      announce(responseText);
      return;
    }
    const name = form.dataset.writing;
    const times = failures.get(name) ?? 0;
    failures.set(name, times + 1);
    const told = `${troubles[status] ?? `The server answered with an error (${status})`}. ${where}; it is sent when that is over.`;
    note(form, told, true);
    if (times === 0) announce(told);
    saveLater(form, TRY_AGAIN[Math.min(times, TRY_AGAIN.length - 1)]);
  };
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(name, onFailure, true);
  }
  const retry = () => {
    for (const form of forms()) if (failures.get(form.dataset.writing)) save(form);
  };
  addEventListener("online", retry);

  // Turning away saves at once; leaving sends what is left on its way, and keeps it here in case it doesn't arrive.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") for (const form of forms()) if (isDirty(form)) save(form);
    if (document.visibilityState === "visible") retry();
  });
  addEventListener("pagehide", () => {
    for (const form of forms()) {
      const name = form.dataset.writing;
      if (!isDirty(form) || hasClash(form) || !unsaved.has(name) || refused.has(name) || failures.has(name)) continue;
      const body = new FormData(form);
      fetch(name, { method: "POST", body, keepalive: true, headers: { "HX-Request": "true" } }).catch(() => {});
    }
  });
  addEventListener("beforeunload", (event) => {
    if (!storageWorks && unsaved.size) event.preventDefault();
  });

  // ---- What comes back from the browser's keeping -----------------------------------------------------------------

  const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const localise = () => {
    for (const time of document.querySelectorAll("time[data-clock]")) {
      time.textContent = clock.format(new Date(time.dateTime));
      delete time.dataset.clock;
    }
  };

  // A form that comes onto the page gets back what was typed into it and not saved, with the revision that began from:
  // if somebody saved meanwhile, the server answers with both texts.
  const putBack = (form) => {
    const name = form.dataset.writing;
    const kept = recall(name);
    if (form.dataset.met) return;
    form.dataset.met = "yes";
    if (hasClash(form)) {
      keepTyped(form);
      return;
    }
    if (!kept?.texts) return;
    if (same(kept.texts, read(form))) {
      forget(name);
      return;
    }
    const isFromStorage = !unsaved.has(name);
    unsaved.set(name, kept);
    for (const field of fields(form)) field.value = kept.texts[field.name] ?? field.value;
    revision(form).value = kept.revision;
    note(form, isFromStorage ? `What you typed at ${clock.format(kept.at)} is back` : "Not saved yet");
    previewLater(form);
    saveLater(form);
  };
  // A closed slip whose text was kept opens, to take it.
  const openKept = () => {
    for (const slip of document.querySelectorAll("[data-name]:not(.open)")) {
      if (recall(slip.dataset.name)) slip.querySelector("[data-write]")?.click();
    }
  };
  // To take theirs is to give up one's own.
  document.addEventListener("click", (event) => {
    const theirs = event.target.closest("[data-theirs]");
    if (theirs) forget(theirs.closest("form").dataset.writing);
  }, true);

  const settle = () => {
    localise();
    forms().forEach(putBack);
    foldSources();
  };

  // ---- The preview beside the text --------------------------------------------------------------------------------

  const previews = new Map();
  const previewLater = (form) => {
    clearTimeout(previews.get(form.dataset.writing));
    previews.set(form.dataset.writing, setTimeout(() => preview(form), PREVIEW_AFTER));
  };
  const preview = (form) => {
    const source = form.parentElement?.querySelector("[data-beside]");
    if (!form.isConnected || !source || failures.get(form.dataset.writing)) return;
    const values = { ...read(form), csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value };
    htmx.ajax("POST", form.dataset.preview, { source, values, swap: "none" }).catch(() => {}); // see onFailure
  };

  // Beside its text the abstract stands open; where it would stand below, it only lengthens the way to the next paper.
  const narrow = matchMedia("(max-width: 46rem)");
  const foldSources = () => {
    if (!narrow.matches) return;
    for (const source of document.querySelectorAll("details.source[open]:not([data-folded])")) {
      source.dataset.folded = "";
      source.open = false;
    }
  };

  // ---- Focus ------------------------------------------------------------------------------------------------------

  let writeIn = null; // the id of what was asked to be opened

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.matches("[data-write]")) writeIn = event.detail.target.id;
  });
  document.addEventListener("htmx:afterSwap", () => {
    if (writeIn === null) return;
    document.getElementById(writeIn)?.querySelector("textarea")?.focus();
    writeIn = null;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (event.detail.successful && form.matches("[data-resets]")) form.reset();
  });
  document.addEventListener("htmx:afterSettle", settle);

  // ---- Keys -------------------------------------------------------------------------------------------------------

  // Single keys can be switched off, here and on the board at once (WCAG 2.1.4).
  const keys = document.getElementById("keys");
  try {
    if (keys) keys.checked = localStorage.getItem("keys") !== "off";
  } catch {
    // Storage may be forbidden: then they are on.
  }
  keys?.addEventListener("change", () => {
    try {
      if (keys.checked) localStorage.removeItem("keys");
      else localStorage.setItem("keys", "off");
    } catch {
      // Then the choice lasts as long as the page.
    }
  });

  let current = null; // the id of the slip that keys act on

  const slips = () => [...document.querySelectorAll(".slip, #front")];
  const currentSlip = () => document.activeElement.closest(".slip, #front") ?? document.getElementById(current);
  const stand = (slip) => {
    if (!slip) return;
    slip.focus({ preventScroll: true });
    slip.scrollIntoView({ block: "nearest" });
  };
  const step = (by) => {
    const all = slips();
    const place = all.indexOf(currentSlip());
    stand(all[place < 0 ? 0 : place + by]);
  };
  const press = (slip, selector, otherwise) => {
    const button = slip.querySelector(selector);
    if (button) button.click();
    else announce(otherwise);
  };
  const onSlip = {
    e: (slip) => (slip.classList.contains("open") ? slip.querySelector("textarea").focus() : press(slip, "[data-write]", "It can’t be written in")),
    t: (slip) => press(slip, "[data-take]", "There is no draft to take"),
    p: (slip) => press(slip, "[value=pick]", "It is picked"),
    x: (slip) => press(slip, "[value=skip]", "It can’t be taken out"),
    J: (slip) => press(slip, "[name=step][value='1']", "It can’t be moved"),
    K: (slip) => press(slip, "[name=step][value='-1']", "It can’t be moved"),
  };
  const always = { j: () => step(1), k: () => step(-1) };

  document.addEventListener("keydown", (event) => {
    const form = event.target.closest("form[data-writing]");
    if (form && (event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      if (hasClash(form)) announce("Choose first: save mine, or take theirs");
      else save(form);
    } else if (form && event.key === "Escape" && !event.isComposing) {
      event.preventDefault();
      form.querySelector("[name=done]").click();
    }
  });
  document.addEventListener("keydown", (event) => {
    const writes = event.target.matches("input:not([type=checkbox]), textarea, select");
    if (!keys?.checked || writes) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const slip = currentSlip();
    const action = always[event.key] ?? (slip && onSlip[event.key]);
    if (!action) return;
    action(slip);
    event.preventDefault();
  });
  document.addEventListener("focusin", (event) => {
    const slip = event.target.closest(".slip, #front");
    if (slip) current = slip.id;
  });

  // Without htmx the forms save by themselves, as without this script.
  if (!window.htmx) return;
  settle();
  openKept();
})();
