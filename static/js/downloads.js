// Puts a digest on the clipboard as rich text, for the editors of other sites. The download links work without it.
(() => {
  "use strict";

  const told = (text) => {
    const status = document.querySelector("[data-copy-status]");
    if (status) status.textContent = text;
  };

  const file = async (address, type) => {
    const answer = await fetch(address, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    return new Blob([await answer.text()], { type });
  };

  // The pieces go in as promises: Safari lets only what begins within the click write to the clipboard.
  const write = (button) => {
    const html = file(button.dataset.copyFrom, "text/html");
    const words = file(button.dataset.copyWords, "text/plain");
    if (window.ClipboardItem && navigator.clipboard?.write) {
      return navigator.clipboard.write([new ClipboardItem({ "text/html": html, "text/plain": words })]);
    }
    return Promise.all([html, words]).then(copyByEvent);
  };

  // Where a page may not write to the clipboard by itself, such as without HTTPS, the copy command still may.
  const copyByEvent = async ([html, words]) => {
    const texts = { "text/html": await html.text(), "text/plain": await words.text() };
    const fill = (event) => {
      event.preventDefault();
      for (const [type, text] of Object.entries(texts)) event.clipboardData.setData(type, text);
    };
    document.addEventListener("copy", fill, { once: true });
    const copied = document.execCommand("copy");
    document.removeEventListener("copy", fill);
    if (!copied) throw new Error("the browser refused");
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy-from]");
    if (!button) return;
    button.disabled = true;
    told("Copying…");
    try {
      await write(button);
      told(`${button.getAttribute("aria-label").replace("Copy for", "Copied for")}: paste it into the editor there.`);
    } catch {
      told("The browser didn’t let it be copied. Download the file, open it, and copy from there.");
    } finally {
      button.disabled = false;
      button.focus();
    }
  });
})();
