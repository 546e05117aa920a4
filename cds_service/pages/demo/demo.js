"use strict";
// Copying is all that needs a script. Without one the buttons stay hidden, and the text can be selected.
for (const button of document.querySelectorAll("button.copy")) {
  if (!navigator.clipboard) break;
  const said = button.firstChild.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.firstChild.textContent = button.dataset.done;
    setTimeout(() => { button.firstChild.textContent = said; }, 2000);
  });
}
