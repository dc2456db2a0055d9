// Locks the page when nobody did anything: the server locks the session by itself; this hides what stands on the screen.
"use strict";
(() => {
  const me = document.currentScript;
  const idle = Number(me.dataset.idle) * 1000;
  let last = Date.now();
  let told = Date.now();
  const seen = () => {
    last = Date.now();
    if (last - told < 60000) return;
    told = last;
    fetch("/seen", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ form: me.dataset.form }),
    }).then((answer) => {
      if (answer.status === 204) return;
      location.assign("/lock");
    }).catch(() => {});
  };
  for (const what of ["keydown", "pointerdown", "input", "scroll"]) addEventListener(what, seen, { passive: true });
  setInterval(() => {
    if (Date.now() - last >= idle) location.assign("/lock");
  }, 1000);
})();
