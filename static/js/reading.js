// Reading a digest: where one is in the contents, and the keyboard. The page works without either.
(() => {
  "use strict";

  const entries = [...document.querySelectorAll(".entry")];
  const keys = document.getElementById("keys");

  // The contents mark the section that the middle of the window is in.
  const links = new Map(
    [...document.querySelectorAll(".contents a")].map((link) => [decodeURIComponent(link.hash.slice(1)), link]),
  );
  const sections = [...document.querySelectorAll(".digest .section")];
  const seen = new Set();
  const watch = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) {
        if (isIntersecting) seen.add(target);
        else seen.delete(target);
      }
      const current = sections.find((section) => seen.has(section));
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(current?.querySelector("h2").id)?.setAttribute("aria-current", "location");
    },
    { rootMargin: "-45% 0px -54% 0px" },
  );
  sections.forEach((section) => watch.observe(section));

  // j and k go from paper to paper, wherever the page was scrolled to in between.
  const step = (by) => {
    const tops = entries.map((entry) => entry.getBoundingClientRect().top);
    const margin = parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) + 2;
    const place = by > 0 ? tops.findIndex((top) => top > margin) : tops.findLastIndex((top) => top < margin - 4);
    const entry = entries[place];
    if (!entry) return;
    entry.scrollIntoView();
    entry.querySelector("h3 a:not(.number)").focus({ preventScroll: true });
  };

  // Whoever speaks to the browser, or slips on keys, can switch them off; the choice is kept where storage is allowed.
  const wanted = keys.querySelector("[data-keys-wanted]");
  try {
    wanted.checked = localStorage.getItem("keys") !== "off";
  } catch {
    // Then they are on, until the page is left.
  }
  wanted.addEventListener("change", () => {
    try {
      localStorage.setItem("keys", wanted.checked ? "on" : "off");
    } catch {
      // See above.
    }
  });
  keys.querySelector("[data-close-keys]").addEventListener("click", () => keys.close());
  document.querySelector("[data-show-keys]").addEventListener("click", () => keys.showModal());

  document.addEventListener("keydown", (event) => {
    if (!wanted.checked || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
    if (event.key === "?") {
      if (keys.open) keys.close();
      else keys.showModal();
    } else if (keys.open) return;
    else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else return;
    event.preventDefault();
  });
})();
