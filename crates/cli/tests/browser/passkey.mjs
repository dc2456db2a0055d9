// Passkeys with a virtual authenticator, from the first code on: node passkey.mjs ORIGIN CODE PICTURES
import { context, end, fail, launch, picture, watched } from "./browser.mjs";

const [origin, code, out] = process.argv.slice(2);
const browser = await launch();
const of = await context(browser);
const page = await watched(of);
const devtools = await of.newCDPSession(page);
await devtools.send("WebAuthn.enable");
const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
  options: { protocol: "ctap2", transport: "usb", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
});
const verified = (isUserVerified) => devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
const password = "Tsuru-Kame-Kawara-93!";

await page.goto(`${origin}/enrol`);
await page.fill("[name=code]", code);
await page.click("main button");
for (const [name, value] of [["person", "tanaka"], ["name", "田中一郎"], ["affiliation", "大学"], ["place", "p1"], ["place-name", "解析室"]]) await page.fill(`[name=${name}]`, value);
await page.click("main button");
for (const name of ["password", "again"]) await page.fill(`[name=${name}]`, password);
await page.click("main button");
await page.waitForSelector("#passkey:not([hidden])");
await picture(page, out, "passkey-enrol");
await page.click("#passkey");
await page.waitForSelector("input[type=checkbox]");
for (const box of await page.$$("main input[type=checkbox]")) await box.check();
await page.click("main button");
await page.waitForURL(`${origin}/sign-in`);

// Password, then the passkey.
const halfway = async () => {
  await page.goto(`${origin}/sign-in`);
  await page.fill("[name=person]", "tanaka");
  await page.fill("[name=password]", password);
  await page.click("main button");
  await page.waitForURL(`${origin}/sign-in/factor`);
  await page.waitForSelector("#passkey:not([hidden])");
};
await halfway();
await picture(page, out, "passkey-show");
const [shown] = await Promise.all([page.waitForRequest((request) => request.url().endsWith("/sign-in/passkey/end")), page.click("#passkey")]);
await page.waitForURL(`${origin}/`);
await page.click('form[action="/sign-out"] button');
await page.waitForURL(`${origin}/sign-in`);

// What was shown once is shown again: the challenge is another one.
await halfway();
const replayed = await page.evaluate(
  async (body) => (await fetch("/sign-in/passkey/end", { method: "POST", redirect: "manual", headers: { "content-type": "application/x-www-form-urlencoded" }, body })).status,
  shown.postData(),
);
if (replayed < 400) fail("replayed challenge", `status ${replayed}`);
await page.goto(`${origin}/`);
if (!page.url().endsWith("/sign-in")) fail("replayed challenge", `came in: ${page.url()}`);

// A key that nobody unlocked: touched, not verified.
await verified(false);
await halfway();
await page.click("#passkey");
await page.waitForFunction(() => document.querySelector("#passkey-problem")?.textContent !== "");
await page.goto(`${origin}/`);
if (!page.url().endsWith("/sign-in")) fail("no user verification", `came in: ${page.url()}`);

// Under another name: the address is not the site's.
const other = await watched(of);
const answer = await other.goto(origin.replace("localhost", "127.0.0.1"));
if (answer.status() !== 403) fail("another name", `status ${answer.status()}`);
await end(browser, "passkey");
