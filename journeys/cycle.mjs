// One analyst walks the whole cycle in the pages, with the posts of the town: a plan by form, signed off; followed up with its actual and a
// finding; the year's sheet with mark, judgement and budget stance, reviewed, approved and published by others; next year's sheet with a new
// indicator and a new programme by form, drafts held against what was published; and the next plan from this one, with its owners.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { accessible, check, finish, musubi, newPage, picture, run, scratch, sideways, start } from "./kit.mjs";

const data = join(scratch(), "data");
await musubi("org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town", "--data", data, "--lang", "en");
const seeder = (process.env.MUSUBI || "build/dev/musubi").replace(/musubi$/, "case_seeder");
const links = JSON.parse((await run(seeder, data, "aoba")).out);
const made = await run(seeder, data, "nation", "reported");
check("a nation to which two towns reported, two days ago", made.code === 0, made.err);
for (const pack of ["basic-plan-2019/plan.json", "evaluation-fy2018-policy10/sheet.json"]) {
  const imported = await musubi("pack", "import", "nation", `packs/japan/${pack}`, "--data", data, "--lang", "en");
  check(`the nation has ${pack}`, imported.code === 0, imported.out);
}
const ofNation = JSON.parse((await run(seeder, data, "nation")).out);
const server = await start("serve", "--data", data, "--lang", "en");
const root = server.url;
links.administrator = readFileSync(join(data, "aoba", "first-sign-in.txt"), "utf8").trim().split("/").pop();
const signIn = async (post) => {
  const page = await newPage();
  await page.goto(`${root}/aoba/sign-in/${links[post]}`);
  await page.click("main form button");
  await page.waitForURL(/\/office$/);
  return page;
};
const fill = async (page, fields) => {
  for (const [name, value] of Object.entries(fields)) await page.fill(`[name="${name}"]`, value);
};
const both = (name, ja, en) => ({ [`${name}-ja`]: ja, [`${name}-en`]: en });
const main = (page) => page.textContent("main");
const json = async (page, path) => (await page.request.get(`${root}/aoba/office/${path}`)).json();
// A page as officers see it: without faults, and not wider than a phone.
const look = async (page, what) => {
  await accessible(page, what);
  await page.setViewportSize({ width: 360, height: 740 });
  check(`a phone shows it without sliding sideways: ${what}`, (await sideways(page)) <= 0);
  await page.setViewportSize({ width: 1280, height: 900 });
};

const analyst = await signIn("desk"), chief = await signIn("chief"), director = await signIn("director"), administrator = await signIn("administrator");
const today = new Date(Date.now() + 9 * 3600_000);
const year = today.getUTCFullYear() - (today.getUTCMonth() < 3 ? 1 : 0) - 1; // the last fiscal year that is over
const plan = `aoba.plan-${year}`, sheet = `aoba.sheet-${year}`, later = `aoba.sheet-${year + 1}`, nextPlan = `aoba.plan-${year + 3}`;
const plans = `${root}/aoba/office/plans`, sheets = `${root}/aoba/office/sheets`;

// 1. The plan, by form: one measure with a row of figures; another officer signs it off.
await analyst.goto(`${plans}/new`);
await fill(analyst, { id: plan, ...both("title", "青葉町デジタル計画", "Digital plan of Aoba"), ...both("summary", "町の計画です。", "The plan of the town."),
  ...both("publisher", "青葉町", "Aoba Town"), version: `${year}-04-01`, first_year: String(year), last_year: String(year + 2),
  ...both("section-new1", "手続", "Procedures"), ...both("field-new1", "くらし", "Daily life") });
await analyst.click('main form[method="post"]:has(textarea) button');
await analyst.goto(`${plans}/${plan}/measures/new`);
await analyst.selectOption('[name="progress-status"]', "set");
await fill(analyst, { ...both("title", "届出のオンライン化", "Notices on line"), ...both("progress", "オンラインの届出", "Notices filed on line"),
  ...both("progress-row0-unit", "件", "notices"), "progress-row0-yearly": `${year} 100\n${year + 1} 150`, "progress-row0-final": "200以上", "progress-row0-final_year": String(year + 2) });
await analyst.click('main form[method="post"]:has(textarea) button');
const signOff = async (page, id) => {
  await page.goto(`${plans}/${id}/sign-off`);
  await page.click('main form:has([name="edition"]) button');
};
await signOff(chief, plan);
check("everybody sees the plan", (await fetch(`${root}/aoba/plans/${plan}.json`)).status === 200);

