// Reading a digest: where one is in the contents, the keyboard, and links to copy. The page works without any of it.
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

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (event.key === "?") {
      if (keys.open) keys.close();
      else keys.showModal();
    } else if (keys.open) return;
    else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else return;
    event.preventDefault();
  });

  // A button says for a moment what became of it.
  const say = (button, words) => {
    button.dataset.words ??= button.textContent;
    button.textContent = words;
    clearTimeout(button.timer);
    button.timer = setTimeout(() => { button.textContent = button.dataset.words; }, 2000);
  };
  const copy = async (button, text) => {
    try {
      await navigator.clipboard.writeText(await text());
      say(button, "Copied");
    } catch {
      return false;
    }
    return true;
  };

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-copy-link]");
    if (link) {
      const address = new URL(link.dataset.copyLink, location.href);
      if (!(await copy(link, () => address.href))) location.hash = address.hash; // the address bar shows it instead
    }
    const citation = event.target.closest("a[data-copy-citation]");
    if (citation && navigator.clipboard) {
      event.preventDefault();
      const text = async () => {
        const answer = await fetch(citation.href);
        if (!answer.ok) throw new Error(answer.statusText);
        return answer.text();
      };
      if (!(await copy(citation, text))) location.assign(citation.href); // it is a file as well
    }
  });
})();
