// What officers are shown before anything is stored: a plan read out of plain text, with the lines it was read from; definitions of
// indicators, a scale of judgement and a sheet, as new ones, as revisions and as what is there already. And every fault of each at once.
// All of it without scripts, with axe-core in light, dark and forced colours, at 320 px, in both languages.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { check, finish, inEveryLook, japaneseLabels, musubi, newPage, run, scratch, signIn, start } from "./kit.mjs";

const folder = scratch();
const data = join(folder, "data");
const made = await musubi("org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town", "--data", data, "--lang", "en");
check("a town", made.code === 0, made.out + made.err);
const seeder = (process.env.MUSUBI || "build/dev/musubi").replace(/musubi$/, "case_seeder");
const links = JSON.parse((await run(seeder, data, "aoba")).out);
const server = await start("serve", "--data", data, "--lang", "en");
const office = `${server.url}/aoba/office`;
const officer = await signIn(await newPage({ javaScriptEnabled: false }), `${server.url}/aoba/sign-in/${links.chief}`);
const main = () => officer.textContent("main");
const rows = (table) => officer.locator(`#${table} tbody tr`).count();
const file = (name, text) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const send = async (form) => (await Promise.all([officer.waitForNavigation(), officer.click(`${form} button`)]))[0];

// The page at `path` with its form filled in and sent, in both languages: `good` says whether the answer shows what it must.
async function answered(name, path, form, fill, status, good) {
  for (const language of ["en", "ja"]) {
    const what = `${name}-${language}`;
    await officer.goto(`${office}/${path}?lang=${language}`);
    await fill();
    const answer = await send(form);
    check(`${what}: answers the form`, answer.request().method() === "POST" && answer.status() === status, `${answer.request().method()} ${answer.status()}`);
    check(`${what}: says what it must`, await good(language), (await main()).replace(/\s+/g, " ").slice(0, 1500));
    const html = await officer.content();
    check(`${what}: in its language`, html.includes(`<html lang="${language}"`), html.slice(0, 100));
    const left = language === "en" ? japaneseLabels(html) : [];
    check(`${what}: no Japanese labels on the English page`, left.length === 0, left.slice(0, 4).join(" | "));
    await inEveryLook(officer, what);
  }
}
const errors = (n) => async () => (await officer.locator(".errors li").count()) === n;
const faults = (...places) => async () => {
  const told = (await officer.locator("#faults tbody tr").allTextContents()).map((one) => one.replace(/\s+/g, " "));
  return told.length === places.length && places.every((place) => told.some((one) => one.includes(place)));
};
// The summary of what is new, changed, gone and the same, as it is read; the last term of a sheet, its edition, left out.
const counts = (...told) => async () => {
  const said = (await officer.locator("main dl.summary > div > dd").allTextContents()).map((one) => one.trim());
  return told.every((one, at) => new RegExp(`^${one}(?![\\w-])`).test(said[at]));
};
const offered = async () => (await officer.locator('main form:has([name="upload"])').count()) === 1;
const both = (...tests) => async (language) => {
  for (const one of tests) if (!await one(language)) return false;
  return true;
};
const nothing = (test) => both(test, async () => !await offered());
const something = (test) => both(test, offered);
// Stores what the page shows.
const store = async (what, address) => {
  const answer = await send('main form:has([name="upload"])');
  check(`${what} is stored`, answer.status() === 200 && new URL(officer.url()).pathname === `/aoba/office/${address}`, `${answer.status()} ${officer.url()}`);
};
const json = async (path) => (await officer.request.get(`${office}/${path}.json`)).json();

// A plan out of plain text. A long address in a line must not push the table of lines out of a phone.
const reads = 'main form:has([name="text"])';
const measure = (n) => `○[No.1-${n}] 窓口の予約その${n}
・ https://town.example/${"an-address-without-a-place-to-break-".repeat(3)}${n}.html
KPI（進捗）：予約の件数
KPI（効果）：未設定
`;
const section = "II－（１）窓口の改善【条例第10条関係】\n";
const text = (words) => async () => {
  await officer.setInputFiles('[name="text"]', file("plan.txt", words));
  for (const [name, value] of [["id", "aoba.text"], ["title", "架空の計画"], ["date", "2024-04-01"]]) await officer.fill(`[name="${name}"]`, value);
};
const many = Array.from({ length: 30 }, (_, i) => measure(i + 1));
const lines = (runs, remarks) => async () => (await rows("runs")) === runs && (await rows("remarks")) === remarks;
await answered("text-missing", "plans/from-text", reads, () => officer.fill('[name="date"]', "2024-13-01"), 422, errors(4));
await answered("text-no-measure", "plans/from-text", reads, text("これは計画ではない。\n"), 422, errors(1));
await answered("text-unreadable", "plans/from-text", reads, text(section + measure(1).replace("予約の", "\u0007")), 422, errors(2));
await answered("text-faulty", "plans/from-text", reads, async () => { await text(section + measure(1))(); await officer.fill('[name="title"]', "長".repeat(2000)); }, 422, nothing(lines(5, 4)));
await answered("text-remarks", "plans/from-text", reads, text(`${section}${measure(1)}○[No.1-3]\n${measure(2)}`), 200, something(lines(10, 5)));
await answered("text-cut", "plans/from-text", reads, text(section + many.join("")), 200,
  something(both(lines(100, 0), async () => (await main()).includes(String(1 + 4 * many.length)))));
