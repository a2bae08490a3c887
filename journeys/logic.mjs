// The logic model of a sheet, made by form by two analysts at once; sheets of two years held against each other: indicators by name,
// programmes by review number. What cannot be is refused by name; drawings work without scripts, on a phone, in the dark, on paper.
import { join } from "node:path";
import { accessible, administrator, check, finish, musubi, newPage, parseCsv, picture, printed, scratch, sideways, signIn, start, weigh } from "./kit.mjs";

const folder = scratch();
const data = join(folder, "data");
await musubi("org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town", "--data", data, "--lang", "en");
for (const year of [2024, 2025]) {
  const done = await musubi("pack", "import", "aoba", `packs/demo/aoba/sheet-${year}.json`, "--data", data, "--lang", "en");
  check(`the sheet of ${year} is imported`, done.code === 0, done.out + done.err);
}
const server = await start("serve", "--data", data, "--lang", "en");
const root = server.url;
const office = `${root}/aoba/office/sheets`;
const id = "aoba.sheet-2025";
const { appointed } = await administrator(server, data, "aoba");
const analyst = await signIn(await newPage(), await appointed("企画 はなこ"));
const second = await signIn(await newPage({ javaScriptEnabled: false }), await appointed("分析 じろう"));

// Elements and links by form.
const form = async (page, act) => {
  const one = page.locator(`main form:has([name="act"][value="${act}"])`);
  const closed = page.locator(`main details:not([open]):has([name="act"][value="${act}"]) > summary`);
  if (await closed.count()) await closed.click();
  return one;
};
const addNode = async (page, stage, title, indicators = "") => {
  const one = await form(page, "add_node");
  await one.locator('[name="stage"]').selectOption(stage);
  await one.locator('[name="title-ja"]').fill(title);
  await one.locator('[name="title-en"]').fill(title);
  await one.locator('[name="indicators"]').fill(indicators);
  await one.locator("button").click();
};
const addLink = async (page, from, to, reason) => {
  const one = await form(page, "add_link");
  await one.locator('[name="from"]').selectOption(from);
  await one.locator('[name="to"]').selectOption(to);
  await one.locator('[name="reason-ja"]').fill(reason);
  await one.locator('[name="reason-en"]').fill(reason);
  await one.locator("button").click();
};
const model = async () => (await (await analyst.request.get(`${office}/${id}/logic.json`)).json()).logic;
const before = await model();
await analyst.goto(`${office}/${id}/logic`);
await accessible(analyst, "logic model, for officers");
await picture(analyst, "logic-office");
await second.goto(`${office}/${id}/logic`);
await addNode(analyst, "short", "電話の問い合わせが減る", "3");
check("an element is added", (await model()).nodes.length === before.nodes.length + 1);
await addNode(second, "output", "直した画面の数");
const both = await model();
check("two analysts at once: both stay", both.nodes.length === before.nodes.length + 2 && new Set(both.nodes.map((one) => one.id)).size === both.nodes.length, JSON.stringify(both.nodes.map((one) => one.id)));
const [phone, screens] = both.nodes.slice(-2).map((one) => one.id);
await analyst.goto(`${office}/${id}/logic`);
await addLink(analyst, screens, phone, "分かる画面なら、聞かなくて済む。");
check("a link is added", (await model()).links.length === before.links.length + 1);

// An element is rewritten, without scripts: its name and its links stay.
await second.goto(`${office}/${id}/logic?element=${phone}`);
await accessible(analyst, "logic model, with a link more");
const one = await form(second, "edit_node");
await one.locator('[name="new_title-ja"]').fill("電話が鳴らなくなる");
await one.locator('[name="new_stage"]').selectOption("mid");
await one.locator("button").click();
const rewritten = await model();
const element = rewritten.nodes.find((node) => node.id === phone);
check("an element is rewritten and keeps its links", element.title.ja === "電話が鳴らなくなる" && element.stage === "mid" && rewritten.links.length === before.links.length + 1, JSON.stringify(element));
await second.goto(`${office}/${id}/logic?element=${phone}`);
const again = await form(second, "edit_node");
await again.locator('[name="new_title-ja"]').fill("電話の問い合わせが減る");
await again.locator('[name="new_stage"]').selectOption("short");
await again.locator("button").click();
await analyst.goto(`${office}/${id}/logic`);

// What cannot be.
await addLink(analyst, "n4", phone, "人が増えれば、聞く人は減る。");
await addLink(analyst, phone, "n4", "戻る");
const refused = await analyst.textContent("main");
check("a circle is refused, and named", refused.includes("循環しています") && refused.includes("電話の問い合わせが減る") && refused.includes("オンラインで出す人が増える"), refused.slice(0, 600));
check("what was typed stays", (await analyst.inputValue('[name="reason-ja"]')) === "戻る");
await accessible(analyst, "a circle");
await analyst.goto(`${office}/${id}/logic?lang=en`);
await addLink(analyst, phone, "n4", "back");
check("in English, too", (await analyst.textContent("main")).includes("runs in a circle"));
await second.goto(`${office}/${id}/logic?lang=ja`);
await analyst.goto(`${office}/${id}/logic?lang=ja`);
await addLink(analyst, "n5", phone, "一人の理由");
await addLink(second, "n5", phone, "もう一人の理由");
const conflict = await second.textContent("main");
check("the same link with two reasons is a conflict, and nothing is lost", conflict.includes("一人の理由") && (await second.inputValue('[name="reason-ja"]')) === "もう一人の理由", conflict.slice(0, 500));

