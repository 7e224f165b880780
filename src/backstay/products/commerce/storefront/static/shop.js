/* What pages do by themselves where scripts run. Without them every form has its button. */
"use strict";

document.documentElement.classList.add("scripted");

for (const field of document.querySelectorAll("[data-sends]")) {
  field.addEventListener("change", () => field.form.requestSubmit());
}

// The price of what is chosen stands above, without asking the server: each choice bears its own.
for (const form of document.querySelectorAll("[data-product]")) {
  const now = form.querySelector("[data-now]");
  form.addEventListener("change", (event) => {
    const costs = event.target.closest(".variant")?.querySelector(".costs");
    if (costs) {
      now.replaceChildren(...costs.cloneNode(true).childNodes);
    }
  });
}

// A picture that does not come leaves the drawing beneath it.
for (const image of document.querySelectorAll(".face img")) {
  if (image.complete && image.naturalWidth === 0) {
    image.remove();
  }
  image.addEventListener("error", () => image.remove());
}

// Two presses are one order anyway; one press shows that it was heard.
for (const form of document.querySelectorAll('form[method="post"]')) {
  form.addEventListener("submit", (event) => {
    event.submitter?.setAttribute("aria-busy", "true");
  });
}
