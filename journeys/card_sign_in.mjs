// A resident signs in by card, without scripts: the town is on 127.0.0.1, the card agent on localhost, so that the browser
// treats them as two sites and keeps the town's cookies back from forms that come from the agent.
import { spawn } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { check, finish, inEveryLook, musubi, newPage, picture, scratch, start } from "./kit.mjs";

const folder = scratch();
const data = join(folder, "data");
const card = join(folder, "cards", "hanako.card");
process.env.MUSUBI_CARD_LOGIN_PIN = "1234";
process.env.MUSUBI_CARD_SIGNING_PIN = "hanako2026";
await musubi("org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town", "--data", data, "--lang", "en");
const issued = await musubi("card", "issue", "aoba", card, "--label", "花子のカード", "--data", data, "--lang", "en");
check("card issue", issued.code === 0 && /Issued card card-/.test(issued.out), issued.out + issued.err);
check("the PINs from the environment are not printed", !issued.out.includes("1234") && !issued.out.includes("hanako2026"), issued.out);
check("the card is a file of its owner", (statSync(card).mode & 0o777) === 0o600);
check("twice is refused", (await musubi("card", "issue", "aoba", card, "--data", data)).code !== 0);
const badPin = { ...process.env };
process.env.MUSUBI_CARD_LOGIN_PIN = "12";
const refusedPin = await musubi("card", "issue", "aoba", join(folder, "cards", "other.card"), "--data", data, "--lang", "en");
check("a PIN of two digits is refused", refusedPin.code === 1 && /4 digits/.test(refusedPin.err + refusedPin.out), refusedPin.err + refusedPin.out);
process.env.MUSUBI_CARD_LOGIN_PIN = badPin.MUSUBI_CARD_LOGIN_PIN;
const number = /card-[a-z0-9]+/.exec(issued.out)[0];
const given = [];  // two more, that only the office handles
for (const name of ["second", "third"]) given.push(/card-[a-z0-9]+/.exec((await musubi("card", "issue", "aoba", join(folder, `${name}.card`), "--data", data, "--lang", "en")).out)?.[0]);
const shown = JSON.parse((await musubi("card", "show", card, "--json")).out);
check("card show", shown.id === number && shown.login_tries === 3 && !JSON.stringify(shown).includes("PRIVATE"));

const agent = await start("card", "serve", join(folder, "cards"), "--lang", "en");
const agentUrl = agent.url.replace("127.0.0.1", "localhost");
const server = await start("serve", "--data", data, "--lang", "en", "--card-agent", agentUrl);
const root = server.url;

check("a challenge that is none is refused", (await fetch(`${agent.url}/request`, { method: "POST", body: new URLSearchParams({ challenge: "x.y.z" }) })).status === 422);

const begin = async (page) => {
  await page.goto(`${root}/aoba/my/sessions`);
  check("who is not signed in is led to the card", page.url().includes("/aoba/sign-in/card"), page.url());
  await page.click("main form button");
  await page.click("main form button");
  check("now at the agent", page.url() === `${agentUrl}/request`, page.url());
};
const enter = async (page, pin) => {
  await page.fill('[name="pin"]', pin);
  await page.click('main form:has([name="pin"]) button');
};

// The whole way without scripts.
const page = await newPage({ javaScriptEnabled: false, locale: "en-GB" });
await begin(page);
check("the agent says who asks", (await page.textContent("main")).includes("Aoba Town"));
check("no cookie of the town reaches the agent, none is set by it", (await page.context().cookies()).every((c) => c.domain === "127.0.0.1"));
await enter(page, "1234");
await page.click("main form button");
check("signed in, back where it began", page.url() === `${root}/aoba/my/sessions`, page.url());
const cookies = await page.context().cookies();
const session = cookies.find((c) => c.name === "musubi_aoba_card");
check("the session cookie is HttpOnly, Lax and bound to the path", session?.httpOnly && session.sameSite === "Lax" && session.path === "/aoba", JSON.stringify({ ...session, value: "" }));
check("the cookie of the way is gone", !cookies.some((c) => c.name === "musubi_aoba_try"));
check("no scripts were needed and nothing was blocked", page.faults.length === 0, page.faults.join(" | "));

