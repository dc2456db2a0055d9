// Ways through the pages: by keyboard alone, without scripts, and away from the desk: node ways.mjs ORIGIN PICTURES
import { accessible, context, end, fail, launch, picture, silent, watched } from "./browser.mjs";

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
  await page.waitForURL(/\/data$/);
  const table = (await page.textContent("main")).match(/[a-z]+_[a-z]+|dpc|ndb|care/)?.[0] ?? "dpc";
  await page.click('nav a[href$="/sql"]');
  await page.waitForURL(/\/sql$/);
  await page.fill("textarea[name=sql]", SQL + table);
  await page.click('form:has(textarea[name=sql]) button:not([name])');
  // The page renews itself until there is an answer.
  await page.waitForSelector("#answer");
  await picture(page, out, "no-script-answer");
  if (!/persons/.test(await page.textContent("main"))) fail("without scripts", await page.textContent("main"));
}

// A report: made of an answer, the link and the catalogue, shown in both languages, printed; then its ledger and a line of that.
{
  const page = await seated(await context(browser), "handler");
  await page.click('nav a[href$="/data"]');
  await page.waitForURL(/\/data$/);
  const study = new URL(page.url()).pathname.replace(/\/data$/, "");
  const table = (await page.textContent("main h2.code")).trim();
  await page.goto(`${origin}${study}/sql`);
  await page.evaluate((sql) => { document.querySelector("textarea[name=sql]").value = sql; }, SQL + table);
  await page.$eval("form:has(textarea[name=sql])", (form) => form.submit());
  await page.waitForURL(/\/questions\/[0-9]+/);
  await page.waitForSelector("#answer");
  for (const of of [new URL(page.url()).pathname, `${study}/link`, `${study}/data`]) {
    await page.goto(origin + of);
    // The page that it is made of shows nothing on paper.
    await page.emulateMedia({ media: "print" });
    if (await page.isVisible(".data")) fail(of, "prints its data");
    await page.emulateMedia({ media: null });
    await page.fill("[name=title]", "見本の帳票");
    await page.fill("[name=copies]", "2");
    await page.click('form[action$="/reports"] button');
    await page.waitForURL(/\/reports\/R-[0-9]{6}$/);
    const where = new URL(page.url()).pathname;
    const kind = of.split("/")[3];
    for (const lang of ["ja", "en"]) {
      if ((await page.getAttribute("html", "lang")) !== lang) {
        await page.click("form.lang button");
        await page.waitForSelector(`html[lang="${lang}"]`);
      }
      silent(page, where);
      await accessible(page, `${where} ${lang}`);
      page.heard.length = 0;
      await picture(page, out, `report-${kind}-${lang}`);
      await page.emulateMedia({ media: "print" });
      if (!(await page.isVisible(".paper table"))) fail(where, "prints no data");
      if (await page.isVisible("button")) fail(where, "prints a button");
      await picture(page, out, `report-${kind}-${lang}-print`);
      await page.pdf({ path: `${out}/report-${kind}-${lang}.pdf`, preferCSSPageSize: true });
      await page.emulateMedia({ media: null });
      await page.setViewportSize({ width: 320, height: 900 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > 320) fail(where, `${wide} px wide at 320 px`);
      await page.setViewportSize({ width: 1280, height: 900 });
    }
    await page.click("form.lang button");
    await page.waitForSelector('html[lang="ja"]');
  }
  // Who may add lines has them: where it is kept, then a correction.
  const keeper = await seated(await context(browser), "place-manager");
  await keeper.goto(`${origin}/ledgers/reports`);
  for (const [text, why] of [["棚1", ""], ["棚2", "打ち間違い"]]) {
    await keeper.selectOption("[name=kind]", "kept");
    await keeper.fill("[name=text]", text);
    if (why !== "") {
      await keeper.selectOption("[name=corrects]", { index: 1 });
      await keeper.fill("[name=why]", why);
    }
    await keeper.click('form[action$="/lines"] button');
    await keeper.locator("main", { hasText: text }).waitFor();
  }
  if (!/棚2/.test(await keeper.textContent("main"))) fail("ledger of reports", await keeper.textContent("main"));
  silent(keeper, "ledger of reports");
  await accessible(keeper, "ledger of reports");
  keeper.heard.length = 0;
  await picture(keeper, out, "report-ledger");
  await keeper.click('button[value="print"]');
  await keeper.waitForSelector(".signs");
  await keeper.emulateMedia({ media: "print" });
  await picture(keeper, out, "report-ledger-print");
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
await end(browser, "4 ways");
