"use strict";
// A key a post: digits are the answers in order (of the first part that has none yet), Enter saves, s skips, b goes
// back; not while somebody types a name.
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input:not([type=radio]), select, textarea")) return;
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
  const named = document.querySelectorAll(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  const wanted = [...named].find((one) => !one.closest("fieldset")?.querySelector(":checked"));
  if (wanted) { event.preventDefault(); wanted.click(); }
});
