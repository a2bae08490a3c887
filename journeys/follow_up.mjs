// Officers follow a plan's measures up: a schedule from the plan's own rule, owners, what is due and overdue, reminders on the
// start page, an entry that states facts, issues and causes before it rates, another officer's sign-off, a finding that stays open,
// publication; and what everybody then sees, on a phone, in the dark, on paper, as data, as it was on any day.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { accessible, check, finish, musubi, newPage, parseCsv, picture, run, scratch, start } from "./kit.mjs";

const pack = JSON.parse(readFileSync("packs/japan/basic-plan-2019/plan.json", "utf8"));
const data = join(scratch(), "data");
const done = async (...args) => {
  const ran = await musubi(...args, "--data", data, "--lang", "en");
  check(`musubi ${args.slice(0, 2).join(" ")}`, ran.code === 0, ran.out + ran.err);
};
await done("org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town");
const seeder = (process.env.MUSUBI || "build/dev/musubi").replace(/musubi$/, "case_seeder");
const links = JSON.parse((await run(seeder, data, "aoba")).out);
await done("pack", "import", "aoba", "packs/japan/basic-plan-2019/plan.json");
await done("pack", "sign-off", "aoba", pack.id);
const server = await start("serve", "--data", data, "--lang", "en");
const root = server.url;
links.administrator = readFileSync(join(data, "aoba", "first-sign-in.txt"), "utf8").trim().split("/").pop();
const plan = `${root}/aoba/plans/${pack.id}`;
const office = `${root}/aoba/office/plans/${pack.id}`;
const desk = `${root}/aoba/office/follow-up`;
const main = (page) => page.textContent("main");
const signIn = async (post, options) => {
  const page = await newPage(options);
  await page.goto(`${root}/aoba/sign-in/${links[post]}`);
  await page.click("main form button");
  await page.waitForURL(/\/office$/);
  return page;
};
const total = async (page, address) => (await (await page.request.get(address)).json()).total;

// Half a year back: the quarter before the last one is overdue by now, whatever day it is.
const today = new Date(Date.now() + 9 * 3600_000);
const begun = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - (today.getUTCMonth() % 3) - 6, 1));
const quarter = `${begun.getUTCFullYear() - (begun.getUTCMonth() < 3 ? 1 : 0)}-Q${((begun.getUTCMonth() + 9) % 12) / 3 + 1}`;
const later = new Date(Date.UTC(begun.getUTCFullYear(), begun.getUTCMonth() + 3, 1));
const next = `${later.getUTCFullYear() - (later.getUTCMonth() < 3 ? 1 : 0)}-Q${((later.getUTCMonth() + 9) % 12) / 3 + 1}`;
const quarterly = pack.measures.filter((m) => m.field !== "cross-sector");

// The schedule: every fault at once, then the plan's own rule.
const chief = await signIn("chief");
await chief.goto(`${office}/follow-up/schedule`);
check("who may not make the schedule is told who does", (await main(chief)).includes("管理者が行います") && (await chief.locator("[name=from]").count()) === 0);
await accessible(chief, "schedule of others");
const administrator = await signIn("administrator");
await administrator.goto(`${office}/follow-up`);
check("without a schedule the page says so", (await main(administrator)).includes("フォローアップの予定がありません"));
await administrator.click("main a:has-text('予定を決める') >> nth=0");
await accessible(administrator, "schedule");
await administrator.selectOption("[name=post]", "chief");
await administrator.fill("[name=from]", "いつか");
await administrator.fill("[name=due_days]", "0");
await administrator.fill("[name=priority_measures]", "99-9");
await administrator.click("main form button");
const refused = await main(administrator);
for (const words of ["始まりの日を書いて", "1から365まで", "施策「99-9」は計画にありません", "どの定めによるか"]) check(`the schedule is refused: ${words}`, refused.includes(words));
await accessible(administrator, "schedule refused");
await administrator.fill("[name=from]", begun.toISOString().slice(0, 10));
await administrator.fill("[name=due_days]", "30");
await administrator.selectOption("[name=post]", "chief");
await administrator.fill("[name=priority_measures]", "");
for (const field of pack.fields.filter((f) => f.id !== "cross-sector")) await administrator.check(`[name=priority_fields][value=${field.id}]`);
await administrator.fill("[name=basis-ja]", "重点分野は四半期ごと、ほかは年に1回");
await administrator.fill("[name=basis-en]", "Priority fields every quarter, others yearly");
await administrator.click("main form button");
await administrator.waitForURL(/\/follow-up$/);
await chief.goto(`${office}/follow-up/owners`);
await chief.selectOption("[name=field]", "e-government");
await chief.selectOption("[name=post]", "desk");
await chief.click("main form button");
check("the desk owns the measures of its field", (await main(chief)).includes("1-13"));
await accessible(chief, "owners");
await picture(chief, "follow-up-owners");

