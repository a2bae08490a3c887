// The newcomer: an organisation is made, the first administrator signs in by a link that works once, appoints an officer,
// and the officer brings a plan from file to public page.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accessible, check, finish, musubi, newPage, scratch, start } from "./kit.mjs";

const folder = scratch();
const data = join(folder, "data");
const made = await musubi("org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town", "--data", data, "--lang", "en");
check("org create", made.code === 0 && made.out.includes("/aoba/sign-in/"), made.out + made.err);
check("twice is refused with its reason", (await musubi("org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town", "--data", data)).code !== 0);
const faults = await musubi("org", "create", "Aoba!", "--data", data, "--lang", "en");
check("a wrong call says what is missing", faults.code === 2 && /title/.test(faults.err + faults.out), faults.err + faults.out);

const server = await start("serve", "--data", data, "--lang", "en");
const root = server.url;
const linkFile = join(data, "aoba", "first-sign-in.txt");
const link = /http:\/\/\S+/.exec(readFileSync(linkFile, "utf8"))[0];
check("the link has the address that is served", link.startsWith(`${root}/aoba/sign-in/`), link);
check("its file is for the owner alone", (statSync(linkFile).mode & 0o777) === 0o600);
check("the link is not in the log", !server.err.includes(link.split("/").pop()));

// Administrator.
const admin = await newPage();
const signIn = async (page, address) => {
  await page.goto(address);
  await accessible(page, "one-time link");
  await page.click("main form button");
  await page.waitForURL(/\/office$/);
};
const preview = await fetch(link);
check("a look at the link does not use it up", preview.status === 200);
await signIn(admin, link);
await accessible(admin, "office");
const [cookie] = (await admin.context().cookies()).filter((c) => c.name.startsWith("musubi"));
check("the session cookie is HttpOnly, Lax and bound to the path", cookie.httpOnly && cookie.sameSite === "Lax" && cookie.path === "/aoba", JSON.stringify({ ...cookie, value: "" }));
const stranger = await newPage();
await stranger.goto(link);
await accessible(stranger, "used link");
check("the link is used up", (await stranger.locator("main form button").count()) === 0);
await stranger.goto(`${root}/aoba/office`);
check("a stranger is led to the sign-in page", stranger.url().includes("/aoba/sign-in"), stranger.url());
check("a program gets a problem document", (await fetch(`${root}/aoba/office/officers.json`, { headers: { accept: "application/json" } })).status === 401);

// An officer is appointed; the link is shown once.
await admin.goto(`${root}/aoba/office/officers`);
await accessible(admin, "officers");
await admin.click('main form:has([name="name"]) button');
check("a missing name is told", (await admin.textContent("main")).length > 0 && (await admin.locator("[aria-invalid=true], .errors").count()) > 0);
await admin.fill('[name="name"]', "企画 はなこ");
await admin.click('main form:has([name="name"]) button');
const officerLink = /http:\/\/\S+?\/aoba\/sign-in\/[\w-]+/.exec(await admin.textContent("main"))[0];
const officer = await newPage();
await signIn(officer, officerLink);
const refused = await officer.goto(`${root}/aoba/office/officers`);
check("an officer may not appoint", refused.status() === 403);
await accessible(officer, "refusal");

// A form token is needed for every post.
const jar = (await officer.context().cookies()).map((c) => `${c.name}=${c.value}`).join("; ");
const forged = await fetch(`${root}/aoba/sign-out`, { method: "POST", headers: { cookie: jar, "content-type": "application/x-www-form-urlencoded" }, body: "x=1", redirect: "manual" });
check("a post without form token is refused", forged.status === 403, String(forged.status));

