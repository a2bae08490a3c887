// A town writes its plan by form, without scripts: heading, sections, fields, measures, the national measures that each serves; faults all at
// once in both languages, two analysts in one measure, undo, sign-off by another officer; a second edition, and the two held against each other.
import { join } from "node:path";
import { accessible, administrator, check, finish, musubi, newPage, parseCsv, picture, scratch, sideways, signIn, start } from "./kit.mjs";

const folder = scratch();
const data = join(folder, "data");
await musubi("org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town", "--data", data, "--lang", "en");
const server = await start("serve", "--data", data, "--lang", "en");
const root = server.url;
const office = `${root}/aoba/office/plans`;
const id = "aoba.local-plan";
const { appointed } = await administrator(server, data, "aoba");
const analyst = await signIn(await newPage({ javaScriptEnabled: false }), await appointed("企画 はなこ"));
const second = await signIn(await newPage(), await appointed("分析 じろう"));
const fill = async (page, fields) => {
  for (const [name, value] of Object.entries(fields)) await page.fill(`[name="${name}"]`, value);
};
const save = (page) => page.click('main form[method="post"]:has(textarea) button');

// The heading: every fault at once, then as it should be.
await second.goto(office);
await second.click(`main a[href$="/office/plans/new"]`);
await accessible(second, "a new plan");
await picture(second, "local-plan-new");
check("a new plan does not stick out", (await sideways(second)) <= 0);
await analyst.goto(`${office}/new`);
await fill(analyst, { id: "Aoba", "title-ja": "青葉町の計画", version: "いつか", first_year: "2030", last_year: "2026" });
await save(analyst);
const refused = await analyst.textContent("main");
check("every fault is told", ["日本語と英語の両方", "日付ではありません", "期間の最後の年度", "小文字・数字・ハイフン"].every((words) => refused.includes(words)), refused.slice(0, 800));
check("what was typed stays", (await analyst.inputValue('[name="title-ja"]')) === "青葉町の計画");
await fill(analyst, {
  id, "title-en": "Plan of Aoba", "summary-ja": "町の計画です。", "summary-en": "The plan of the town.", "publisher-ja": "青葉町", "publisher-en": "Aoba Town",
  version: "2026-04-01", first_year: "令和8年度", last_year: "令和12年度", serves_plan: "japan.basic-plan-2019",
  "section-new1-ja": "手続", "section-new1-en": "Procedures", "section-new2-ja": "データ", "section-new2-en": "Data",
  "field-new1-ja": "くらし", "field-new1-en": "Daily life",
});
await save(analyst);
check("the draft is there", analyst.url() === `${office}/${id}`, analyst.url());

// Measures, and the national ones that they serve.
const measure = async (section, title) => {
  await analyst.goto(`${office}/${id}/measures/new`);
  await analyst.selectOption('[name="section"]', section);
  await analyst.selectOption('[name="progress-status"]', "set");
  await fill(analyst, { "title-ja": title, "title-en": title, "progress-ja": "件数", "progress-en": "Number", "milestone-0-ja": "開始", "milestone-0-en": "Begin", "milestone-0-by": "FY2026" });
  await save(analyst);
};
await measure("1", "引越しのオンライン化");
check("a measure leads on to the national ones", analyst.url().endsWith("/measures/1-1/serves"), analyst.url());
await analyst.fill('[name="q"]', "オンライン");
await analyst.click('main form[method="get"] button, main form:has([name="q"]) button');
const boxes = analyst.locator('[name="serves"]');
check("the nation's list is searched", (await boxes.count()) > 0 && (await boxes.count()) < 159, `${await boxes.count()}`);
await boxes.first().check();
const chosen = await boxes.first().getAttribute("value");
await analyst.click('main form:has([name="base"]) button');
const json = async (path) => (await (await second.request.get(`${office}/${id}/${path}`)).json());
check("it is in the draft", (await json("measures/1-1.json")).serves?.includes(chosen), JSON.stringify(await json("measures/1-1.json")).slice(0, 400));
await measure("2", "避難所のデータ");
await measure("2", "外す施策");
for (const path of [`${office}/${id}`, `${office}/${id}/edit`, `${office}/${id}/measures/1-1`, `${office}/${id}/measures/1-1/edit`, `${office}/${id}/measures/1-1/serves`]) {
  await second.goto(path);
  await accessible(second, path);
  check(`${path} does not stick out`, (await sideways(second)) <= 0);
}

