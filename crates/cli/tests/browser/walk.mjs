// Every page that every sample person reaches, in both languages: node walk.mjs ORIGIN PICTURES
import { accessible, context, end, fail, launch, picture, silent, watched } from "./browser.mjs";

const [origin, out] = process.argv.slice(2);
const browser = await launch();
let walked = 0;

// Where a page leads to: its menu, and what its main part links to, answers of forms left out.
const links = (page) =>
  page.$$eval("nav a, main a", (all) => all.map((a) => a.getAttribute("href")).filter((href) => href?.startsWith("/") && !href.startsWith("/assets")));

// Addresses that hand out a file.
const isFile = (path) => /\.(csv|xlsx|svg|json|txt|pdf)(\?|$)/.test(path) || path.includes("format=");

const look = async (page, path, lang, who) => {
  const where = `${who} ${lang} ${path}`;
  const answer = await page.goto(origin + path);
  if (answer.status() !== 200) fail(where, `status ${answer.status()}`);
  walked += 1;
  if ((await page.getAttribute("html", "lang")) !== lang) fail(where, "another language");
  if (!/^.+ \| Renketsu$/.test(await page.title())) fail(where, `title ${await page.title()}`);
  silent(page, where);
  await accessible(page, where);
  page.heard.length = 0;
  await picture(page, out, `${who}${path.replaceAll(/[^a-z0-9]+/gi, "-")}-${lang}`.slice(0, 120));
  await page.setViewportSize({ width: 320, height: 900 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  if (wide > 320) fail(where, `${wide} px wide at 320 px`);
  await page.setViewportSize({ width: 1280, height: 900 });
};

const start = await watched(await context(browser));
await start.goto(`${origin}/demo`);
const people = await start.$$eval("input[name=person]", (all) => all.map((input) => input.value));
if (people.length < 7) fail("/demo", `${people.length} people`);
for (const lang of ["ja", "en"]) {
  if (lang === "en") {
    await start.click("form.lang button");
    await start.waitForSelector('html[lang="en"]');
  }
  for (const path of ["/demo", "/terminal", "/enrol"]) await look(start, path, lang, "stranger");
}
for (const who of people) {
  const page = await watched(await context(browser));
  await page.goto(`${origin}/demo`);
  await page.click(`form:has(input[value="${who}"]) button`);
  await page.waitForURL(`${origin}/`);
  for (const lang of ["ja", "en"]) {
    await page.goto(`${origin}/`);
    if ((await page.getAttribute("html", "lang")) !== lang) {
      await page.click("form.lang button");
      await page.waitForSelector(`html[lang="${lang}"]`);
    }
    // Of pages that differ in a number, a name or a question alone, the first one.
    const kind = (path) => path.split(/[?#]/)[0].replace(/[0-9]+/g, "0").replace(/^\/people\/.+/, "/people/0");
    const seen = new Map([[kind("/"), "/"]]);
    for (const path of seen.values()) {
      await look(page, path, lang, who);
      for (const link of await links(page)) if (!isFile(link) && !seen.has(kind(link))) seen.set(kind(link), link);
    }
  }
  // Locked by hand.
  await page.goto(`${origin}/`);
  await page.click('form[action="/lock"] button');
  await page.waitForURL(`${origin}/lock`);
  silent(page, `${who} /lock`);
  await accessible(page, `${who} /lock`);
  await page.context().close();
}
await end(browser, `${walked} pages`);
