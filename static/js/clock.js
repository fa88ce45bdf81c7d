// Says what a time in UTC is for whoever looks at it.
(() => {
  "use strict";

  const spelt = new Intl.DateTimeFormat("en-GB", { weekday: "long", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
  const isUtc = new Date().getTimezoneOffset() === 0;

  for (const time of document.querySelectorAll("time[data-local]")) {
    if (!isUtc) time.append(` (${spelt.format(new Date(time.dateTime))} for you)`);
  }

  for (const output of document.querySelectorAll("output[data-local-of]")) {
    const field = document.getElementById(output.dataset.localOf);
    const tell = () => {
      const at = new Date(`${field.value}Z`);
      output.value = isUtc || Number.isNaN(at.valueOf()) ? "" : `The time above is ${spelt.format(at)} for you.`;
    };
    field.addEventListener("input", tell);
    tell();
  }
})();
