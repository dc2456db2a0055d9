// Ways through the pages: by keyboard alone, without scripts, and away from the desk: node ways.mjs ORIGIN PICTURES
import { context, end, fail, launch, picture, silent, watched } from "./browser.mjs";

const [origin, out] = process.argv.slice(2);
const browser = await launch();
const SQL = "SELECT count(DISTINCT person) AS persons FROM ";

// Presses Tab until what has the focus fits.
const tabTo = async (page, fits) => {
  for (let pressed = 0; pressed < 120; pressed += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(fits)) return true;
  }
  return false;
};

const seated = async (of, who) => {
  const page = await watched(of);
  await page.goto(`${origin}/demo`);
  await page.click(`form:has(input[value="${who}"]) button`);
  await page.waitForURL(`${origin}/`);
  return page;
};

// By keyboard alone: in, to the desk, a question, its answer.
{
  const page = await watched(await context(browser));
  await page.goto(`${origin}/demo`);
  if (!(await tabTo(page, () => document.activeElement.closest("form")?.querySelector("[name=person]")?.value === "handler"))) fail("keyboard", "no way to the handler's button");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${origin}/`);
  if (!(await tabTo(page, () => document.activeElement.getAttribute("href")?.endsWith("/sql")))) fail("keyboard", "no way to the desk");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/sql/);
  if (!(await tabTo(page, () => document.activeElement.matches("textarea, [contenteditable]") || document.activeElement.shadowRoot !== null))) fail("keyboard", "no way to the statement");
  silent(page, "keyboard");
  await picture(page, out, "keyboard-sql");
}

// Without scripts: a question is asked and answered.
{
  const page = await seated(await context(browser, { javaScriptEnabled: false }), "handler");
  await page.click('nav a[href$="/data"]');
  const table = (await page.textContent("main")).match(/[a-z]+_[a-z]+|dpc|ndb|care/)?.[0] ?? "dpc";
  await page.click('nav a[href$="/sql"]');
  await page.fill("textarea[name=sql]", SQL + table);
  await page.click('form:has(textarea[name=sql]) button:not([name])');
  for (let looks = 0; looks < 60 && (await page.$("meta[http-equiv=refresh]:not(noscript *)")) !== null; looks += 1) await page.reload();
  await picture(page, out, "no-script-answer");
  if (!/persons/.test(await page.textContent("main"))) fail("without scripts", await page.textContent("main"));
}

// Away from the desk: the page goes to the lock by itself.
{
  const of = await context(browser);
  const page = await seated(of, "lead");
  await page.clock.install();
  await page.goto(`${origin}/`);
  await page.clock.fastForward("10:05");
  await page.waitForURL(`${origin}/lock`);
  if ((await page.goto(`${origin}/`)) && !page.url().endsWith("/lock")) fail("idle", `still at ${page.url()}`);
}
await end(browser, "3 ways");
