// Keys on the staff's pages: each is shown beside what it does. Everything works without them.
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-print]")) return;
    event.preventDefault();
    window.print();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const here = event.target;
    if (here.matches("textarea, select, input:not([type=radio]):not([type=checkbox]), button, summary, a[href]") && event.key === "Enter") return;
    if (here.matches("textarea, select, input:not([type=radio]):not([type=checkbox])")) return;
    if (event.key === "Enter" && here.matches("input")) return;
    const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!target) return;
    event.preventDefault();
    if (target.matches("details")) {
      target.open = true;
      target.querySelector("input:not([type=hidden]), textarea, button").focus();
    } else {
      target.click();
    }
  });
})();