// Calendar, mine, overdue: by month and by post.
await chief.goto(desk);
await accessible(chief, "calendar");
await picture(chief, "follow-up-calendar");
check("the calendar has months and posts", (await chief.locator("#months tbody tr").count()) > 2 && (await main(chief)).includes("住民係"));
check("overdue: every priority measure of that quarter", (await total(chief, `${desk}/overdue.json`)) >= quarterly.length);
const owned = pack.measures.filter((m) => m.field === "e-government").length;
const officer = await signIn("desk");
let reminded = "";
for (let i = 0; i < 100 && !reminded.includes("期限超過"); i += 1) { await officer.goto(`${root}/aoba/office`); reminded = await main(officer); }
check("the start page reminds the post", reminded.includes("フォローアップのお知らせ") && reminded.includes("期限超過"), reminded.slice(0, 200));
await accessible(officer, "start page with a reminder");
await picture(officer, "follow-up-reminder");
const count = (await (await officer.request.get(`${root}/aoba/office`)).text()).match(/件が済んでいません/g).length;
await officer.reload();
check("reminders do not pile up", (await main(officer)).match(/件が済んでいません/g).length === count);
await officer.goto(`${desk}/mine`);
check("mine are the post's alone", (await total(officer, `${desk}/mine.json?per_page=200`)) >= owned && !(await officer.textContent("#due tbody")).includes("担当なし"));
await accessible(officer, "mine");
await officer.goto(`${desk}/overdue?post=desk`);
const before = await total(officer, `${desk}/overdue.json?post=desk`);
await picture(officer, "follow-up-overdue");

// An entry: what is missing is said all at once; then it is saved; the same officer cannot sign it off.
const edit = (number, period) => `${office}/measures/${number}/follow-up/${period}/edit`;
await officer.goto(edit("1-13", quarter));
await accessible(officer, "entry");
await picture(officer, "follow-up-entry");
const stale = await officer.context().newPage();
await stale.goto(edit("1-13", quarter));
await officer.check("[name=light][value=delayed]");
await officer.click("main form button");
const missing = await main(officer);
for (const words of ["評価の前に、事実を", "課題を書いて", "原因を整理", "次に行うこと", "計画が定めたKPIの実績"]) check(`the entry is refused: ${words}`, missing.includes(words));
await accessible(officer, "entry refused");
const write = async (page, values) => { for (const [name, value] of Object.entries(values)) await page.fill(`[name=${name}]`, value); };
const both = (name, ja, en) => ({ [`${name}-ja`]: ja, [`${name}-en`]: en });
await write(officer, { ...both("facts", "説明会を3回開いた", "Three briefings were held"), ...both("issues", "様式がそろわない", "Forms differ"), ...both("causes", "取りまとめ役がない", "Nobody brings them together"),
  "progress-number": "１２", ...both("effect", "まだ測れない", "Cannot be measured yet"), ...both("next_action", "取りまとめ役を決める", "Name somebody") });
await officer.check("[name=light][value=delayed]");
await officer.click("main form button");
await officer.waitForURL(/\/follow-up$/);
check("the entry waits for a sign-off", (await main(officer)).includes("▲ 遅れ") && (await main(officer)).includes("確認待ち"), await main(officer));
await accessible(officer, "measure's follow-up");
check("who does not lead is told who signs off", (await officer.locator("form[action$='/sign-off']").count()) === 0 && (await main(officer)).includes("取りまとめの職の職員が行います"));
check("it is still overdue", (await total(officer, `${desk}/overdue.json?post=desk`)) === before);

// A second officer in the same entry is told; nothing is lost.
await write(stale, { ...both("facts", "別の事実", "Other facts"), "progress-number": "12", ...both("effect", "まだ測れない", "Cannot be measured yet") });
await stale.check("[name=light][value=on_track]");
await stale.click("main form button");
check("two in one entry: the cells of both are named", (await main(stale)).includes("同じ欄を") && (await stale.locator("#conflicts tbody tr").count()) === 2, await main(stale));
check("mine stays in its cell, theirs in the others", (await stale.inputValue("[name=facts-ja]")) === "別の事実" && (await stale.inputValue("[name=issues-ja]")) === "様式がそろわない");
await accessible(stale, "conflict");
await picture(stale, "follow-up-conflict");
const early = await officer.request.get(edit("99-9", quarter));
check("an unknown measure is not found", early.status() === 404);

// Another officer signs off, adds a finding, publishes.
await chief.goto(`${office}/measures/1-13/follow-up`);
await chief.click("form[action$='/sign-off'] button");
check("signed off", (await main(chief)).includes("確認") && (await chief.locator("form[action$='/sign-off']").count()) === 0);
check("the overdue list is one shorter", (await total(chief, `${desk}/overdue.json?post=desk`)) === before - 1);
await chief.click("summary:has-text('指摘を加える')");
await write(chief, both("finding", "様式の見本を示すこと", "Show a model form"));
await chief.click("form[action$='/findings'] button");
check("the finding is open", (await main(chief)).includes("様式の見本") && (await main(chief)).includes("未了"));
check("the public sees nothing yet", (await fetch(`${plan}/follow-up`)).status === 404);
await chief.goto(`${office}/follow-up/publish`);
await accessible(chief, "before publication");
await chief.click("main form button");
await chief.waitForURL(`${plan}/follow-up`);

