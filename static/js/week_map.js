// The map of a week: the title of the dot that is pointed at, and arrow keys from dot to dot.
(() => {
  "use strict";

  const map = document.querySelector(".week-map .scroller > svg");
  if (!map) return;
  const pointed = document.getElementById("pointed");
  const hint = pointed.textContent;
  const dots = [...map.querySelectorAll("a")];
  // A dot's title stands once on the page, in the lists below; the picked ones have theirs with them.
  const listed = new Map([...document.querySelectorAll(".shoal a")].map((link) => [link.getAttribute("href"), link]));
  const titleOf = (dot) => (dot.querySelector("title") ?? listed.get(dot.getAttribute("href")))?.textContent ?? "";
  const at = new Map(dots.map((dot) => {
    const circle = dot.querySelector("circle");
    return [dot, { x: circle.cx.baseVal.value, y: circle.cy.baseVal.value }];
  }));

  const show = (event) => {
    const dot = event.target.closest("a");
    pointed.textContent = dot ? titleOf(dot) : hint;
  };
  map.addEventListener("pointerover", show);
  map.addEventListener("pointerleave", show);
  map.addEventListener("focusin", show);
  map.addEventListener("focusout", () => { pointed.textContent = hint; });

  // An arrow goes to the nearest dot that lies more in its direction than across it.
  const directions = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
  map.addEventListener("keydown", (event) => {
    const direction = directions[event.key];
    const from = at.get(event.target.closest("a"));
    if (!direction || !from || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    let nearest = null;
    let least = Infinity;
    for (const [dot, to] of at) {
      const along = (to.x - from.x) * direction[0] + (to.y - from.y) * direction[1];
      const across = Math.abs((to.x - from.x) * direction[1]) + Math.abs((to.y - from.y) * direction[0]);
      if (along > 0.5 && along >= across && along + across < least) [nearest, least] = [dot, along + across];
    }
    nearest?.focus();
  });
})();
