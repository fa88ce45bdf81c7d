// The desk's menus, focus after a swap, messages for what failed, and care for text that isn't saved.
(() => {
  "use strict";

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

  let focused = null; // the id of what held the focus before a swap

  const stand = (place) => {
    if (!place) return;
    place.focus({ preventScroll: true });
    place.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("htmx:beforeRequest", () => {
    focused = document.activeElement.id || document.activeElement.closest(".slip")?.id;
  });
  document.addEventListener("htmx:afterSettle", () => {
    putBack();
    foldAbstracts();
    if (document.activeElement !== document.body) return;
    const kept = document.getElementById(focused) ?? document.querySelector("#removed button");
    // “Up” can't be pressed any more at the top: its entry takes the focus.
    stand(kept?.disabled ? kept.closest(".slip") : kept);
  });
})();
