// Officers and a sheet of evaluation: imported as a pack, a value entered, reviewed, approved by another officer and published; the official
// form downloaded, edited by another program, uploaded, every cell that changes looked at, taken in, published again; what is wrong refused.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accessible, administrator, check, finish, musubi, newPage, parseCsv, picture, printed, run, scratch, signIn, start } from "./kit.mjs";

const folder = scratch();
const data = join(folder, "data");
await musubi("org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town", "--data", data, "--lang", "en");
const server = await start("serve", "--data", data, "--lang", "en");
const root = server.url;
const office = `${root}/aoba/office/sheets`;
const id = "japan.soumu.31-10";
const { admin, appointed } = await administrator(server, data, "aoba");
const analyst = await signIn(await newPage({ acceptDownloads: true }), await appointed("企画 はなこ"));
const chief = await signIn(await newPage(), await appointed("課長 たろう"));

// From the pack to the draft; a value, entered by form.
await analyst.goto(office);
await accessible(analyst, "sheets, for officers");
await analyst.selectOption('[name="embedded"]', id);
await analyst.click('main form:has([name="embedded"]) button');
await analyst.click('main form:has([name="upload"]) button');
await analyst.goto(`${office}/${id}/indicators/2/edit`);
await analyst.fill('[name="v-2018-number"]', "２７");
await analyst.click('main form:has([name="base"]) button');
check("the value is in the draft", (await (await analyst.request.get(`${office}/${id}/indicators/2.json`)).json()).lines[0].yearly["2018"].actual.number === 27);

// Review, approval by another, publication.
const step = async (page, act, remark) => {
  await page.goto(`${office}/${id}/review`);
  const form = page.locator(`main form:has([name="act"][value="${act}"])`);
  if (remark) await form.locator('[name="remark"]').fill(remark);
  await form.locator("button").click();
};
const published = async (remark) => {
  await step(analyst, "review", remark);
  await step(chief, "approve");
  await step(chief, "publish");
};
check("nothing is public yet", (await fetch(`${root}/aoba/sheets/${id}.xlsx`)).status === 404);
await published("印刷された表のとおり。");
const json = async () => (await fetch(`${root}/aoba/sheets/${id}/indicators/2.json`)).json();
check("everybody sees the value", (await json()).lines[0].yearly["2018"].actual.number === 27);

// Everybody downloads the official form.
const anybody = await newPage();
await anybody.goto(`${root}/aoba/sheets/${id}`);
const answer = await anybody.request.get(`${root}${await anybody.getAttribute('main a[href$=".xlsx"]', "href")}`);
check("the official form is a workbook", answer.headers()["content-type"].includes("spreadsheetml") && answer.headers()["content-disposition"].includes(`${id}.xlsx`));
check("and the same bytes each time", Buffer.compare(await answer.body(), await (await anybody.request.get(`${root}/aoba/sheets/${id}.xlsx`)).body()) === 0);

// The analyst downloads the draft, edits it in another program, uploads it.
await analyst.goto(`${office}/${id}`);
await analyst.click(`main a[href$="${id}/upload"] >> nth=0`);
await accessible(analyst, "upload");
await picture(analyst, "sheet-upload");
const file = join(folder, "sheet.xlsx");
const [download] = await Promise.all([analyst.waitForEvent("download"), analyst.click('main a[href$=".xlsx"]')]);
await download.saveAs(file);
const program = join(folder, "edit.py");
writeFileSync(program, `
import sys, openpyxl
book = openpyxl.load_workbook(sys.argv[1])
sheet = book["評価書"]
columns, rows = {}, {}
for row in sheet.iter_rows():
    key = row[0].value
    if isinstance(key, str) and key == "@i":
        columns = {cell.value: cell.column for cell in row[1:] if cell.value}
    elif isinstance(key, str) and key.startswith("i/"):
        rows[key] = row[0].row
for edit in sys.argv[3:]:
    row, column, value = edit.split("=")
    cell = sheet.cell(rows[row], columns[column])
    cell.value = float(value) if value.replace(".", "").isdigit() else value
    print(f"評価書!{cell.coordinate}")
book.save(sys.argv[2])
`);
const edited = join(folder, "edited.xlsx");
const edit = async (to, ...edits) => (await run("/usr/bin/python3", program, file, to, ...edits)).out.trim().split("\n");
const cells = await edit(edited, "i/2/0/a=y2018=28", "i/2/0/a=y2017=１５", "i/3/0/t=mark=ロ");
const upload = async (page, path) => {
  await page.goto(`${office}/${id}/upload`);
  await page.setInputFiles('input[name="workbook"]', path);
  await page.click('main form:has(input[name="workbook"]) button');
};
await upload(analyst, edited);
await accessible(analyst, "cells that change");
await picture(analyst, "sheet-cells");
const shown = await analyst.$$eval("#cells tbody tr", (rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent.trim())));
check("exactly the cells that were edited", JSON.stringify(shown.map((row) => row[0]).sort()) === JSON.stringify([...cells].sort()), JSON.stringify(shown));
check("with the value before and the new one", shown.some((row) => row[2] === "27" && row[3] === "28"), JSON.stringify(shown));
await analyst.setViewportSize({ width: 360, height: 740 });
await accessible(analyst, "cells that change, on a phone");
await picture(analyst, "sheet-cells-phone");
await analyst.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
await accessible(analyst, "cells that change, in the dark");
await analyst.emulateMedia({ colorScheme: "light" });
await analyst.setViewportSize({ width: 1280, height: 900 });