// Each page of the way with axe in every look, in Japanese.
const other = await newPage();
await other.goto(`${root}/aoba/sign-in`);
await inEveryLook(other, "ways to sign in");
await other.goto(`${root}/aoba/sign-in/card?return=%2Faoba%2Fmy%2Fsessions`);
await inEveryLook(other, "sign in by card");
await picture(other, "card-sign-in");
await other.click("main form button");
await inEveryLook(other, "on to the card");
await other.click("main form button");
await inEveryLook(other, "agent: PIN");
await picture(other, "card-pin");
await enter(other, "");
check("an empty PIN is told", (await other.locator(".errors").count()) === 1);
await inEveryLook(other, "agent: faults");
await enter(other, "1234");
await inEveryLook(other, "agent: done");
await other.click("main form button");
check("a second session", other.url() === `${root}/aoba/my/sessions`, other.url());
await inEveryLook(other, "own sessions");
check("both sessions are listed", (await other.locator("main section").count()) === 3);
await other.goto(agentUrl);
await inEveryLook(other, "agent: cards");

// Somebody else's browser gets nothing from an answer.
const victim = await newPage({ javaScriptEnabled: false });
await begin(victim);
await enter(victim, "1234");
await victim.context().clearCookies();
await victim.click("main form button");
check("an answer opens nothing in a browser that did not begin", /identity\.other_browser/.test(await victim.textContent("main")), victim.url());
check("and no session", (await victim.context().cookies()).every((c) => c.name !== "musubi_aoba_card"));

// Cancelled.
const unsure = await newPage();
await begin(unsure);
await unsure.click('main form:has([name="cancelled"]) button');
check("cancelling leads back", /identity\.card_cancelled/.test(await unsure.textContent("main")), unsure.url());
await inEveryLook(unsure, "cancelled");

// Three wrong PINs lock; the office tells the code.
await begin(unsure);
for (let i = 0; i < 3; i += 1) await enter(unsure, "0000");
check("three wrong PINs lock the card", /musubi card unlock/.test(await unsure.textContent("main")));
await inEveryLook(unsure, "agent: locked");
await enter(unsure, "1234");
check("the right PIN comes too late", new URL(unsure.url()).pathname === "/pin");
const admin = await newPage();
await admin.goto(/http:\/\/\S+/.exec(readFileSync(join(data, "aoba", "first-sign-in.txt"), "utf8"))[0]);
await admin.click("main form button");
await admin.waitForURL(/\/office$/);
await admin.goto(`${root}/aoba/office/cards`);
await inEveryLook(admin, "office: cards");
await admin.click(`a[href$="${number}"]`);
await inEveryLook(admin, "office: one card");
await admin.click('form[action$="/unlock"] button');
const code = /\b\d{12}\b/.exec(await admin.textContent("main"))[0];
const unlock = spawn(process.env.MUSUBI || "build/dev/musubi", ["card", "unlock", card], { stdio: ["pipe", "ignore", "ignore"] });
unlock.stdin.end(`${code}\n`);
check("card unlock", (await new Promise((resolve) => { unlock.on("close", resolve); })) === 0);
await begin(unsure);
await enter(unsure, "1234");
await unsure.click("main form button");
check("unlocked, it opens a session again", unsure.url() === `${root}/aoba/my/sessions`, unsure.url());

