// The theme writes the name of a chosen file into the text field of its own file widget. Beside a plain file field there is
// none: it fails, or fills another field of the form. What it takes for looked after it leaves alone.
document.addEventListener("DOMContentLoaded", () => {
  "use strict";
  for (const input of document.querySelectorAll("input[type=file]")) {
    const widget = input.parentNode.parentNode.parentNode;
    if (!widget.querySelector("input[type=text]:disabled")) input.hasChangeListener = true;
  }
});
