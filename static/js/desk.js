// The desk's menus, focus after a swap, and messages for what failed.
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
    if (event.target.matches("details.menu[open]")) event.target.querySelector("ul, .menu-sheet").scrollIntoView({ block: "nearest" });
  }, true);
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // ---- Focus after a swap -----------------------------------------------------------------------------------------

  let focused = []; // the ids of what held the focus before a swap, the nearest first

  const stand = (place) => {
    if (!place) return;
    place.focus({ preventScroll: true });
    place.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("htmx:beforeRequest", () => {
    const active = document.activeElement;
    focused = [active.id, active.closest(".slip, .front, .galley-section")?.id];
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (document.activeElement !== document.body) return;
    const kept = focused.map((id) => document.getElementById(id)).find((it) => it) ?? document.querySelector("#removed button");
    // “Up” can't be pressed any more at the top: its entry takes the focus.
    stand(kept?.disabled ? kept.closest(".slip") : kept);
  });
})();