// Meanwhile the chief changes another cell of the same indicator: looked at again, both come together.
await chief.goto(`${office}/${id}/indicators/2/edit`);
await chief.fill('[name="factor-ja"]', "参照モデルが使われた。");
await chief.fill('[name="factor-en"]', "The reference models were used.");
await chief.click('main form:has([name="base"]) button');
await analyst.click('main form:has([name="upload"]) button');
check("what changed meanwhile is told", (await analyst.locator('input[name="workbook"]').count()) === 1 && (await analyst.locator(".notice").count()) > 0);
// LibreOffice opens the file and saves it again, as a colleague with another program would.
const converted = await run("soffice", "--headless", `-env:UserInstallation=file://${join(folder, "office")}`, "--convert-to", "xlsx", "--outdir", join(folder, "again"), edited);
check("LibreOffice saved it again", existsSync(join(folder, "again", "edited.xlsx")), converted.out + converted.err);
await upload(analyst, join(folder, "again", "edited.xlsx"));
const saved = await analyst.$$eval("#cells tbody tr", (rows) => rows.map((row) => row.children[0].textContent.trim()));
check("saved again by LibreOffice, still exactly the cells that were edited", JSON.stringify([...saved].sort()) === JSON.stringify([...cells].sort()), JSON.stringify(saved));
check("others' cells stay, and the page says so", /ほかの人/.test(await analyst.textContent("main")));
await analyst.click('main form:has([name="upload"]) button');
await analyst.waitForURL(new RegExp(`/office/sheets/${id.replaceAll(".", "\\.")}$`));
const draft = await (await analyst.request.get(`${office}/${id}/indicators/2.json`)).json();
check("the cells are taken in", draft.lines[0].yearly["2018"].actual.number === 28 && draft.lines[0].yearly["2017"].actual.number === 15);
check("beside the chief's", draft.factor?.en === "The reference models were used.");
check("the public still sees what was published", (await json()).lines[0].yearly["2018"].actual.number === 27);

// The same cell, changed by both: a conflict, named.
const late = join(folder, "late.xlsx");
const [conflict] = await edit(late, "i/2/0/a=y2018=31");
await upload(analyst, late);
await accessible(analyst, "conflicts");
check("a conflict is named by its cell", (await analyst.textContent("#conflicts tbody")).includes(conflict));
// A file with faults: all of them, each with its cell.
const wrong = join(folder, "wrong.xlsx");
const bad = await edit(wrong, "i/1/0/t=mark=A", "i/2/0/a=y2018=3万", "i/3/0/t=number=2");
await upload(analyst, wrong);
await accessible(analyst, "faults of a file");
await picture(analyst, "sheet-faults");
const faults = await analyst.$$eval("#faults tbody tr", (rows) => rows.map((row) => row.children[0].textContent.trim()));
check("every fault with its cell", JSON.stringify([...faults].sort()) === JSON.stringify([...bad].sort()), JSON.stringify(faults));
writeFileSync(join(folder, "no.xlsx"), "nothing");
await upload(analyst, join(folder, "no.xlsx"));
check("no workbook, in words", (await analyst.locator(".notice").count()) > 0);

