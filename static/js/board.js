// The board's keys, and the focus as cards come, change and go.
(() => {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const cards = () => [...document.querySelectorAll(".card")];
  const announce = (text) => {
    byId("announcement").textContent = text;
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

  // ---- Where one stands -------------------------------------------------------------------------------------------

  let current = null; // the id of the card that keys act on

  const currentCard = () => document.activeElement.closest(".card") ?? byId(current);
  const stand = (card) => {
    if (!card) return;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("focusin", (event) => {
    const card = event.target.closest(".card");
    if (card) current = card.id;
  });
  const step = (by) => {
    const all = cards();
    const place = all.indexOf(currentCard());
    const next = place < 0 ? 0 : place + by;
    if (next >= 0 && next < all.length) stand(all[next]);
    else if (next > 0) document.querySelector("#more a")?.click();
  };
  const turn = (by) => {
    const lists = [...document.querySelectorAll("#piles a")];
    const place = lists.findIndex((list) => list.hasAttribute("aria-current"));
    lists[place + by]?.click();
  };

  // ---- Keys -------------------------------------------------------------------------------------------------------

  // The card's own controls; those of papers folded into it have cards' keys only when they hold the focus.
  const controls = (card) => document.activeElement.closest(".controls") ?? card?.querySelector(":scope > .controls");
  // A paper without a topic is picked for one: its topics come up, to choose from by key or pointer.
  const offerTopics = (menu) => {
    menu.open = true;
    menu.querySelector("button:enabled")?.focus();
    announce("Pick it for which topic?");
  };
  const decide = (verb) => (card) => {
    const control = controls(card)?.querySelector(`[data-verb=${verb}]`);
    if (!control) return;
    if (control.matches("summary")) {
      offerTopics(control.parentElement);
      return;
    }
    const isNew = control.getAttribute("aria-pressed") === "false";
    control.click();
    if (isNew && card !== cards().at(-1)) step(1);
  };
  const move = (card, key) => {
    const open = document.activeElement.closest("details.menu[open]");
    const menu = open ?? controls(card)?.querySelector("details.move");
    const button = menu?.querySelector(`[data-key="${key}"]`);
    if (button?.disabled) announce("It is there already");
    else button?.click();
    if (open) stand(card);
  };

  const undo = () => {
    const button = byId("undo");
    if (button?.disabled) announce("There is nothing of yours left to undo");
    else button?.click();
  };

  const onCard = {
    p: decide("pick"),
    m: decide("maybe"),
    x: decide("skip"),
    o: (card) => card.querySelector(".abstract summary")?.click(),
  };
  const always = {
    j: () => step(1),
    k: () => step(-1),
    l: () => turn(1),
    h: () => turn(-1),
    u: undo,
    a: () => {
      if (!add) return;
      add.open = true;
      byId("add-paper").focus();
    },
    "/": () => byId("filter").select(),
    "?": () => byId("help").showModal(),
  };

  // What a key does where one stands, if anything.
  const meaningOf = (key) => {
    const card = currentCard();
    if (always[key]) return always[key];
    if (card && onCard[key]) return () => onCard[key](card);
    return card && /^[1-9]$/.test(key) ? () => move(card, key) : null;
  };

  // Keys and presses may come faster than answers, which bring new buttons: what acts waits while an action is on its
  // way, and what comes behind it waits too.
  const waiting = [];
  const isBusy = () => document.querySelector(":is(.controls, .tally) .htmx-request") !== null;
  const acts = (key) => /^[pmxu1-9]$/.test(key);
  document.addEventListener("htmx:afterRequest", () => {
    setTimeout(() => {
      while (waiting.length && !(waiting[0].acts && isBusy())) waiting.shift().go();
    });
  });
  document.addEventListener("click", (event) => {
    const button = event.isTrusted && event.target.closest(".controls button[name], #undo");
    if (!button || !(waiting.length || isBusy())) return;
    event.preventDefault();
    event.stopPropagation();
    // The second press of a double click finds no button that says the same any more.
    const place = button.closest(".controls");
    const same = place ? `#${place.id} button[name="${button.name}"][value="${button.value}"]` : "#undo";
    waiting.push({ acts: true, go: () => document.querySelector(same)?.click() });
  }, true);

  // Single keys can be switched off, for those who speak to their machine or hit keys by chance (WCAG 2.1.4).
  const keys = byId("keys");
  keys.checked = recall("keys") !== "off";
  keys.addEventListener("change", () => remember("keys", keys.checked ? null : "off"));
  document.addEventListener("click", (event) => {
    if (event.target.closest("#help-button")) always["?"]();
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
    const writes = event.target.matches("input:not([type=checkbox]), textarea, select");
    if (event.key === "Escape" && event.target.closest("#filters")) stand(currentCard() ?? cards()[0]);
    if (!keys.checked || writes) return;
    if (!meaningOf(event.key)) return;
    const { key } = event;
    if (waiting.length || (acts(key) && isBusy())) waiting.push({ acts: acts(key), go: () => meaningOf(key)?.() });
    else meaningOf(key)();
    event.preventDefault();
  });

  // The form for a paper added by hand comes into view whole, and goes as one turns elsewhere.
  const add = document.querySelector("details.add");
  add?.addEventListener("toggle", () => {
    if (add.open) add.querySelector("form").scrollIntoView({ block: "nearest" });
  });
  add?.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    add.open = false;
    add.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (add?.open && !event.target.closest("details.add")) add.open = false;
  });

  // A press on a card's title opens it, as its key does.
  document.addEventListener("click", (event) => {
    const heading = event.target.closest(".card h3");
    if (heading && !getSelection().toString()) heading.closest(".card").querySelector(".abstract summary")?.click();
  });

  // In a narrow window the lists stand in a row that scrolls: show where we are.
  document.querySelector(".piles [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  // ---- What comes and goes ----------------------------------------------------------------------------------------

  let seen = 0; // cards before more were asked for

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.closest("#more")) seen = cards().length;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt.closest?.("#just-added")) showAdded();
    if (seen) stand(cards()[seen]);
    else if (document.activeElement === document.body) stand(byId(current));
    seen = 0;
  });
  // What was added is shown above the list, and not a second time where it stood in it.
  const showAdded = () => {
    const card = document.querySelector("#just-added > .card");
    for (const other of document.querySelectorAll(`[id="${card.id}"]`)) if (other !== card) other.remove();
    byId("add-paper").value = "";
    stand(card);
  };
  // What is filtered stands in the address, which may be shared; no step of the browser's history is made for it.
  document.addEventListener("filtered", (event) => history.replaceState(null, "", event.detail.address));
  // Undo leads to the paper whose verdict it took back, where that is on the page.
  document.addEventListener("undone", (event) => stand(byId(event.detail.card)));
})();
