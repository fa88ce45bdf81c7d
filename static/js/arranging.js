// Dragging entries and sections to their places, by mouse, pen or finger. Buttons and keys do the same.
(() => {
  "use strict";

  const START = 5; // px before a press is a drag
  const EDGE = 70; // px from the window's edge at which the page goes along

  let drag = null;

  const announce = (text) => {
    document.getElementById("announcement").textContent = text;
  };

  const line = document.createElement("div");
  line.className = "drop-line";

  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest?.("[data-grip]");
    if (!grip || event.button !== 0 || drag) return;
    const item = grip.closest(".slip, .galley-section");
    drag = { grip, item, isSection: item.matches(".galley-section"), pointer: event.pointerId, x: event.clientX, y: event.clientY, begun: false };
    grip.setPointerCapture(event.pointerId);
    event.preventDefault();
  });

  // While something is dragged only headings show, so that every place is near; what is held stays under the pointer.
  const begin = () => {
    drag.begun = true;
    const before = drag.item.getBoundingClientRect().top;
    document.body.classList.add("arranging");
    document.body.classList.toggle("arranging-sections", drag.isSection);
    drag.item.classList.add("dragged");
    scrollBy(0, drag.item.getBoundingClientRect().top - before);
    requestAnimationFrame(goAlong);
  };

  const goAlong = () => {
    if (!drag?.begun) return;
    if (drag.y < EDGE) scrollBy(0, -12);
    else if (drag.y > innerHeight - EDGE) scrollBy(0, 12);
    show();
    requestAnimationFrame(goAlong);
  };

  const middle = (element) => {
    const box = element.getBoundingClientRect();
    return box.top + box.height / 2;
  };

  // Where the pointer is: before which sibling in which parent. An entry may go to the end of any section.
  const show = () => {
    const sections = [...document.querySelectorAll(".galley-section")];
    if (drag.isSection) {
      const others = sections.filter((section) => section !== drag.item);
      const next = others.find((section) => middle(section) > drag.y);
      drag.place = next ? others.indexOf(next) : others.length;
      if (next) next.before(line);
      else others.at(-1)?.after(line);
      return;
    }
    const section = sections.findLast((one) => one.getBoundingClientRect().top <= drag.y) ?? sections[0];
    const others = [...section.querySelectorAll(".slip")].filter((slip) => slip !== drag.item);
    const next = others.find((slip) => middle(slip) > drag.y);
    drag.section = section.dataset.section;
    drag.place = next ? others.indexOf(next) : others.length;
    if (next) next.before(line);
    else section.append(line);
  };

  document.addEventListener("pointermove", (event) => {
    if (!drag || event.pointerId !== drag.pointer) return;
    const far = Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > START;
    if (drag.begun || far) drag.y = event.clientY;
    if (!drag.begun && far) begin();
    if (drag.begun) show();
  });

  const end = () => {
    const done = drag;
    drag = null;
    line.remove();
    done.item.classList.remove("dragged");
    if (!done.begun) return done;
    const before = done.item.getBoundingClientRect().top;
    document.body.classList.remove("arranging", "arranging-sections");
    scrollBy(0, done.item.getBoundingClientRect().top - before);
    return done;
  };

  document.addEventListener("pointerup", (event) => {
    if (!drag || event.pointerId !== drag.pointer) return;
    const done = end();
    if (!done.begun) return;
    const values = { position: done.place, csrfmiddlewaretoken: document.querySelector("[name=csrfmiddlewaretoken]").value };
    if (!done.isSection) values.section = done.section;
    htmx.ajax("POST", done.item.dataset.place, { source: document.getElementById("sections"), target: "#sections", swap: "outerHTML", values }).then(() => {
      const moved = document.getElementById(done.item.id);
      if (!moved) return;
      moved.focus({ preventScroll: true });
      moved.scrollIntoView({ block: "nearest" });
      announce(`Moved: ${moved.querySelector("h2, h3").textContent.trim()}`);
    });
  });
  document.addEventListener("pointercancel", () => drag && end());
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !drag) return;
    event.stopPropagation();
    end();
  }, true);
})();
