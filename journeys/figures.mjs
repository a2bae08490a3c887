// Figures that nobody types: a sheet of evaluation and a follow-up of the town's own plan take what an indicator computed of the
// town's cases, with the records that it stands on; another number needs a reason; everybody sees the figure and where it came from.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accessible, check, finish, musubi, newPage, parseCsv, picture, run, scratch, signIn, start } from "./kit.mjs";

const folder = scratch();
const data = join(folder, "data");
const done = async (...args) => {
  const ran = await musubi(...args, "--data", data, "--lang", "en");
  check(`musubi ${args.slice(0, 2).join(" ")}`, ran.code === 0, ran.out + ran.err);
};
await done("org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town");
const seeder = (process.env.MUSUBI || "build/dev/musubi").replace(/musubi$/, "case_seeder");
const links = JSON.parse((await run(seeder, data, "aoba")).out);

// The packs of the demonstration, moved to the fiscal year that runs.
const today = new Date(Date.now() + 9 * 3600_000);
const year = today.getUTCFullYear() - (today.getUTCMonth() < 3 ? 1 : 0);
const pack = async (name) => {
  const text = readFileSync(`packs/demo/aoba/${name}.json`, "utf8").replace(/(?<!basic-plan-)\b20\d\d\b/g, (one) => String(Number(one) + year - 2026));
  const file = join(folder, `${name}.json`);
  writeFileSync(file, text);
  await done("pack", "import", "aoba", file);
  return JSON.parse(text).id;
};
const plan = await pack("local-plan");
await done("pack", "sign-off", "aoba", plan);
const sheet = await pack("sheet-2026");
const server = await start("serve", "--data", data, "--lang", "en");
const root = server.url;
const office = `${root}/aoba/office`;
const administrator = await signIn(await newPage(), /http:\/\/\S+/.exec(readFileSync(join(data, "aoba", "first-sign-in.txt"), "utf8"))[0]);
const officer = await signIn(await newPage({ javaScriptEnabled: false }), `${root}/aoba/sign-in/${links.desk}`);
const chief = await signIn(await newPage(), `${root}/aoba/sign-in/${links.chief}`);
const json = async (page, address) => (await page.request.get(address)).json();
const main = (page) => page.textContent("main");
const fill = async (page, fields) => { for (const [name, value] of Object.entries(fields)) await page.fill(`[name="${name}"]`, value); };

// What the indicator says of the cases that the town holds, once they are counted.
let own = null;
for (let i = 0; i < 100 && !own?.n; i += 1) own = (await json(officer, `${office}/kpi.json`)).indicators.find((one) => one.id === "online-use-rate");
check("the indicator counts the cases", own.n === links.cases && own.value === 0, JSON.stringify(own).slice(0, 300));
const figure = (await json(officer, `${root}/aoba/kpi.json`)).indicators.find((one) => one.id === "online-use-rate");
const taken = (told, what) =>
  check(`${what}: the figure that the public sees, the indicator and the records behind it`, told?.actual?.number === figure.value && told.origin?.indicator === "online-use-rate" && told.origin.n === figure.n && told.origin.records > links.cases && told.origin.period === String(year) && told.provisional, JSON.stringify(told));

// A sheet: the row that names the indicator offers its figure; another number needs a reason.
const cell = `v-${year}`;
const edit = `${office}/sheets/${sheet}/indicators/1/edit`;
await officer.goto(edit);
check("the figure is on offer", (await main(officer)).includes(`${figure.n} 件の記録から計算した`), (await main(officer)).slice(0, 800));
await chief.goto(edit);
await accessible(chief, "a figure on offer in a sheet");
await picture(chief, "figures-sheet");
await fill(officer, { [`${cell}-number`]: "41" });
await officer.click('main form:has([name="base"]) button');
check("another number without a reason is refused", (await officer.locator(".errors").count()) >= 1 && (await officer.inputValue(`[name="${cell}-number"]`)) === "41", await main(officer));
await officer.goto(edit);
await officer.check(`[name="${cell}-take"]`);
await officer.click('main form:has([name="base"]) button');
taken((await json(officer, `${office}/sheets/${sheet}/indicators/1.json`)).lines[0].yearly[year], "the draft of the sheet");
for (const [page, act] of [[officer, "review"], [chief, "approve"], [chief, "publish"]]) {
  await page.goto(`${office}/sheets/${sheet}/review`);
  const form = page.locator(`main form:has([name="act"][value="${act}"])`);
  if (act === "review") await form.locator('[name="remark"]').fill("計算した値のとおり。");
  await form.locator("button").click();
}
taken((await json(officer, `${root}/aoba/sheets/${sheet}/indicators/1.json`)).lines[0].yearly[year], "the sheet as everybody sees it");