check("nothing is stored by looking", (await json("plans")).plans.length === 0);
await store("the plan", "plans/aoba.text/sign-off");

// Definitions of indicators, with the figures that they would have of the town's cases.
const typed = "main form:has(textarea)";
const typing = (pack) => () => officer.fill("main textarea", pack && JSON.stringify(pack));
const binary = JSON.parse(readFileSync("packs/japan/indicators/digital-government.json", "utf8"));
const { measures, ...decisions } = binary.indicators.find((one) => one.id === "decisions");
const own = { ...decisions, id: "own-decisions" };
const definitions = (...indicators) => ({ ...binary, id: "aoba.own", indicators });
await answered("definition-missing", "kpi", typed, typing(""), 422, errors(1));
await answered("definition-faults", "kpi", typed, typing(definitions({ ...own, unit: 3, surplus: 1 })), 422, faults("/indicators/0/unit", "/indicators/0/surplus"));
await answered("definition-unwritten", "kpi", typed, typing(definitions({ ...own, by_title: undefined, formula: { kind: "count", records: "moon.landed" } })), 200,
  something(async () => (await main()).includes("moon.landed")));
await answered("definition-new", "kpi", typed, typing(definitions(own)), 200, something(counts(own.id, 0, 0)));
check("no definition is stored by looking", !(await json("kpi")).indicators.some((one) => one.id === own.id));
await store("the definition", "kpi");
check("and stands among the indicators", (await json("kpi")).indicators.some((one) => one.id === own.id));
await answered("definition-same", "kpi", typed, typing(definitions(own)), 200, nothing(counts(0, 0, 1)));
await answered("definition-revised", "kpi", typed, typing(definitions({ ...own, direction: "down" })), 200, something(counts(0, own.id, 0)));

// Scales of judgement.
const scale = { ...JSON.parse(readFileSync("packs/japan/scales/five-steps.json", "utf8")), id: "aoba.scale" };
const steps = (n) => async () => (await rows("steps")) === n;
const scales = "sheets/scales";
await answered("scale-missing", scales, typed, typing(""), 422, errors(1));
await answered("scale-faults", scales, typed, typing({ ...scale, marks: 3, surplus: 1 }), 422, faults("/marks", "/surplus"));
await answered("scale-new", scales, typed, typing(scale), 200, something(steps(5)));
check("no scale is stored by looking", !(await json(scales)).scales.some((one) => one.pack.id === scale.id));
await store("the scale", `${scales}/aoba.scale`);
await answered("scale-same", scales, typed, typing(scale), 200, nothing(steps(5)));
await answered("scale-revised", scales, typed, typing({ ...scale, marks: { ...scale.marks, near: 0.7 } }), 200, something(async () => (await main()).includes("70%")));

// Sheets.
const chosen = 'main form:has([name="pack"])';
const choosing = (pack) => () => officer.setInputFiles('[name="pack"]', file("sheet.json", JSON.stringify(pack)));
const sheet = JSON.parse(readFileSync("packs/japan/evaluation-fy2018-policy10/sheet.json", "utf8"));
const parts = 1 + sheet.indicators.length + sheet.programmes.length;
await answered("sheet-missing", "sheets", chosen, async () => {}, 422, errors(1));
await answered("sheet-faults", "sheets", chosen, choosing({ ...sheet, surplus: 1, form: "x" }), 422, faults("/surplus", "/form"));
await answered("sheet-new", "sheets", chosen, choosing(sheet), 200, something(counts(parts, 0, 0, 0)));
check("no sheet is stored by looking", (await json("sheets")).sheets.length === 0);
await store("the sheet", `sheets/${sheet.id}`);
await answered("sheet-same", "sheets", chosen, choosing(sheet), 200, nothing(counts(0, 0, 0, parts)));
await answered("sheet-changed", "sheets", chosen, choosing({ ...sheet, month: "2019-09", indicators: sheet.indicators.slice(0, -1) }), 200, something(counts(0, 1, 1, parts - 2)));

check("no fault in the console", officer.faults.length === 0, officer.faults.join(" | "));
check("clean stop", (await server.stop()) === 0);
const verified = await musubi("verify", "--data", data, "--lang", "en");
check("everything stored fits", verified.code === 0, verified.out + verified.err);
await finish();
