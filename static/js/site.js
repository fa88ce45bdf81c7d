// The light and dark switch, and the key to the search box. Loaded before the page is drawn, so that nothing flashes.
(() => {
  "use strict";

  const root = document.documentElement;
  const darkPreferred = matchMedia("(prefers-color-scheme: dark)");
  root.classList.add("js");

  // Storage may be forbidden: then the choice lasts as long as the page.
  const stored = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };
  const store = (theme) => {
    try {
      if (theme) localStorage.setItem("theme", theme);
      else localStorage.removeItem("theme");
    } catch {
      // Nothing to do: see above.
    }
  };

  const show = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  show(stored("theme"));
  addEventListener("storage", (event) => event.key === "theme" && show(event.newValue));

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    const preferred = darkPreferred.matches ? "dark" : "light";
    const shown = root.dataset.theme ?? preferred;
    const wanted = shown === "dark" ? "light" : "dark";
    // What the system prefers anyway needs no choice: then the page follows the system again.
    const choice = wanted === preferred ? null : wanted;
    store(choice);
    show(choice);
  });

  // A slash goes to the search box: on the search page to the large one. Where single keys are switched off on one page
  // (WCAG 2.1.4), this one is off on all.
  document.addEventListener("keydown", (event) => {
    if (stored("keys") === "off" || event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
    const box = document.querySelector("main [data-search]") ?? document.querySelector("[data-search]");
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
})();