// The desk's next quarter: what was said last time, what changed since.
await officer.goto(edit("1-13", next));
check("what was said last time stands there", (await main(officer)).includes("前回の内容") && (await main(officer)).includes("説明会を3回開いた"));
await write(officer, { ...both("facts", "取りまとめ役を決めた", "Somebody was named"), "progress-number": "20", ...both("effect", "まだ測れない", "Cannot be measured yet") });
await officer.check("[name=light][value=done]");
await officer.click("main form button");
check("not done with an open finding", (await main(officer)).includes("閉じていない指摘が 1 件"));
await officer.check("[name=light][value=on_track]");
await officer.click("main form button");
await officer.waitForURL(/\/follow-up$/);
check("what changed since last time", (await main(officer)).includes("から変わったこと") && (await main(officer)).includes("● 順調"));
await picture(officer, "follow-up-measure-office");

// Everybody: traffic lights with sign and word, the measure, data, any day; phone, dark, English, paper.
const reader = await newPage();
await reader.goto(`${root}/aoba/plans/${pack.id}`);
await reader.click("main a:text-is('フォローアップ')");
check("from the plan to its follow-up in one click", reader.url() === `${plan}/follow-up`);
check("the light is a sign and a word", (await reader.textContent("#follow-ups tbody tr:has-text('1-13 ')")).includes("▲ 遅れ") || (await (await fetch(`${plan}/follow-up?status=delayed`)).text()).includes("1-13 "));
await accessible(reader, "public follow-up");
await picture(reader, "follow-up-public");
await reader.goto(`${plan}/follow-up?status=delayed`);
check("filtered by light", (await reader.locator("#follow-ups tbody tr").count()) === 1);
await reader.click("#follow-ups tbody a");
check("the measure's page tells all", ["説明会を3回開いた", "取りまとめ役がない", "様式の見本を示すこと", "未了"].every(((text) => (words) => text.includes(words))(await main(reader))));
check("what nobody signed off is not there", !(await main(reader)).includes("取りまとめ役を決めた"));
await accessible(reader, "public measure");
await picture(reader, "follow-up-measure");
await reader.goto(`${plan}/measures/1-13`);
check("the measure shows its newest follow-up", (await main(reader)).includes("▲ 遅れ") && (await main(reader)).includes("閉じていない指摘 1件"));
const facts = await (await fetch(`${plan}/follow-up.json`)).json();
const one = facts.measures.find((m) => m.number === "1-13");
check("JSON", one.newest.status === "delayed" && one.newest.progress.number === 12 && one.open_findings === 1 && facts.measures.length === 159 && !("post" in one));
const [row] = parseCsv(await (await fetch(`${plan}/follow-up.csv`)).text());
check("CSV", row.number === "1-13" && row.status === "delayed" && row.progress === "12" && row.causes_en === "Nobody brings them together");
const record = await (await fetch(`${root}${one.newest.links.record}.json`)).json();
check("the record behind it is public now", record.body.includes("Three briefings were held"), JSON.stringify(record).slice(0, 200));
check("as of yesterday there was none", (await fetch(`${plan}/follow-up?as_of=2020-01-01`)).status === 404);
const english = await newPage({ locale: "en-GB", colorScheme: "dark", viewport: { width: 320, height: 800 } });
for (const [name, address] of [["follow-up", `${plan}/follow-up`], ["measure", `${plan}/measures/1-13/follow-up`]]) {
  await english.goto(`${address}?lang=en`);
  check(`English: ${name}`, (await main(english)).includes("▲ Delayed"));
  await accessible(english, `phone, dark, English: ${name}`);
}
await picture(english, "follow-up-phone-dark");
await english.emulateMedia({ media: "print" });
await picture(english, "follow-up-print");

// The finding is closed; with the next publication everybody sees that, too.
await chief.goto(`${office}/measures/1-13/follow-up`);
await chief.click("summary:has-text('指摘を閉じる')");
await write(chief, both("how-1", "見本を配った", "A model was handed out"));
await chief.click("form[action$='/findings/1'] button");
check("the finding is closed", (await main(chief)).includes("終了") && (await main(chief)).includes("見本を配った"));
await chief.click("form[action$='/sign-off'] button");
await chief.goto(`${office}/follow-up/publish`);
await chief.click("main form button");
const after = await (await fetch(`${plan}/measures/1-13/follow-up.json`)).json();
check("the public sees both quarters and the closed finding", after.periods.length === 2 && after.periods[0].revisions[0].status === "on_track" && after.findings[0].open === false);

for (const page of [chief, officer, stale, reader, english]) if (page.faults) check("no fault in the browser", page.faults.length === 0, page.faults.slice(0, 3).join("; "));
check("the server stops cleanly", (await server.stop()) === 0);
const verified = await musubi("verify", "aoba", "--data", data, "--lang", "en");
check("everything verifies", verified.code === 0, verified.out);
await finish();