// A broken pack: every fault at once, with its line; nothing kept.
const both = (ja, en) => ({ ja, en });
const measure = (number, more = {}) => ({
  number, section: number.split("-")[0], field: "life", title: both(`施策${number}`, `Measure ${number}`),
  progress_kpi: { status: "set", text: both("利用件数", "Uses") }, effect_kpi: { status: "not_set", due: both("2020年度", "FY2020") },
  milestones: [], systems: [], source: { locator: both("1頁", "page 1") }, ...more,
});
const plan = {
  musubi_pack: 1, kind: "plan", id: "aoba.data-plan", version: "2020-04-01", title: both("青葉町データ計画", "Aoba data plan"),
  summary: both("町の計画。", "The town's plan."),
  source: { title: both("青葉町データ計画", "Aoba data plan"), publisher: both("青葉町", "Aoba Town"), date: "2020-04-01" },
  fields: [{ id: "life", title: both("くらし", "Life") }], sections: [{ id: "1", title: both("手続", "Procedures") }],
  measures: [measure("1-1"), measure("1-2", { target: { text: both("2025年度に50%", "50 % in FY2025"), value: 50, unit: both("%", "%"), fiscal_year: 2025 } })],
};
const save = (name, value) => {
  writeFileSync(join(folder, name), typeof value === "string" ? value : JSON.stringify(value, null, 2));
  return join(folder, name);
};
const broken = { ...plan, measures: [measure("1-1"), measure("1-1"), measure("1-3", { field: "nowhere", progress_kpi: { status: "set" }, surplus: 1 })] };
const upload = async (file) => {
  await officer.goto(`${root}/aoba/office/plans`);
  await officer.setInputFiles('input[name="pack"]', file);
  await officer.click('main form:has(input[name="pack"]) button');
  return officer.textContent("main");
};
await officer.goto(`${root}/aoba/office/plans`);
await accessible(officer, "plans office");
const told = await upload(save("broken.json", broken));
await accessible(officer, "faults of a pack");
for (const place of ["/measures/1/number", "/measures/2/field", "/measures/2/progress_kpi", "/measures/2/surplus"]) check(`fault named: ${place}`, told.includes(place), told.slice(0, 600));
const checked = await musubi("pack", "check", join(folder, "broken.json"), "--lang", "en");
check("musubi pack check: file, line, reason", checked.code === 1 && /broken\.json:\d+: /.test(checked.out + checked.err), checked.out + checked.err);
check("nothing was kept", (await (await fetch(`${root}/aoba/plans.json`)).json()).total === 0);

// A good one: preview, confirm, draft, sign-off, public.
check("the preview counts", (await upload(save("plan.json", plan))).includes("2"));
await accessible(officer, "preview");
await officer.click('main form:has(input[name="upload"]) button');
await accessible(officer, "review");
check("the draft is not public", (await fetch(`${root}/aoba/plans/aoba.data-plan`)).status === 404);
await officer.goto(`${root}/aoba/office/plans/aoba.data-plan/sign-off`);
await officer.click('main form:has(input[name="edition"]) button');
const published = await (await fetch(`${root}/aoba/plans/aoba.data-plan.json`)).json();
check("signed off, it is public", published.total === 2 && published.measures[1].title.ja === "施策1-2", JSON.stringify(published).slice(0, 300));
const again = await upload(join(folder, "plan.json"));
check("the same once more changes nothing and says so", !(await officer.locator('main form:has(input[name="upload"]) button').count()) || /変わ|同じ|0/.test(again), again.slice(0, 400));

// Sessions: list, sign out everywhere.
await officer.goto(`${root}/aoba/sessions`);
await accessible(officer, "sessions");
await officer.locator("main form button").last().click();
await officer.goto(`${root}/aoba/office`);
check("signed out everywhere", officer.url().includes("/sign-in"), officer.url());
for (const page of [admin, officer]) check("pages without faults", page.faults.filter((f) => !f.includes("status of 4")).length === 0, page.faults.join("; "));

// A second start continues the same log.
const checkpoint = await (await fetch(`${root}/aoba/log/checkpoint`)).text();
check("clean stop", (await server.stop()) === 0);
const second = await start("serve", "--data", data);
check("a used first link is not offered again", !second.out.includes("/sign-in/"), second.out);
const size = Number(checkpoint.split("\n")[1]);
const now = Number((await (await fetch(`${second.url}/aoba/log/checkpoint`)).text()).split("\n")[1]);
check("the log goes on", now >= size);
check("and is clean, also against the checkpoint kept from before", (await musubi("verify", "aoba", "--data", data, "--checkpoint", save("kept.note", checkpoint))).code === 0);
const locked = await musubi("pack", "import", "aoba", join(folder, "plan.json"), "--data", data, "--lang", "en");
check("a writing command beside the server names its process", locked.code === 3 && (locked.err + locked.out).includes(String(second.child.pid)), locked.err + locked.out);
await second.stop();
const stored = await musubi("backup", "aoba", join(folder, "aoba.backup"), "--data", data);
check("backup", stored.code === 0, stored.err);
const restored = await musubi("restore", "aoba", join(folder, "aoba.backup"), "--data", join(folder, "other"), "--lang", "en");
check("restore goes on under a new origin", restored.code === 0 && /\/2/.test(restored.out), restored.out + restored.err);
check("which is clean", (await musubi("verify", "aoba", "--data", join(folder, "other"))).code === 0);

await finish();
