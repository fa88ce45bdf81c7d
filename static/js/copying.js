// Buttons that copy: the link to a place on the page, or a citation. Where the clipboard is closed, the address bar
// shows the link, and the citation comes as a file.
(() => {
  "use strict";

  const timers = new WeakMap();
  const say = (button, words) => {
    button.dataset.words ??= button.textContent;
    button.textContent = words;
    clearTimeout(timers.get(button));
    timers.set(button, setTimeout(() => { button.textContent = button.dataset.words; }, 2000));
  };

  const copyLink = async (button) => {
    const address = new URL(button.dataset.copyLink, location.href);
    try {
      await navigator.clipboard.writeText(address.href);
      say(button, "Copied");
    } catch {
      location.hash = address.hash;
    }
  };

  const copyCitation = async (button) => {
    try {
      const answer = await fetch(button.dataset.copyCitation);
      if (!answer.ok) throw new Error(answer.statusText);
      await navigator.clipboard.writeText(await answer.text());
      say(button, "Copied");
    } catch {
      location.assign(button.dataset.copyCitation);
    }
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy-link], [data-copy-citation]");
    if (!button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (button.dataset.copyLink) copyLink(button);
    else copyCitation(button);
  });
})();
