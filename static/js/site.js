// What a page does beyond its forms. Everything works without it.
(() => {
  "use strict";

  // A photo goes up as soon as it is taken, with all that is typed beside it, and the page stays where it is.
  document.addEventListener("change", (event) => {
    const form = event.target.matches("input[type=file][data-send]") && event.target.form;
    if (form && event.target.files.length) {
      form.classList.add("busy");
      form.requestSubmit(form.querySelector("button[name=stay]"));
    }
  });

  // A second press of the same button would only ask for what is under way.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "post" && !form.hasAttribute("hx-post")) {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
      form.classList.add("busy");
    }
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      form.classList.remove("busy");
    });
  });

  // Saved as it is typed: say so, and say when the connection is gone; what is on the page goes up once it is back.
  const note = () => document.getElementById("saving");
  const say = (key) => {
    const place = note();
    if (place) {
      place.textContent = place.dataset[key];
      place.dataset.now = key;
    }
  };
  let waiting = null;
  document.addEventListener("htmx:beforeRequest", () => say("saving"));
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) {
      say("saved");
      waiting = null;
    }
  });
  const later = (event) => {
    waiting = event.detail.elt;
    say("offline");
  };
  document.addEventListener("htmx:sendError", later);
  document.addEventListener("htmx:timeout", later);
  window.addEventListener("online", () => {
    if (waiting) waiting.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