await published("アップロードした値。");
check("published, everybody sees it", (await json()).lines[0].yearly["2018"].actual.number === 28);
await anybody.goto(`${root}/aoba/sheets/${id}?lang=en`);
await accessible(anybody, "sheet, for everybody");
await printed(anybody, "an evaluation sheet", true);
check("nobody else may upload", (await anybody.request.get(`${office}/${id}/upload`, { headers: { Accept: "application/json" }, maxRedirects: 0 })).status() === 401);

// Programmes in the layout of the administrative review.
await analyst.goto(office);
await analyst.selectOption('[name="embedded"]', "japan.soumu.29-8");
await analyst.click('main form:has([name="embedded"]) button');
await analyst.click('main form:has([name="upload"]) button');
await analyst.goto(`${office}/japan.soumu.29-8`);
await accessible(analyst, "pre-analysis sheet");
await analyst.goto(`${office}/japan.soumu.29-8/programmes`);
await printed(analyst, "programmes of a sheet", true);
await analyst.goto(`${office}/japan.soumu.29-8`);
const review = await (await analyst.request.get(`${root}${await analyst.getAttribute('main a[href$="/rs/2-1.csv"]', "href")}`)).text();
check("programmes as of the administrative review", parseCsv(review.replace(/^\uFEFF/, "")).filter((row) => row["予算年度"] === "2017").length === 23);
const inspected = parseCsv((await (await fetch(`${root}/aoba/sheets/${id}/rs/4-1.csv`)).text()).replace(/^\uFEFF/, ""));
const imported = parseCsv((await (await analyst.request.get(`${office}/japan.soumu.29-8/rs/4-1.csv`)).text()).replace(/^\uFEFF/, ""));
check("check and evaluation, a row a programme", imported.length === 23 && imported.every((row) => row["予算事業ID"].startsWith("japan.soumu.29-8/")), JSON.stringify(inspected[0]));

// What docs/coverage.csv promises about the sheets is true: each programme and indicator that it names stands on its page, with its figures.
const packs = Object.fromEntries(["pre-analysis-fy2017-policy8", "evaluation-fy2018-policy10"].map((name) => JSON.parse(readFileSync(`packs/japan/${name}/sheet.json`, "utf8"))).map((pack) => [pack.id, pack]));
const promised = parseCsv(readFileSync("docs/coverage.csv", "utf8")).filter((row) => row.journey.split(";").includes("journeys/sheets.mjs") && row.part.startsWith("plan entry:"));
check("docs/coverage.csv has rows of sheets for this journey", promised.length > 0);
for (const row of promised) {
  const sheet = row.part.match(/ of sheet (\S+)/)?.[1].replace(/[.,]$/, "");
  const named = [...row.part.matchAll(/(programme|indicator) (\d+)/g)];
  check(`coverage ${row.id}: names parts of a sheet`, named.length > 0 && sheet in packs, row.part);
  for (const [, kind, number] of named) {
    const one = packs[sheet][`${kind}s`].find((each) => each.number === number);
    let words, figures;
    if (kind === "programme") {
      await analyst.goto(`${office}/${sheet}/programmes?lang=en`);
      words = await analyst.locator("#programmes tbody tr", { hasText: `(${number}) ` }).first().textContent();
      figures = [...one.amounts.map((amount) => amount.amount.toLocaleString("en")), one.outcome?.en, one.activity?.en].filter(Boolean);
    } else {
      await analyst.goto(`${office}/${sheet}/indicators/${number}?lang=en`);
      words = await analyst.textContent("main");
      figures = [one.lines[0].final.number, ...Object.values(one.lines[0].yearly).flatMap((year) => [year.target?.number, year.actual?.number])].filter((each) => each !== undefined).map(String);
    }
    check(`coverage ${row.id}: ${kind} ${number} with its figures`, words.includes(one.title.en) && figures.every((each) => words.includes(each)), `${words.slice(0, 300)} ${figures}`);
  }
}
await analyst.goto(`${office}?lang=ja`);
// Posts for the duties, stated by the administrator: who holds none of those named is refused and told who does it.
const entered = async (below, fields, more = async () => {}) => {
  await admin.goto(`${root}/aoba/office/posts`);
  const form = admin.locator(`main form[action$="/office/posts${below}"]`);
  for (const [name, value] of Object.entries(fields)) await form.locator(`[name="${name}"]`).fill(value);
  await more(form);
  await form.locator("button").click();
};
await entered("/unit", { unit_id: "planning", unit_title_ja: "企画課", unit_title_en: "Planning" });
await entered("/post", { post_id: "head", post_title_ja: "企画課長", post_title_en: "Head of planning" }, (form) => form.locator("[name=post_unit]").selectOption("planning"));
await entered("", { "from-year": "2024", "from-month": "4", "from-day": "1" }, async (form) => {
  await form.locator("[name=post]").selectOption("head");
  await form.locator("[name=officer]").selectOption(await form.locator("[name=officer] option", { hasText: "課長 たろう" }).getAttribute("value"));
});
await analyst.goto(`${office}/duties`);
check("who is no administrator has nothing to fill in", (await analyst.locator('main form:has([name="draft"])').count()) === 0);
await admin.goto(`${office}/duties`);
await accessible(admin, "posts for sheets");
await picture(admin, "sheet-duties");
for (const duty of ["draft", "approve", "publish"]) await admin.check(`[name="${duty}"][value="head"]`);
await admin.click('main form:has([name="approve"]) button');
const duties = parseCsv(await (await analyst.request.get(`${office}/duties.csv`)).text());
check("the posts are stated, a duty and a post a row", duties.map((row) => `${row.duty} ${row.post}`).join() === "draft head,review ,approve head,publish head", JSON.stringify(duties));
await analyst.goto(`${office}/${id}/indicators/2/edit`);
await analyst.fill('[name="v-2018-number"]', "29");
await analyst.click('main form:has([name="base"]) button');
const refused = await analyst.textContent("main");
check("without the post: refused, and told who does it", refused.includes("定められた職") && refused.includes("企画課長"), refused.slice(0, 400));
const kept = async () => (await (await chief.request.get(`${office}/${id}/indicators/2.json`)).json()).lines[0].yearly["2018"].actual.number;
check("and nothing is changed", (await kept()) === 28, `${await kept()}`);