// Two analysts in one measure.
await analyst.goto(`${office}/${id}/measures/1-1/edit`);
await second.goto(`${office}/${id}/measures/1-1/edit`);
await fill(analyst, { "title-ja": "引越し手続" });
await save(analyst);
await fill(second, { "title-ja": "引越しの届出" });
await save(second);
const conflict = await second.textContent("main");
check("a conflict names both titles", conflict.includes("引越し手続") && (await second.inputValue('[name="title-ja"]')) === "引越しの届出", conflict.slice(0, 500));
await accessible(second, "a conflict");
await second.goto(`${office}/${id}/measures/1-1`);
await second.click("main details:has(form[action$='/undo']) > summary");
await second.click("main form[action$='/undo'] button");
check("undone", (await json("measures/1-1.json")).title.ja === "引越しのオンライン化");
await analyst.goto(`${office}/${id}/measures/2-2`);
await analyst.click("main details:has(form[action$='/remove']) > summary");
await analyst.click("main form[action$='/remove'] button");
check("taken out", (await json("summary.json")).total !== 3 && (await second.request.get(`${office}/${id}/measures/2-2.json`)).status() === 404);

// Signed off; a second edition; the two compared.
const signOff = async () => {
  await second.goto(`${office}/${id}/sign-off`);
  await second.click('main form:has([name="edition"]) button');
};
await signOff();
check("everybody sees it", (await fetch(`${root}/aoba/plans/${id}.json`)).status === 200);
await measure("2", "新しい施策");
await analyst.goto(`${office}/${id}/measures/2-1/edit`);
await fill(analyst, { "title-en": "Shelters", "progress-row0-ja": "公開した件数", "progress-row0-en": "Data sets published", "progress-row0-unit-ja": "件",
  "progress-row0-unit-en": "data sets", "progress-row0-yearly": "いつか 4", "progress-row0-final": "２０", "progress-row0-final_year": "2099" });
await save(analyst);
const unread = await analyst.textContent("main");
check("a year that is none is told with its line", unread.includes("1行目：") && (await analyst.inputValue('[name="progress-row0-yearly"]')) === "いつか 4", unread.slice(0, 600));
await analyst.fill('[name="progress-row0-yearly"]', "令和２年度　４\n2021 8以上");
await save(analyst);
await second.goto(`${office}/${id}/measures/2-1/edit`);
await accessible(second, "rows of figures");
check("rows of figures do not stick out", (await sideways(second)) <= 0);
await picture(second, "local-plan-figures");
await signOff();
const anybody = await newPage({ viewport: { width: 360, height: 760 } });
await anybody.goto(`${root}/aoba/plans/${id}`);
await anybody.click('main a[href*="/compare?from="]');
await accessible(anybody, "two editions compared");
await picture(anybody, "local-plan-compare");
check("a phone shows it without sliding sideways", (await sideways(anybody)) <= 0);
const comparison = await (await fetch(`${root}/aoba/plans/${id}/compare.json`)).json();
check("one added, one changed", comparison.added === 1 && comparison.changed === 1 && comparison.unchanged === 1, JSON.stringify(comparison).slice(0, 600));
const rows = parseCsv(await (await fetch(`${root}/aoba/plans/${id}/compare.csv`)).text());
check("the CSV says the same", rows.some((row) => row.change === "added" && row.number === "2-3") && rows.some((row) => row.member === "title/en" && row.after === "Shelters"), JSON.stringify(rows));


// What was promised for years that are over, in two clicks from the plan.
await anybody.goto(`${root}/aoba/plans/${id}`);
await anybody.click('main a[href$="/targets"]');
await accessible(anybody, "targets of a plan");
await picture(anybody, "local-plan-targets");
check("a phone shows the targets", (await sideways(anybody)) <= 0);
await anybody.click('main a[href*="/targets?status=no_actual"]');
check("two targets without an actual", (await anybody.locator("#targets tbody tr").count()) === 2, await anybody.textContent("main"));
const targets = await (await fetch(`${root}/aoba/plans/${id}/targets.json`)).json();
check("the data say the same", targets.results.no_actual === 2 && targets.results.not_due === 1, JSON.stringify(targets.results));
const target = parseCsv(await (await fetch(`${root}/aoba/plans/${id}/targets.csv?status=no_actual`)).text())[1];
check("a row of the CSV", target.target === "8" && target.target_bound === "at_least" && target.fiscal_year === "2021", JSON.stringify(target));

check("no faults in the console", second.faults.length + anybody.faults.length === 0, [...second.faults, ...anybody.faults].join(" | "));
check("clean stop", (await server.stop()) === 0);
check("everything stored fits", (await musubi("verify", "--data", data)).code === 0);
await finish();
