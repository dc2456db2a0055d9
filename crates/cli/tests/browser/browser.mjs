// What the walks share: a Chromium that trusts nothing beforehand, and pages that report what went wrong in them.
import { createRequire } from "node:module";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const require = createRequire(join(process.env.RENKETSU_BROWSER_MODULES, "here.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const problems = [];
export const fail = (where, what) => problems.push(`${where}: ${what}`);

// Beside the other tests a machine may be slow; what never comes is told all the same.
const PATIENCE = 180_000;

export const launch = () =>
  chromium.launch({
    timeout: PATIENCE,
    executablePath: process.env.RENKETSU_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });

// A context of its own is a browser of its own: a terminal and a session.
export const context = async (browser, more = {}) => {
  const of = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 900 }, ...more });
  of.setDefaultTimeout(PATIENCE);
  return of;
};

// Collects what a page says went wrong. Expected answers of a refusal are told to it by `expect`.
export const watched = async (of) => {
  const page = await of.newPage();
  page.heard = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) page.heard.push(message.text());
  });
  page.on("pageerror", (error) => page.heard.push(String(error)));
  page.on("requestfailed", (request) => page.heard.push(`${request.url()}: ${request.failure()?.errorText}`));
  return page;
};

export const silent = (page, where) => {
  for (const text of page.heard.splice(0)) fail(where, text);
};

export const accessible = async (page, where) => {
  const found = await page.evaluate(
    `${axe}; axe.run(document, { resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })`,
  );
  for (const violation of found.violations)
    for (const node of violation.nodes) fail(where, `axe ${violation.id}: ${node.target.join(" ")}: ${node.failureSummary}`);
};

export const picture = async (page, out, name) => {
  mkdirSync(out, { recursive: true });
  await page.screenshot({ path: join(out, `${name}.png`), fullPage: true });
};

// Ends the walk: every problem on a line of its own.
export const end = async (browser, walked) => {
  await browser.close();
  if (problems.length > 0) {
    console.error([...new Set(problems)].join("\n"));
    process.exit(1);
  }
  console.log(walked);
};