// States at the office: each change is a record; a card that is not active is refused at once, and says why. Sessions that
// are open go on.
const set = async (which, state) => {
  await admin.goto(`${root}/aoba/office/cards/${which}`);
  await admin.check(`[name="state"][value="${state}"]`);
  await admin.click('form:has([name="state"]) button');
};
const changes = async () => {
  await admin.goto(`${root}/aoba/log`);
  return (await admin.textContent("#records")).split("カードの状態を変更した").length - 1;
};
const knocks = async () => {
  const late = await newPage();
  await begin(late);
  await enter(late, "1234");
  await late.click("main form button");
  return late;
};
const changed = await changes();
await set(number, "suspended");
const late = await knocks();
check("a suspended card is refused", /identity\.card_suspended/.test(await late.textContent("main")));
await inEveryLook(late, "suspended card");
await set(number, "active");
check("taken up again, it opens a session", (await knocks()).url() === `${root}/aoba/my/sessions`);
await set(number, "lost");
check("a lost card is refused", /identity\.card_lost/.test(await (await knocks()).textContent("main")));
await set(number, "active");
check("and stays lost", /identity\.card_step/.test(await admin.textContent("main")), await admin.textContent("main"));
await inEveryLook(admin, "a step that a card cannot take");
for (const [id, end, word] of [[given[0], "returned", "返納"], [given[1], "revoked", "失効"]]) {
  await set(id, end);
  check(`a card is ${end}`, (await admin.textContent("main dl")).includes(word), await admin.textContent("main"));
}
check("each change is a record", (await changes()) === changed + 5, `${await changes()} after ${changed}`);

// Signing out everywhere.
await page.goto(`${root}/aoba/my/sessions`);
await page.locator("main form button").last().click();
await page.goto(`${root}/aoba/my/sessions`);
check("signed out everywhere", page.url().includes("/sign-in/card"), page.url());
await other.goto(`${root}/aoba/my/sessions`);
check("the other browser too", other.url().includes("/sign-in/card"), other.url());

// Office pages of the register.
// It is closed until a post opens it: the administrator makes one, with the duty, and takes it.
const closed = await admin.goto(`${root}/aoba/office/residents`);
check("the register is closed to an administrator without a post", closed.status() === 403 && /任務/.test(await admin.textContent("main")), await admin.textContent("main"));
await inEveryLook(admin, "office: the register is closed");
await admin.goto(`${root}/aoba/office`);
check("and the start page does not lead there", (await admin.locator("main a[href$='/office/residents']").count()) === 0);
const setUp = async (below, fill) => {
  await admin.goto(`${root}/aoba/office/posts`);
  const form = admin.locator(`main form[action$="/office/posts${below}"]`);
  await fill(form);
  await form.locator("button").click();
};
await setUp("/unit", async (form) => { await form.locator("[name=unit_id]").fill("residents"); await form.locator("[name=unit_title_ja]").fill("住民課"); await form.locator("[name=unit_title_en]").fill("Residents"); });
await setUp("/post", async (form) => { await form.locator("[name=post_id]").fill("desk"); await form.locator("[name=post_title_ja]").fill("窓口係"); await form.locator("[name=post_title_en]").fill("Desk"); await form.locator("[name=post_unit]").selectOption("residents"); });
await setUp("", async (form) => {
  await form.locator("[name=post]").selectOption("desk");
  await form.locator("[name=officer]").selectOption({ index: (await form.locator("[name=officer] option").count()) - 1 });
  for (const [part, value] of [["year", "2024"], ["month", "4"], ["day", "1"]]) await form.locator(`[name=from-${part}]`).fill(value);
});
await setUp("/duty", async (form) => { await form.locator("[name=duty_post]").selectOption("desk"); await form.locator("[name=duty_may][value=look]").check(); });
for (const [path, what] of [["residents", "office: residents"], ["posts", "office: posts"]]) {
  const answer = await admin.goto(`${root}/aoba/office/${path}`);
  check(`${what}: open to who holds the post`, answer.status() === 200, await admin.textContent("main"));
  await inEveryLook(admin, what);
}
check("nothing of the card stands in the log of the server", !server.err.includes(number) && !server.err.includes("challenge="));
for (const each of [other, unsure, admin, late, victim]) check("no faults in the console", each.faults.length === 0, each.faults.join(" | "));
await finish();
