/* Signing in with a passkey, where the browser knows them. Without scripts the forms beside it do. */
"use strict";

const send = async (path, body) => {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-requested-with": "shop" },
    body: JSON.stringify(body),
  });
  const said = await answer.json();
  if (!answer.ok) {
    throw new Error(said.title);
  }
  return said;
};

for (const button of document.querySelectorAll("[data-passkey]")) {
  const told = document.querySelector("[data-passkey-told]");
  button.hidden = typeof window.PublicKeyCredential?.parseRequestOptionsFromJSON !== "function";
  button.addEventListener("click", async () => {
    told.hidden = true;
    const path = button.dataset.passkey;
    try {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await send(`${path}/options`, undefined));
      const credential = (await navigator.credentials.get({ publicKey })).toJSON();
      await send(path, path.startsWith("/v1/auth") ? { credential, cookie: true } : { credential });
      location.assign(button.dataset.next);
    } catch (failure) {
      // `NotAllowedError`: the person would rather not, and knows.
      told.textContent = failure.name === "NotAllowedError" ? "No passkey was used." : failure.message;
      told.hidden = false;
    }
  });
}
