// The desk's keys, focus after a swap, messages for what failed, and care for text that isn't saved.
(() => {
  "use strict";

  const cards = () => [...document.querySelectorAll(".card")];
  const announce = (text) => {
    const region = document.getElementById("announcement");
    if (region) region.textContent = text;
  };

  // Storage may be forbidden: then a choice lasts as long as the page.
  const recall = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };
  const remember = (name, value) => {
    try {
      if (value) localStorage.setItem(name, value);
      else localStorage.removeItem(name);
    } catch {
      // Nothing to do: see above.
    }
  };

  // ---- Messages of our own ----------------------------------------------------------------------------------------

  const complain = (text) => {
    const list = document.createElement("ul");
    list.className = "messages";
    const item = list.appendChild(document.createElement("li"));
    item.className = "error";
    item.textContent = text;
    document.getElementById("notices").replaceChildren(list);
  };

  document.addEventListener("htmx:sendError", () => {
    complain("The server can’t be reached. Nothing on this page is lost: try again in a moment.");
  });
  document.addEventListener("htmx:responseError", (event) => {
    const answer = event.detail.xhr;
    const told = answer.getResponseHeader("Content-Type")?.startsWith("text/plain");
    complain(told ? answer.responseText : `The server answered with an error (${answer.status}). Nothing was changed.`);
  });

  // ---- Keys of the board ------------------------------------------------------------------------------------------

  let current = null; // the id of the card that keys act on

  const currentCard = () => document.activeElement.closest(".card") ?? document.getElementById(current);
  const stand = (card) => {
    if (!card) return;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
  };
  const step = (by) => {
    const all = cards();
    const place = all.indexOf(currentCard());
    const next = place < 0 ? 0 : place + by;
    if (next < 0) return;
    if (next < all.length) stand(all[next]);
    else document.querySelector("#more a")?.click();
  };
  const press = (card, selector, otherwise) => {
    const button = card.querySelector(selector);
    if (button) button.click();
    else announce(otherwise);
  };
  // A paper without a topic can't be picked yet: its topics come up instead, to choose from by key or pointer.
  const offerTopics = (card) => {
    const menu = card.querySelector("details.menu");
    if (!menu) return;
    menu.open = true;
    menu.querySelector("button:enabled")?.focus();
    announce("Put it under a topic first");
  };
  const pick = (card) => {
    if (card.classList.contains("picked")) announce("It is picked");
    else if (card.querySelector("[value=pick]")) press(card, "[value=pick]");
    else offerTopics(card);
  };

  const onCard = {
    p: pick,
    x: (card) => press(card, "[value=skip]", "It is skipped"),
    u: (card) => press(card, "[value=reconsider]", "It is undecided"),
    o: (card) => card.querySelector(".abstract summary").click(),
  };
  const always = {
    j: () => step(1),
    k: () => step(-1),
    "/": () => document.getElementById("filter").focus(),
  };

  // Single keys can be switched off, for those who speak to their machine or hit keys by chance (WCAG 2.1.4).
  const keys = document.getElementById("keys");
  if (keys) keys.checked = recall("keys") !== "off";
  keys?.addEventListener("change", () => remember("keys", keys.checked ? null : "off"));

  document.addEventListener("keydown", (event) => {
    if (!keys?.checked) return;
    const writes = event.target.matches("input:not([type=checkbox]), textarea, select");
    if (event.ctrlKey || event.metaKey || event.altKey || writes) return;
    const card = currentCard();
    const action = always[event.key] ?? (card && onCard[event.key]);
    if (action) action(card);
    else if (card && /^[1-9]$/.test(event.key)) press(card, `[data-key="${event.key}"]:enabled`, "It is there already");
    else return;
    event.preventDefault();
  });

  document.addEventListener("focusin", (event) => {
    const card = event.target.closest(".card");
    if (card) current = card.id;
  });

  // In a narrow window the lists stand in a row that scrolls: show where we are.
  document.querySelector(".piles [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  // ---- Menus close when one turns elsewhere -----------------------------------------------------------------------

  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
  };
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
  // One opened at the lower edge of the window shows all that it offers.
  document.addEventListener("toggle", (event) => {
    if (event.target.matches("details.menu[open]")) event.target.querySelector("ul").scrollIntoView({ block: "nearest" });
  }, true);
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // ---- Abstracts in a narrow window -------------------------------------------------------------------------------

  // Beside a draft its abstract stands open; where it would stand below, it only lengthens the way to the next paper.
  const narrow = matchMedia("(max-width: 46rem)");
  const foldAbstracts = () => {
    if (!narrow.matches) return;
    for (const source of document.querySelectorAll(".sources details[open]:not([data-folded])")) {
      source.dataset.folded = "";
      source.open = false;
    }
  };
  foldAbstracts();

  // ---- Text that isn't saved --------------------------------------------------------------------------------------

  // What was typed into a form for writing and not yet saved, by the field's id.
  const typed = new Map();

  const mark = (form) => {
    const unsaved = [...form.elements].some((field) => typed.has(field.id));
    const note = form.querySelector(".saved");
    if (unsaved && note) note.textContent = "Not saved yet";
  };
  document.addEventListener("input", (event) => {
    const form = event.target.closest("[data-writing]");
    if (!form) return;
    const { id, value, defaultValue } = event.target;
    if (value === defaultValue) typed.delete(id);
    else typed.set(id, value);
    mark(form);
  });
  // A form's own answer settles its text; an answer to another form puts what was typed back.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = event.detail.requestConfig.elt;
    if (!event.detail.shouldSwap || !form.matches("[data-writing]")) return;
    for (const field of form.elements) typed.delete(field.id);
  });
  // After a clash one's own text stands in the form, still unsaved.
  const putBack = () => {
    for (const field of document.querySelectorAll("[data-writing]:has(.clash) :is(textarea, input:not([type=hidden]))")) {
      typed.set(field.id, field.value);
    }
    for (const [id, value] of typed) {
      const field = document.getElementById(id);
      if (!field || field.value === value) continue;
      field.value = value;
      mark(field.form);
    }
  };
  addEventListener("beforeunload", (event) => {
    const waiting = [...typed.keys()].some((id) => document.getElementById(id));
    if (waiting) event.preventDefault();
  });
  document.addEventListener("submit", () => {
    // Where htmx didn't load, the form itself takes the text along: no question is needed.
    if (!window.htmx) typed.clear();
  });

  // ---- Focus after a swap -----------------------------------------------------------------------------------------

  let seen = 0; // cards before more were asked for
  let focused = null; // the id of what held the focus before a swap

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.closest("#more")) seen = cards().length;
    focused = document.activeElement.id || document.activeElement.closest(".card, .slip")?.id;
  });
  document.addEventListener("htmx:afterSettle", () => {
    putBack();
    foldAbstracts();
    if (document.activeElement !== document.body) return;
    const undo = document.querySelector("#removed button");
    const kept = document.getElementById(focused) ?? document.getElementById(current) ?? undo;
    const next = seen ? cards()[seen] : kept;
    seen = 0;
    // “Up” can't be pressed any more at the top: its entry takes the focus.
    stand(next?.disabled ? next.closest(".slip") : next);
  });
})();