// A follow-up of the town's own plan: a schedule, an owner, an entry that ticks the figure.
const desk = `${office}/plans/${plan}`;
await administrator.goto(`${desk}/follow-up/schedule`);
await fill(administrator, { from: `${year}-04-01`, due_days: "30", "basis-ja": "町の計画の定め：年に1回", "basis-en": "The town's rule: once a year" });
await administrator.selectOption("[name=post]", "chief");
await administrator.click("main form button");
await administrator.waitForURL(/\/follow-up$/);
await chief.goto(`${desk}/follow-up/owners`);
await chief.selectOption("[name=field]", "counter");
await chief.selectOption("[name=post]", "desk");
await chief.click("main form button");
const entry = `${desk}/measures/1-1/follow-up/${year}/edit`;
await officer.goto(entry);
await chief.goto(entry);
await accessible(chief, "a figure on offer in a follow-up");
await picture(chief, "figures-follow-up");
const words = { "facts-ja": "届出を数えた。", "facts-en": "Notices were counted.", "effect-ja": "年度の終わりに数える。", "effect-en": "Counted when the year ends." };
await fill(officer, { ...words, "line-progress-figure": "41" });
await officer.check("[name=light][value=on_track]");
await officer.click("main form button");
check("a number beside the figure without a reason is refused", (await officer.locator(".errors").count()) >= 1 && (await officer.inputValue('[name="line-progress-figure"]')) === "41", await main(officer));
await officer.goto(entry);
await fill(officer, words);
await officer.check('[name="line-progress-take"]');
await officer.check("[name=light][value=on_track]");
await officer.click("main form button");
await officer.waitForURL(/\/follow-up$/);
await chief.goto(`${desk}/measures/1-1/follow-up`);
await chief.click("form[action$='/sign-off'] button");
const targets = `${root}/aoba/plans/${plan}/targets`;
const row = async () => (await json(officer, `${targets}.json?measure=1-1&per_page=200`)).targets.find((one) => one.row === "progress" && one.fiscal_year === year && !one.final);
check("the public does not see it yet", !(await row()).told.origin, JSON.stringify(await row()));
await chief.goto(`${desk}/follow-up/publish`);
await chief.click("main form button");
await chief.waitForURL(`${root}/aoba/plans/${plan}/follow-up`);

// Everybody: beside the target, with where it came from; as data, too.
taken((await row()).told, "the plan's targets");
const [line] = parseCsv(await (await fetch(`${targets}.csv?measure=1-1`)).text()).filter((one) => one.row === "progress" && one.fiscal_year === String(year) && one.final === "false");
check("the CSV says the same", line.actual === "0" && line.computed_by === "online-use-rate" && line.counted === String(figure.n), JSON.stringify(line));
const reader = await newPage({ viewport: { width: 360, height: 760 } });
await reader.goto(`${root}/aoba/plans/${plan}/measures/1-1`);
check("the measure's page says what computed it", (await reader.locator("#computed").count()) === 1 && (await reader.textContent("#computed")).includes(String(figure.n)), await main(reader));
await accessible(reader, "a measure with a computed figure");
await reader.click('#computed a[href*="/kpi/online-use-rate"] >> nth=0');
check("and leads to the indicator", reader.url().includes("/aoba/kpi/online-use-rate"), reader.url());
await chief.goto(`${office}/kpi/online-use-rate/records?year=${year}`);
check("officers open the records behind it", (await json(chief, `${office}/kpi/online-use-rate/records.json?year=${year}`)).total === links.cases);
await accessible(chief, "the records behind a figure");

for (const page of [chief, reader]) check("no fault in the console", page.faults.length === 0, page.faults.join(" | "));
check("clean stop", (await server.stop()) === 0);
check("everything stored fits", (await musubi("verify", "--data", data)).code === 0);
await finish();