// Publication by two officers.
const step = async (page, year, act, remark) => {
  await page.goto(`${office}/aoba.sheet-${year}/review`);
  const one = page.locator(`main form:has([name="act"][value="${act}"])`);
  if (remark) await one.locator('[name="remark"]').fill(remark);
  await one.locator("button").click();
};
check("nothing is public yet", (await fetch(`${root}/aoba/sheets/${id}/logic.json`)).status === 404);
for (const year of [2024, 2025]) {
  await step(analyst, year, "review", "架空の表。");
  await step(second, year, "approve");
  await step(second, year, "publish");
}

// Everybody: no scripts, phone, dark, paper.
const paths = [`sheets/${id}`, `sheets/${id}/logic`, "sheets/across", `sheets/${id}/indicators/1/across`, `sheets/${id}/indicators/3/across`, "sheets/programmes"].map((path) => `${root}/aoba/${path}`);
for (const [look, options] of [["1280", {}], ["phone dark", { viewport: { width: 320, height: 640 }, colorScheme: "dark" }], ["360", { viewport: { width: 360, height: 760 } }], ["dark", { colorScheme: "dark" }]]) {
  const page = await newPage(options);
  for (const [i, path] of paths.entries()) {
    const answer = await page.goto(path);
    check(`${look} ${path} is there`, answer.status() === 200, `${answer.status()}`);
    await accessible(page, `${look} ${path}`);
    await picture(page, `logic-${look.replace(" ", "-")}-${i}`);
  }
  check(`${look}: no faults in the console`, page.faults.length === 0, page.faults.join(" | "));
}
for (const path of paths) {
  const bytes = await weigh(path);
  check(`${path}: 40 kB at most`, bytes <= 40 * 1024, `${bytes}`);
}
const bare = await newPage({ javaScriptEnabled: false });
await bare.goto(`${root}/aoba/sheets/${id}/logic`);
check("the drawing stands without scripts", (await bare.locator("figure.flow svg rect.box").count()) === both.nodes.length);
check("and the tables say the same", (await bare.locator("main table").nth(0).locator("tbody tr").count()) === both.nodes.length);
check("a wide drawing scrolls in its own box", (await sideways(bare)) <= 0);
const paper = await newPage();
await paper.goto(`${root}/aoba/sheets/${id}/logic`);
await printed(paper, "a logic model", false);
await paper.emulateMedia({ media: "print" });
check("on paper it fits the page", await paper.evaluate(() => document.querySelector("figure.flow svg").getBoundingClientRect().width <= document.documentElement.clientWidth));

// Years side by side.
const across = await (await fetch(`${root}/aoba/sheets/${id}/indicators/3/across.json`)).json();
check("another unit cannot be compared", across.sheets.some((one) => one.differs.includes("unit")) && across.sheets.length === 2, JSON.stringify(across.sheets.map((one) => one.differs)));
const rows = parseCsv(await (await fetch(`${root}/aoba/sheets/${id}/indicators/1/across.csv`)).text());
check("actuals of both years' sheets", rows.filter((row) => row.fiscal_year === "2024").length === 2, JSON.stringify(rows));
const programmes = await (await fetch(`${root}/aoba/sheets/programmes.json`)).json();
const screensOf = programmes.programmes.find((one) => one.title.ja === "届出の画面づくり");
check("a programme is joined by its review numbers", screensOf.entries.length === 2 && screensOf.review_numbers["2024"] === "0012" && screensOf.review_numbers["2025"] === "0015", JSON.stringify(screensOf));
check("where two sheets differ, it says so", screensOf.years.find((one) => one.fiscal_year === 2024).sheets_disagree);
check("a programme without a number stays apart", programmes.programmes.filter((one) => one.title.ja === "番号札の機械").every((one) => one.entries.length === 1));
const appointments = programmes.programmes.find((one) => one.title.ja === "予約の仕組み").years[0];
check("printed and computed totals are kept apart", appointments.total_yen === 950_000 && appointments.computed_total_yen === 900_000, JSON.stringify(appointments));


// Which indicator of last year's sheet it is, stated by form and taken back.
await analyst.goto(`${office}/${id}/indicators/2/same`);
await accessible(analyst, "the same indicator");
await second.goto(`${office}/${id}/indicators/2/same`);
await second.selectOption('[name="other"]', "aoba.sheet-2024/1");
await second.click('main form:has([name="other"]) button');
check("the lasting id is that of the place where it stood first", (await second.textContent("main")).includes("aoba.sheet-2024.indicator-1"));
await second.click('main form:has([name="act"][value="undo"]) button');
check("and it is taken back", (await second.textContent("main")).includes("定めていません"));

check("clean stop", (await server.stop()) === 0);
check("everything stored fits", (await musubi("verify", "--data", data)).code === 0);
await finish();
