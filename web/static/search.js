"use strict";
// The query box: grows with what is typed, tells when the typing pauses on something that can be read, sends on Enter.
(() => {
  const box = document.getElementById("q"), form = document.getElementById("ask"), check = document.getElementById("check");
  const fit = () => { box.style.height = "auto"; box.style.height = Math.min(box.scrollHeight + 2, 260) + "px"; };
  const typed = () => { fit(); box.dispatchEvent(new Event("typed", { bubbles: true })); };
  // while characters are composed, the box holds their sounds, which nobody searches for
  box.addEventListener("input", (event) => event.isComposing ? fit() : typed());
  box.addEventListener("compositionend", typed);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    event.preventDefault();
    box.focus();
  });
  document.addEventListener("change", (event) => { if (event.target.form === form && event.target.matches("select")) form.requestSubmit(); });

  // a remark shows its place in the query
  const places = () => check.querySelectorAll("[data-from]").forEach((one) => { one.hidden = false; });
  check.addEventListener("click", (event) => {
    const one = event.target.closest("[data-from]");
    if (!one) return;
    const units = (end) => [...box.value].slice(0, end).join("").length;  // code points to UTF-16
    box.focus();
    box.setSelectionRange(units(+one.dataset.from), units(+one.dataset.to));
  });

  // a click beside the hits changes the query: the box says so
  document.addEventListener("htmx:after:swap", () => {
    places();
    const found = document.getElementById("found");
    if (!found || found === seen) return;
    seen = found;
    if (found.dataset.query !== box.value && document.activeElement !== box) { box.value = found.dataset.query; typed(); }
    narrow();
  });
  const narrow = () => { if (innerWidth < 860) document.querySelectorAll(".facets > details").forEach((one) => { one.open = false; }); };
  let seen = document.getElementById("found");
  fit(); places(); narrow();
})();
