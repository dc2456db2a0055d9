// A passkey is made or shown by the browser alone; nothing else here needs script.
"use strict";
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const button = document.querySelector("[data-passkey]");
  if (!button || !window.PublicKeyCredential) return;
  const problem = document.getElementById("passkey-problem");
  button.hidden = false;
  const post = (address, body) => fetch(address, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(body),
  });
  const carried = () => Object.fromEntries(new FormData(button.form));
  const make = async (options) => {
    const key = options.publicKey;
    key.challenge = bytes(key.challenge);
    key.user.id = bytes(key.user.id);
    for (const known of key.excludeCredentials || []) known.id = bytes(known.id);
    const made = await navigator.credentials.create({ publicKey: key });
    return {
      id: made.id, rawId: text(made.rawId), type: made.type, extensions: made.getClientExtensionResults(),
      response: {
        attestationObject: text(made.response.attestationObject),
        clientDataJSON: text(made.response.clientDataJSON),
        transports: made.response.getTransports ? made.response.getTransports() : undefined,
      },
    };
  };
  const show = async (options) => {
    const key = options.publicKey;
    key.challenge = bytes(key.challenge);
    for (const known of key.allowCredentials || []) known.id = bytes(known.id);
    const shown = await navigator.credentials.get({ publicKey: key });
    return {
      id: shown.id, rawId: text(shown.rawId), type: shown.type, extensions: shown.getClientExtensionResults(),
      response: {
        authenticatorData: text(shown.response.authenticatorData),
        clientDataJSON: text(shown.response.clientDataJSON),
        signature: text(shown.response.signature),
        userHandle: shown.response.userHandle ? text(shown.response.userHandle) : null,
      },
    };
  };
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    problem.textContent = "";
    try {
      const begun = await post(button.dataset.begin, carried());
      if (!begun.ok) throw new Error(button.dataset.failed);
      const options = await begun.json();
      const credential = button.dataset.passkey === "make" ? await make(options) : await show(options);
      const ended = await post(button.dataset.end, { ...carried(), credential: JSON.stringify(credential) });
      if (!ended.ok) throw new Error(button.dataset.failed);
      if (ended.redirected) location.assign(ended.url);
      else if (button.dataset.next) location.assign(button.dataset.next);
      // What the form carries says where one goes on: HTMLFormElement.submit asks no listener.
      else button.form.submit();
    } catch {
      problem.textContent = button.dataset.failed;
    }
  });
})();