// 2. Followed up: schedule and owner, the year's actual with its issues, signed off; a finding stays open.
await administrator.goto(`${plans}/${plan}/follow-up/schedule`);
await fill(administrator, { from: `${year}-04-01`, due_days: "30", ...both("basis", "年に1回", "Once a year") });
await administrator.selectOption("[name=post]", "chief");
await administrator.click("main form:has([name=from]) button");
await administrator.goto(`${plans}/${plan}/follow-up/owners`);
await administrator.fill('[name="numbers"]', "1-1");
await administrator.selectOption("[name=post]", "desk");
await administrator.click("main form:has([name=numbers]) button");
const measure = `${plans}/${plan}/measures/1-1/follow-up`;
await analyst.goto(`${measure}/${year}/edit`);
await fill(analyst, { ...both("facts", "届出の画面を作った", "Screens were made"), ...both("issues", "高齢の人が使わない", "Elderly people do not use them"),
  ...both("causes", "手伝う人がいない", "Nobody helps"), ...both("next_action", "窓口で手伝う", "Help at the counter") });
await analyst.locator('[name$="progress-figure"]').fill("８０");
await analyst.check("[name=light][value=delayed]");
await analyst.click("main form:has([name=light]) button");
await analyst.waitForURL(/\/follow-up$/);
await chief.goto(measure);
await chief.click("form[action$='/sign-off'] button");
await chief.click("summary:has-text('指摘を加える')");
await fill(chief, both("finding", "手伝いの人を決めること", "Name who helps"));
await chief.click("form[action$='/findings'] button");
await chief.goto(`${plans}/${plan}/follow-up/publish`);
await chief.click("main form button");
check("the plan's target of the year is held against the actual", (await (await fetch(`${root}/aoba/plans/${plan}/targets.json`)).text()).includes("80"));

// 3. The year's sheet, the first of its policy, by form: the indicator evaluates the measure.
await analyst.goto(sheets);
await analyst.click('main a[href$="/office/sheets/new"]');
await look(analyst, "a new sheet");
await picture(analyst, "cycle-sheet");
await fill(analyst, { id: sheet, year: String(year), month: `${year + 1}-08`, policy_number: "1", ...both("printed", "青葉1", "Aoba 1"), ...both("policy", "くらしの手続", "Everyday procedures"),
  ...both("field", "くらし", "Daily life"), ...both("office", "企画課", "Planning division"), ...both("author", "企画課長", "Head of planning"),
  ...both("goal1", "来なくても済む手続", "Procedures without a visit"), ...both("title", "オンラインの届出", "Notices filed on line"), ...both("row-row0-unit", "件", "notices"),
  "row-row0-baseline": "10", "row-row0-baseline_year": String(year - 1), "row-row0-yearly": `${year} 100`, "row-row0-final": "100", "row-row0-final_year": String(year) });