// The sheet of the next year, begun from the published one by who holds the post.
const begin = async (page, as) => {
  await page.goto(`${office}/${id}/next`);
  if (as) await page.fill('[name="id"]', as);
  await page.click('main form:has([name="id"]) button');
};
await begin(analyst, "aoba.next");
check("without the post: no sheet is begun", (await analyst.textContent("main")).includes("企画課長") && (await chief.request.get(`${office}/aoba.next.json`)).status() === 404);
await chief.goto(`${office}/${id}`);
await chief.click(`main a[href$="${id}/next"]`);
await accessible(chief, "next year's sheet");
await begin(chief, id);
check("a sheet that is there is not begun again", (await chief.textContent("main")).includes("もうあります"));
await begin(chief, "aoba.next");
check("the draft is there", chief.url() === `${office}/aoba.next`, chief.url());
const [was, now] = await Promise.all([id, "aoba.next"].map(async (one) => (await chief.request.get(`${office}/${one}.json`)).json()));
const year = (one) => one.fiscal_year ?? one.sheet?.fiscal_year ?? one.header?.fiscal_year;
check("it is of the year after", year(now) === year(was) + 1, `${year(was)} ${year(now)}`);
check("nobody else sees it", (await fetch(`${root}/aoba/sheets/aoba.next.json`)).status === 404);
await analyst.goto(`${office}/aoba.next/review`);
const reviewing = analyst.locator('main form:has([name="act"][value="review"])');
await reviewing.locator('[name="remark"]').fill("前の年度の表から始めた。");
await reviewing.locator("button").click();
await chief.goto(`${root}/aoba/office`);
check("the start page tells who holds the post what waits for them", (await chief.locator('main a[href$="/aoba.next/review"]').count()) === 1, (await chief.textContent("main")).slice(0, 600));
await analyst.goto(`${root}/aoba/office`);
check("and nobody else", (await analyst.locator('main a[href$="/aoba.next/review"]').count()) === 0);
for (const page of [analyst, chief, anybody, admin]) check("no fault in the console", page.faults.length === 0, page.faults.join(" | "));
await finish();