await analyst.click('main form[method="post"]:has([name="policy_number"]) button');
await analyst.waitForURL(`${sheets}/${sheet}`);
await analyst.goto(`${sheets}/${sheet}/edit`);
await look(analyst, "heading of a sheet");
await fill(analyst, { [`y${year}-initial`]: "１，０００", [`y${year}-total`]: "1000", [`y${year}-executed`]: "900" });
await analyst.click('main form[method="post"]:has([name="base"]) button');
await analyst.goto(`${sheets}/${sheet}/grounds?indicator=1`);
await analyst.fill('[name="measures"]', `${plan} | 1-1`);
await analyst.click('main form:has([name="measures"]) button');
await analyst.goto(`${sheets}/${sheet}/indicators/1/edit`);
await analyst.fill(`[name="v-${year}-number"]`, "80");
await analyst.selectOption('[name="mark"]', "near");
await analyst.selectOption('[name="fate"]', "replaced");
await fill(analyst, { ...both("factor", "窓口で手伝う人がいなかった。", "Nobody helped at the counter."), ...both("fate_note", "手伝いの数に置き換える。", "Replaced by how often help was given.") });
await analyst.click('main form:has([name="base"]) button');
await analyst.goto(`${sheets}/${sheet}/review`);
await look(analyst, "review");
const remarks = await analyst.textContent("#remarks tbody");
check("the open finding speaks against the sheet, in words", remarks.includes("測定指標 1の施策") && remarks.includes("指摘") && remarks.includes("評価結果かその理由がない") && !/\w_\w|indicator\//.test(remarks), remarks);
await picture(analyst, "cycle-review");
await chief.goto(measure);
await chief.click("summary:has-text('指摘を閉じる')");
await fill(chief, both("how-1", "手伝いの人を決めた", "Somebody was named"));
await chief.click("form[action$='/findings/1'] button");
await analyst.goto(`${sheets}/${sheet}/judgement`);
await fill(analyst, { ...both("grounds", "目標に近い。", "Near the target."), category: "Ⅱ", ...both("stance", "見直して続ける", "Continued with changes") });
await analyst.click('main form:has([name="base"]) button');
await analyst.waitForURL(/\/review$/);
check("judgement and stance stand on the draft", (await json(analyst, `sheets/${sheet}.json`)).stance?.category === "Ⅱ");
check("the finding that was closed is gone from the remarks", !(await main(analyst)).includes("測定指標 1の施策"));
const step = async (page, id, act, remark) => {
  await page.goto(`${sheets}/${id}/review`);
  const form = page.locator(`main form:has([name="act"][value="${act}"])`);
  if (remark) await form.locator('[name="remark"]').fill(remark);
  await form.locator("button").click();
};
await step(analyst, sheet, "review", "手伝いを始めたので、それでよい。");
await step(chief, sheet, "approve");
await step(director, sheet, "publish");
check("everybody sees the sheet", (await fetch(`${root}/aoba/sheets/${sheet}.json`)).status === 200);

// 4. Next year's sheet: the replaced indicator is left out, so one by form takes its place before the draft can begin with others.
await analyst.goto(`${sheets}/${sheet}`);
check("what was published can be added to as a draft", (await analyst.locator(`main a[href$="${sheet}/new-indicator"]`).count()) === 1);
const indicator = { ...both("title", "窓口での手伝い", "Help at the counter"), ...both("row-row0-unit", "回", "times"), "row-row0-baseline": "０", "row-row0-baseline_year": String(year),
  "row-row0-yearly": `${year + 1} 30`, "row-row0-final": "50以上", "row-row0-final_year": String(year + 2), ...both("reason", "届出の数に代わる", "In place of the number of notices") };
await analyst.goto(`${sheets}/${sheet}/new-indicator`);
await look(analyst, "a new indicator");
await picture(analyst, "cycle-indicator");
await analyst.selectOption('[name="row-row0-kind"]', "output");
await fill(analyst, { ...indicator, "title-en": "", "row-row0-yearly": "いつか 30" });
await analyst.click('main form[method="post"]:has(textarea) button');
const refused = await main(analyst);
check("every fault is told at once, and what was typed stays", refused.includes("日本語と英語の両方") && refused.includes("1行目：") && (await analyst.inputValue('[name="title-ja"]')) === "窓口での手伝い", refused.slice(0, 600));
await look(analyst, "a new indicator refused");
await fill(analyst, indicator);
await analyst.click('main form[method="post"]:has(textarea) button');
await analyst.waitForURL(`${sheets}/${sheet}/indicators/2`);
await analyst.goto(`${sheets}/${sheet}/indicators/2/edit`);
await analyst.selectOption('[name="mark"]', "not_due");
await analyst.selectOption('[name="fate"]', "kept");
await analyst.click('main form:has([name="base"]) button');
await step(analyst, sheet, "review", "次の年度の指標を加えた。");
await step(chief, sheet, "approve");
await step(director, sheet, "publish");
await analyst.goto(`${sheets}/${sheet}/next`);
check("what is left out is told with its why", (await main(analyst)).includes("手伝いの数に置き換える"), (await main(analyst)).slice(0, 600));
await analyst.selectOption('[name="form"]', "pre_analysis");
await analyst.click('main form:has([name="id"]) button');
await analyst.waitForURL(`${sheets}/${later}`);
check("a pre-analysis sheet asks for no judgement", (await analyst.locator('main a[href$="/judgement"]').count()) === 0);
await analyst.goto(`${sheets}/${later}/new-indicator`);
await analyst.selectOption('[name="row-row0-kind"]', "outcome");
await fill(analyst, { ...both("title", "一人でできた人", "People who managed alone"), ...both("row-row0-unit", "%", "%"), "row-row0-baseline": "40", "row-row0-baseline_year": String(year), "row-row0-final": "60", "row-row0-final_year": String(year + 2) });
await analyst.click('main form[method="post"]:has(textarea) button');
await analyst.waitForURL(`${sheets}/${later}/indicators/3`);
await analyst.click(`main a[href$="/indicators/3/rows"]`);
await look(analyst, "rows of an indicator");
await fill(analyst, { ...both("row-row1", "65歳以上", "65 and over"), "row-row1-final": "50", "row-row1-final_year": String(year + 2) });
await analyst.click('main form[method="post"]:has([name="base"]):has(textarea) button');
check("a row is added", (await json(analyst, `sheets/${later}/indicators/3.json`)).lines.length === 2);
await analyst.goto(`${sheets}/${later}/new-programme`);
await look(analyst, "a new programme");
await picture(analyst, "cycle-programme");
await fill(analyst, { ...both("title", "窓口の手伝い", "Helping at the counter"), start: `${year + 1}`, [`y${year + 1}-initial`]: "１，２００", [`y${year + 1}-review`]: "0012" });
await analyst.check('[name="indicators"][value="3"]');
await analyst.click('main form[method="post"]:has(textarea) button');
await analyst.waitForURL(`${sheets}/${later}/programmes`);
check("the programme is there with its money", (await main(analyst)).includes("1,200") && (await main(analyst)).includes("0012"));
await analyst.goto(`${sheets}/${later}/indicators/3/rows`);
await analyst.click("main details:has(form[action$='/remove']) > summary");
await analyst.click("main form[action$='/remove'] button");
check("an indicator that a programme serves stays", (await json(analyst, `sheets/${later}/indicators/3.json`)).number === "3" || (await analyst.request.get(`${sheets}/${later}/indicators/3`)).status() === 200);
await analyst.goto(sheets);
for (const path of ["targets", "compare", "across", "programmes"]) {
  check(`the desk leads to ${path}`, (await analyst.locator(`main a[href$="/office/sheets/${path}"]`).count()) === 1);
  const page = await newPage();
  await page.goto(`${root}/aoba/sheets/${path}`);
  check(`the public sees no draft: ${path}`, !(await main(page)).includes("下書き") && !(await main(page)).includes("一人でできた人"));
  await page.context().close();
}
for (const path of ["targets", "compare", "across", "programmes"]) {
  await analyst.goto(`${sheets}/${path}`);
  await look(analyst, `with drafts: ${path}`);
  check(`drafts stand beside what was published: ${path}`, (await main(analyst)).includes("［下書き］"), (await main(analyst)).slice(0, 400));
}
await picture(analyst, "cycle-drafts");
await step(analyst, later, "review", "次の年度の事前分析表である。");
await step(chief, later, "approve");
await step(director, later, "publish");
check("next year's sheet is public", (await (await fetch(`${root}/aoba/sheets/${later}.json`)).json()).indicators?.length === 2);

// 5. The next plan from this one: what stays true is there, its targets are to come, its owners follow after the sign-off.
await analyst.goto(`${plans}/${plan}`);
await analyst.click('main a[href$="/copy"]');
await look(analyst, "a plan from this one");
check("the form proposes id and years", (await analyst.inputValue('[name="id"]')) === nextPlan && (await analyst.inputValue('[name="first_year"]')) === String(year + 3));
await fill(analyst, both("title", "次のデジタル計画", "The next digital plan"));
await analyst.click('main form:has([name="id"]) button');
await analyst.waitForURL(`${plans}/${nextPlan}`);
const copied = await json(analyst, `plans/${nextPlan}/measures/1-1.json`);
check("the measure is there, its row is not yet set", JSON.stringify(copied).includes("届出のオンライン化") && JSON.stringify(copied).includes("not_set_due") && !JSON.stringify(copied).includes(`"${year}"`), JSON.stringify(copied).slice(0, 600));
await analyst.goto(`${plans}/${nextPlan}/measures/1-1/edit`);
await fill(analyst, { ...both("progress-row0-not_set", "", ""), "progress-row0-final": "400以上", "progress-row0-final_year": String(year + 5) });
await analyst.click('main form[method="post"]:has([name="base"]):has(textarea) button');
await signOff(chief, nextPlan);
check("everybody sees the next plan", (await fetch(`${root}/aoba/plans/${nextPlan}.json`)).status === 200);
await administrator.goto(`${plans}/${nextPlan}/follow-up/owners`);
await administrator.click("main details:has([name=from]) > summary");
await look(administrator, "owners to take over");
await administrator.selectOption('[name="from"]', plan);
await administrator.click("main form:has([name=from]) button");
check("the owner is taken over", /住民係[^]*1-1/.test(await administrator.textContent("#owners tbody")), await administrator.textContent("#owners tbody"));

// 6. The same two ends of the cycle on the nation's real plan and sheet: published, next year's sheet begun, the next plan begun.
const enter = async (post) => {
  const page = await newPage();
  await page.goto(`${root}/nation/sign-in/${ofNation[post]}`);
  await page.click("main form button");
  await page.waitForURL(/\/office$/);
  return page;
};
const [official, second, third] = [await enter("desk"), await enter("chief"), await enter("director")];
const real = "japan.basic-plan-2019", evaluation = "japan.soumu.31-10", office = `${root}/nation/office`;
const nation = async (path) => (await official.request.get(`${office}/${path}`)).json();
await second.goto(`${office}/plans/${real}/sign-off`);
await second.click('main form:has([name="edition"]) button');
const realStep = async (page, act, remark) => {
  await page.goto(`${office}/sheets/${evaluation}/review`);
  const form = page.locator(`main form:has([name="act"][value="${act}"])`);
  if (remark) await form.locator('[name="remark"]').fill(remark);
  await form.locator("button").click();
};
await realStep(official, "review", "原典のとおりである。");
await realStep(second, "approve");
await realStep(third, "publish");
const published = await (await fetch(`${root}/nation/sheets/${evaluation}.json`)).json();
check("the nation's evaluation is public", published.indicators?.length === 34, `${published.indicators?.length}`);
await official.goto(`${office}/sheets/${evaluation}/next`);
await look(official, "next year's sheet of the nation");
await official.click('main form:has([name="id"]) button');
await official.waitForURL(new RegExp(`${root}/nation/office/sheets/[^/]+$`));
const following = await nation(`sheets/${official.url().split("/").pop()}.json`);
const goingOn = published.indicators.filter((one) => one.fate === "kept").length;
check("next year's sheet goes on with the indicators that go on", goingOn > 0 && following.indicators.length === goingOn, `${following.indicators.length} of ${goingOn}`);
check("under their lasting ids", following.indicators.every((one) => one.id), JSON.stringify(following.indicators.map((one) => one.id)).slice(0, 300));

// What its towns reported goes into that sheet: the figure of the indicator's page as of a day that is over, with what it stands on.
const mine = `${office}/sheets/${following.id}`, summed = following.fiscal_year;
await official.goto(`${mine}/new-indicator`);
await official.selectOption('[name="row-row0-kind"]', "outcome");
await fill(official, { ...both("title", "町の決定", "Decisions of the towns"), ...both("row-row0-unit", "件", "cases"), "row-row0-baseline": "0", "row-row0-baseline_year": String(summed - 1), "row-row0-final": "100", "row-row0-final_year": String(summed + 1) });
await official.click('main form[method="post"]:has(textarea) button');
await official.waitForURL(/\/indicators\/[^/]+$/);
const decisions = official.url();
await official.goto(`${decisions}/edit`);
await official.selectOption('[name="v-computed"]', "decisions");
await official.click('main form:has([name="base"]) button');
await official.waitForURL(decisions);
await official.goto(`${decisions}/edit`);
await look(official, "a figure of the towns on offer");
await picture(official, "cycle-reported");
check("how many of how many reported", (await main(official)).includes("2 組織のうち 2 組織"), (await main(official)).slice(0, 800));
await official.check(`[name="v-${summed}-take"]`);
await official.click('main form:has([name="base"]) button');
await official.waitForURL(decisions);
const stands = (await (await official.request.get(`${decisions}.json`)).json()).lines[0].yearly[summed];
const behind = (await official.locator('main a[href*="/kpi/decisions?as_of="]').first().getAttribute("href")).split("as_of=")[1];
const then = await (await fetch(`${root}/nation/kpi/decisions.json?as_of=${behind}`)).json();
check("the figure is that of the page as of that day", stands.actual.number === 35 && then.fiscal_years.some((one) => one.fiscal_year === summed && one.value === 35 && one.n === stands.origin.n), JSON.stringify([stands, then.fiscal_years]));
const digest = createHash("sha256").update(JSON.stringify(then.stands_on.reports.map((one) => [one.organisation, one.digest]))).digest("hex");
check("its digest is that of the reports", stands.origin.reported.of === 2 && stands.origin.reported.digest === digest, JSON.stringify(stands.origin));
await official.goto(`${office}/plans/${real}/copy`);
await fill(official, both("title", "次の基本計画", "The next basic plan"));
await official.click('main form:has([name="id"]) button');
await official.waitForURL(new RegExp(`${root}/nation/office/plans/[^/]+$`));
const next = official.url().split("/").pop();
check("the next plan begins with its 159 measures", (await nation(`plans/${next}.json?per_page=200`)).measures.length === 159);
await second.goto(`${office}/plans/${next}/sign-off`);
const undecided = await main(second);
check("rows without a target are named before it is signed off", /4-1|1-1/.test(undecided), undecided.slice(0, 600));

for (const page of [analyst, chief, director, administrator, official, second, third]) check("no fault in the console", page.faults.length === 0, page.faults.join(" | "));
check("the server stops cleanly", (await server.stop()) === 0);
const verified = await musubi("verify", "aoba", "--data", data, "--lang", "en");
check("everything verifies", verified.code === 0, verified.out);
await finish();
