// Citizen, journalist, analyst on the demo: the plan's 159 measures, found, filtered, sorted, read, doubted, downloaded,
// in both languages; every figure led back to its record; a revision seen through its draft to its history. The pack in
// packs/ is the oracle.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accessible, check, each, finish, newPage, parseCsv, picture, printed, scratch, nation } from "./kit.mjs";

const pack = JSON.parse(readFileSync("packs/japan/basic-plan-2019/plan.json", "utf8"));
const numbers = pack.measures.map((m) => m.number);
const byNumber = new Map(pack.measures.map((m) => [m.number, m]));
const fieldTitle = (id, l) => pack.fields.find((f) => f.id === id).title[l];
const hasTarget = (m) => Boolean(m.target && (m.target.role ?? "target") === "target");
const lacksKpi = (m) => [m.progress_kpi, m.effect_kpi].some((k) => k.status === "not_set");
const statuses = {
  kpi_not_set: lacksKpi,
  progress_not_set: (m) => m.progress_kpi.status === "not_set",
  effect_not_set: (m) => m.effect_kpi.status === "not_set",
  kpi_none: (m) => [m.progress_kpi, m.effect_kpi].some((k) => k.status === "none"),
  kpi_set: (m) => [m.progress_kpi, m.effect_kpi].every((k) => k.status === "set"),
  target: hasTarget,
  no_target: (m) => !hasTarget(m),
};
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const expected = (wanted) => pack.measures.filter(wanted).map((m) => m.number);

const data = join(scratch(), "data");
const server = await nation(data);
const root = server.url;
const plan = `/nation/plans/${pack.id}`;
const html = async (path, language = "ja") => {
  const answer = await fetch(root + path, { headers: { accept: "text/html", "accept-language": language } });
  return { status: answer.status, text: await answer.text() };
};
const json = async (path) => (await fetch(root + path)).json();
const csv = async (path) => parseCsv(await (await fetch(root + path)).text());
const unescaped = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");

// Numbers of the measures in the table that the page shows.
const shown = (page) => page.$$eval("#measures tbody th", (cells) => cells.map((cell) => cell.textContent.trim().split(" ")[0]));
const count = async (page) => Number(((await page.textContent("#measures .count")).match(/([\d,]+)件中|of ([\d,]+)/) || []).slice(1).find(Boolean)?.replaceAll(",", ""));

const page = await newPage();

// From the start page to "which measures have no KPI yet": two clicks; the same for targets.
for (const [row, wanted, tag] of [["KPIが未設定の施策", lacksKpi, "未設定"], ["目標のない施策", (m) => !hasTarget(m), null]]) {
  await page.goto(root + "/");
  await page.click(`main a:has-text("${pack.title.ja}")`);
  check(`the plan is one click from the start page (${row})`, (await page.textContent("h1")).trim() === pack.title.ja);
  check("the plan shows 159 measures", (await count(page)) === 159);
  const figure = page.locator(".figures a", { has: page.locator(`span:text-is("${row}")`) });
  const said = Number((await figure.locator("strong").textContent()).replace(/\D/g, ""));
  await figure.click();
  const right = expected(wanted);
  check(`${row}: the figure is right`, said === right.length, `${said} instead of ${right.length}`);
  check(`${row}: the second click lists as many`, (await count(page)) === right.length);
  check(`${row}: and the right ones`, same(await shown(page), right.slice(0, 50)));
  if (tag) check("each row says so", await page.$$eval("#measures tbody tr", (rows, word) => rows.every((r) => r.textContent.includes(word)), tag));
}
await page.goto(root + "/nation/plans");
for (const [column, wanted] of [[3, lacksKpi], [4, (m) => !hasTarget(m)]]) {
  await page.click(`#plans tbody tr >> td:nth-child(${column + 1}) a`);
  check("the list of plans leads there in one click", (await count(page)) === expected(wanted).length, page.url());
  await page.goBack();
}

// Overview: source, sign-off, edition, charts one click away.
await page.goto(root + plan);
await accessible(page, "plan");
await printed(page, "a plan", false);
await picture(page, "plan");
const overview = await page.textContent("main");
for (const words of [pack.source.title.ja, pack.source.publisher.ja, pack.summary.ja, "2019年（令和元年）6月14日"])
  check(`overview says ${words.slice(0, 12)}`, overview.includes(words));
check("the language of the page is Japanese", (await page.getAttribute("html", "lang")) === "ja");

// Filters, by the form, then every choice by its address.
await page.selectOption("#measures select[name=field]", "agriculture-fisheries");
await page.selectOption("#measures select[name=status]", "no_target");
await page.click("#measures .filters button");
const both = expected((m) => m.field === "agriculture-fisheries" && !hasTarget(m));
check("two filters together", same(await shown(page), both), `${await shown(page)} instead of ${both}`);
check("the address holds the filters", page.url().includes("field=agriculture-fisheries") && page.url().includes("status=no_target"));
check("the form keeps what was chosen", (await page.inputValue("#measures select[name=status]")) === "no_target");
await page.click("#measures .filters a");
check("one click clears the filters", (await count(page)) === 159);
const choices = [...pack.fields.map((f) => ["field", f.id, (m) => m.field === f.id]),
  ...pack.sections.map((s) => ["section", s.id, (m) => m.section === s.id]),
  ...Object.entries(statuses).map(([name, wanted]) => ["status", name, wanted])];
await each(choices, async ([name, value, wanted]) => {
  const right = expected(wanted);
  const got = await json(`${plan}.json?${name}=${value}&per_page=200`);
  check(`${name}=${value}: data`, same(got.measures.map((m) => m.number), right) && got.total === right.length);
  const { text } = await html(`${plan}?${name}=${value}&per_page=200`);
  const listed = [...text.matchAll(/<th scope="row"><a href="[^"]*\/measures\/([0-9-]+)[^"]*">/g)].map((m) => m[1]);
  check(`${name}=${value}: page`, same(listed, right), `${listed.length} instead of ${right.length}`);
});

// Japanese words of two characters, wherever they stand in a measure; a wrong word finds nothing and says so.
const everything = (m) => JSON.stringify([m.number, m.title, m.progress_kpi, m.effect_kpi, m.target?.text, m.target?.unit, m.milestones.map((x) => x.text),
  m.baseline?.text, m.systems, m.doubt]).normalize("NFKC");
for (const word of ["引越", "防災", "農業", "旅券", "戸籍", "５Ｇ"]) {
  await page.goto(root + plan);
  await page.fill("#measures input[name=q]", word);
  await page.press("#measures input[name=q]", "Enter");
  await page.waitForURL(/q=/);
  const right = expected((m) => everything(m).includes(word.normalize("NFKC")));
  const got = right.length ? await shown(page) : [];
  check(`search ${word}`, same(got, right), `${got} instead of ${right}`);
}
await page.goto(`${root}${plan}?q=zzzzzz`);
check("no result says so", (await page.textContent("#measures .empty")).includes("条件に合うものはありません"));
check("no result offers a way out", (await page.locator("#measures .empty a").count()) === 1);
check("English words find too", (await json(`${plan}.json?q=vehicle&per_page=200`)).measures.some((m) => m.number === "1-15"));

// Sorting by the headings, paging by the links.
await page.goto(root + plan);
await page.click('#measures thead a:has-text("施策")');
check("a heading sorts down", (await shown(page))[0] === numbers.at(-1) && (await page.getAttribute("#measures thead th", "aria-sort")) === "descending");
await page.click('#measures thead a:has-text("施策")');
check("and up again, 1-2 before 1-10", same((await shown(page)).slice(0, 12), numbers.slice(0, 12)));
for (const [key, value] of [["field", (m) => fieldTitle(m.field, "ja")], ["progress", (m) => m.progress_kpi.status], ["effect", (m) => m.effect_kpi.status], ["target", (m) => String(hasTarget(m))]])
  for (const sign of ["", "-"]) {
    const sorted = (await json(`${plan}.json?sort=${sign}${key}&per_page=200`)).measures.map((m) => value(byNumber.get(m.number)));
    const groups = sorted.filter((v, i) => v !== sorted[i - 1]);
    check(`sort=${sign}${key} keeps alike together`, sorted.length === 159 && groups.length === new Set(sorted).size, groups.join(" "));
  }
await page.goto(root + plan);
const paged = await shown(page);
for (let n = 2; n <= 4; n += 1) {
  await page.click("nav.pages a:has-text('次へ')");
  check(`page ${n} stands in the address`, page.url().includes(`page=${n}`));
  paged.push(...(await shown(page)));
}
check("four pages hold the 159 in order", same(paged, numbers), `${paged.length}`);
check("the last page has no next", (await page.locator("nav.pages a:has-text('次へ')").count()) === 0);
await page.goBack();
check("the back button goes back a page", page.url().includes("page=3") && (await page.getAttribute("nav.pages [aria-current]", "href")).includes("page=3"));

// The page is its data.
await page.goto(`${root}${plan}?section=2&sort=-number`);
const forms = await page.$$eval("link[rel=alternate][type]", (links) => links.map((l) => [l.type, l.getAttribute("href")]));
const [jsonForm, csvForm] = ["application/json", "text/csv"].map((type) => forms.find(([t]) => t === type)?.[1]);
check("the page names its data", jsonForm && csvForm, JSON.stringify(forms));
const titles = await page.$$eval("#measures tbody th", (cells) => cells.map((c) => c.textContent.trim()));
check("JSON has the page's rows", same((await json(jsonForm)).measures.map((m) => `${m.number} ${m.title.ja}`), titles));
check("CSV has the page's rows", same((await csv(csvForm)).map((m) => `${m.number} ${m.title_ja}`), titles));
check("the count is the same", (await json(jsonForm)).total === (await count(page)) && (await csv(csvForm)).length === (await count(page)));
const whole = await csv(`${plan}.csv`);
check("the whole plan as CSV: 159 measures, both languages", same(whole.map((m) => [m.number, m.title_ja, m.title_en]), pack.measures.map((m) => [m.number, m.title.ja, m.title.en])));
const plans = await json("/nation/plans.json");
check("plans.json has the figures", plans.plans[0].measures === 159 && plans.plans[0].kpi_not_set === expected(lacksKpi).length);
check("plans.csv has them too", (await csv("/nation/plans.csv"))[0].measures === "159");

// Every measure, in both languages: what the pack says stands on its page, and its record and receipt are there.
const japanese = /[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9d]/;
const plain = (text) => unescaped(text.replace(/<[^>]+>/g, " "));
const visible = (text) => unescaped(text.replace(/<(?!html)(\w+)[^>]*\b(?:lang="ja"|translate="no")[^>]*>.*?<\/\1>/gs, "").replace(/<head>.*?<title>(.*?)<\/title>.*?<\/head>/s, "$1").replace(/<[^>]+>/g, " "));
const faults = { missing: [], japanese: [], chain: [] };
await each(pack.measures, async (m) => {
  for (const l of ["ja", "en"]) {
    const { status, text } = await html(`${plan}/measures/${m.number}`, l);
    const words = plain(text);
    const section = pack.sections.find((s) => s.id === m.section);
    const wanted = [m.title, m.progress_kpi.text, m.progress_kpi.due, m.effect_kpi.text, m.effect_kpi.due, section.title, section.law_article, m.target?.text,
      m.baseline?.text, m.source.locator, m.doubt, ...m.milestones.map((x) => x.text)].filter(Boolean).map((t) => t[l]).concat(fieldTitle(m.field, l), m.systems);
    for (const one of wanted) if (status !== 200 || !words.includes(one)) faults.missing.push(`${m.number} ${l}: ${one}`);
    if (l === "en" && japanese.test(visible(text))) faults.japanese.push(`${m.number}: ${visible(text).match(/.{0,20}[\u3040-\u9fff]+/)?.[0]}`);
    if (!text.includes(`<html lang="${l}">`)) faults.missing.push(`${m.number}: lang`);
  }
  const one = await json(`${plan}/measures/${m.number}.json`);
  const record = await json(`${one.links.record}.json`);
  const receipt = await (await fetch(root + one.links.receipt)).text();
  if (one.title.ja !== m.title.ja || !record.head.includes(`"${m.number}"`) || !record.body.includes(JSON.stringify(m.title.ja)) || !receipt.startsWith("c2sp.org/tlog-proof@v1\n"))
    faults.chain.push(m.number);
  const [row] = await csv(`${plan}/measures/${m.number}.csv`);
  if (row.number !== m.number || row.title_ja !== m.title.ja || row.title_en !== m.title.en) faults.chain.push(`${m.number} csv`);
});
check("all 159 pages say what the pack says, in both languages", faults.missing.length === 0, faults.missing.slice(0, 5).join("; "));
check("no Japanese is left on the English pages of measures", faults.japanese.length === 0, faults.japanese.slice(0, 5).join("; "));
check("each measure leads to its record and receipt, and equals its data", faults.chain.length === 0, faults.chain.slice(0, 5).join("; "));

await page.goto(`${root}${plan}/measures/1-9`);
await accessible(page, "measure");
await picture(page, "measure");
check("both KPI, target, law, source", await page.$$eval("dl.summary dt", (terms) => ["進捗KPI", "効果KPI", "目標", "根拠条文", "分野", "原典での位置", "節目"].every((t) => terms.some((x) => x.textContent === t)) || terms.map((x) => x.textContent).join()) !== false);
await page.click("text=次の施策 1-10");
check("the next measure is one click away", page.url().endsWith("/measures/1-10"));
await page.click('main a:text-matches("^記録 [0-9]+$")');
check("the record's page opens", page.url().includes("/log/records/") && (await page.textContent("main")).includes("kpi.measure_entered"));

// Summary: charts, each with its table; every figure of the matrix leads to as many measures.
await page.goto(`${root}${plan}/summary`);
await accessible(page, "summary");
await picture(page, "summary");
const charts = await page.$$eval("figure.chart", (figures) => figures.map((f) => ({
  id: f.id, role: f.querySelector(":scope > svg").getAttribute("role"), title: f.querySelector("svg[role=img] title")?.textContent, desc: f.querySelector("svg[role=img] desc")?.textContent,
  values: [...f.querySelectorAll("svg .value")].map((t) => Number(t.textContent.replace(/[^\d.]/g, ""))),
  table: [...f.querySelectorAll("details tbody tr")].map((r) => [...r.querySelectorAll("td")].map((c) => Number(c.textContent.replace(/[^\d.]/g, "")) || 0)),
})));
check("three charts, each with a name and a description", charts.length === 3 && charts.every((c) => c.role === "img" && c.title && c.desc));
for (const chart of charts) {
  const sums = chart.table.map((row) => row.reduce((a, b) => a + b, 0));
  check(`${chart.id}: picture and table agree`, same(sums, chart.values), `${sums} / ${chart.values}`);
  check(`${chart.id}: 159 in all`, sums.reduce((a, b) => a + b, 0) === 159);
}
check("fields are counted right", same(charts[0].values, pack.fields.map((f) => pack.measures.filter((m) => m.field === f.id).length)));
const cells = await page.$$eval("#matrix tbody td a", (links) => links.map((a) => [a.getAttribute("href"), Number(a.textContent)]));
check("the matrix adds up to 159", cells.reduce((sum, [, n]) => sum + n, 0) === 159);
const wrong = [];
await each(cells, async ([href, n]) => { if ((await json(href.replace(pack.id, `${pack.id}.json`))).total !== n) wrong.push(href); });
check("each figure of the matrix leads to as many measures", wrong.length === 0, wrong.join(" "));
const summary = await json(`${plan}/summary.json`);
check("summary.json has the same figures", Object.entries(statuses).every(([name, wanted]) => summary.by_status[name] === expected(wanted).length), JSON.stringify(summary.by_status));
check("summary.csv adds up", (await csv(`${plan}/summary.csv`)).reduce((sum, row) => sum + Number(row.measures), 0) === 159);

// English: chosen once, it stays; nothing Japanese is left.
await page.goto(root + plan);
await page.click("nav.account a[hreflang=en]");
check("the page is English now", (await page.getAttribute("html", "lang")) === "en" && (await page.textContent("h1")).trim() === pack.title.en);
await page.click("text=Charts");
check("the next page is English too", (await page.getAttribute("html", "lang")) === "en");
for (const path of ["/", "/nation", "/nation/plans", plan, `${plan}?page=2`, `${plan}?page=3`, `${plan}?page=4`, `${plan}?q=zzzzzz`, `${plan}/summary`, `${plan}/measures/1-15/history`, `${plan}?as_of=2019-01-01`, `${plan}/measures/9-99`, `${plan}?sort=x`, "/nation/log", "/nation/sign-in", "/verify", "/explain", "/privacy", "/accessibility"]) {
  const { text } = await html(path, "en");
  check(`English: ${path}`, text.includes('<html lang="en">') && !japanese.test(visible(text)), visible(text).match(/.{0,30}[\u3040-\u9fff]+/)?.[0]);
}

// What was known when: before the sign-off nothing, today everything.
const before = await html(`${plan}?as_of=2019-06-14`);
check("before it was signed off there is no plan, and the page says why", before.status === 404 && before.text.includes("2019-06-14"));
const today = new Date(Date.now() + 9 * 3600_000).toISOString().slice(0, 10);
await page.goto(`${root}${plan}?lang=ja`);
await page.fill("#measures input[name=as_of]", today);
await page.click("#measures .filters button");
check("as of today the page names the day and shows all", (await page.textContent(".notice")).includes("時点") && (await count(page)) === 159);
await page.click("#measures tbody th a");
check("one stays in that day", page.url().includes(`as_of=${today}`) && (await page.textContent(".notice")).includes("時点"));
check("a wrong day is refused in words", (await html(`${plan}?as_of=tomorrow`)).status === 400);

// A revision: the planning officer uploads the plan with one measure changed; draft, sign-off, history.
const changed = structuredClone(pack);
const one = changed.measures.find((m) => m.number === "1-15");
one.target = { text: { ja: "全国のOSS利用率 70％", en: "70% of filings by OSS nationwide" }, value: 70, unit: { ja: "％", en: "%" }, fiscal_year: 2021 };
const file = join(data, "..", "changed.json");
writeFileSync(file, JSON.stringify(changed, null, 1));
await page.goto(server.link);
await page.click("main button");
await page.goto(`${root}/nation/office/plans`);
await page.setInputFiles("input[type=file]", file);
await page.locator("form", { has: page.locator("input[type=file]") }).locator("button").click();
const preview = await page.textContent("main");
check("the preview names the one revised measure", preview.includes("1-15") && preview.includes("158件"));
await accessible(page, "preview");
await picture(page, "preview");
await page.locator("main form button").click();
check("the review before the sign-off opens", page.url().endsWith("/sign-off") && (await page.textContent("main")).includes("1-15"));
check("the public still sees the old content", !(await html(`${plan}/measures/1-15`)).text.includes("70％"));
check("the officer sees the draft", (await (await page.request.get(`${root}/nation/office/plans/${pack.id}/measures/1-15`)).text()).includes("70％"));
await page.locator("main form button").click();
check("after the sign-off the public sees it", (await html(`${plan}/measures/1-15`)).text.includes("70％"));
await page.goto(`${root}${plan}/measures/1-15/history`);
await accessible(page, "history");
await picture(page, "history");
const told = await page.textContent("main");
check("the history shows both revisions and what changed", told.includes("第2版") && told.includes("第1版") && told.includes("70％"));
const history = await json(`${plan}/measures/1-15/history.json`);
check("and as data", history.revisions.length === 2 && history.revisions[0].kind === "revised" && history.revisions[0].changes.some((c) => c.member.includes("target")));
check("the figures moved with it", (await json(`${plan}.json?status=target&per_page=1`)).total === expected(hasTarget).length + 1);

// Targets: nothing was told, and the page says that this is no good news.
await page.goto(`${root}${plan}/targets?status=missed&lang=ja`);
await accessible(page, "targets of the plan");
await picture(page, "plan-targets");
check("where nothing was told, it says so", (await page.textContent("main")).includes("実績は、まだ一つも報告されていません"));
const rowsOf = (m) => [...(m.progress_kpi.lines ?? []), ...(m.effect_kpi.lines ?? [])];
const targets = await json(`${plan}/targets.json?per_page=200`);
check("rows of figures as the pack has them", targets.targets.filter((one) => one.row).length === pack.measures.flatMap(rowsOf).length, targets.total);
check("none missed, none judged, many due", targets.results.missed === 0 && targets.judged === 0 && targets.due >= 60 && targets.results.no_actual === targets.due, JSON.stringify(targets.results));
const tunnels = targets.targets.find((one) => one.measure === "6-3");
check("a calendar year is said in words", tunnels.target.number === 1105 && tunnels.fiscal_year === 2020 && tunnels.target.text.en.includes("calendar 2020"), JSON.stringify(tunnels));

// What docs/coverage.csv promises about the plan is true.
const rows = parseCsv(readFileSync("docs/coverage.csv", "utf8")).filter((row) => row.journey.split(";").includes("journeys/plan.mjs"));
check("docs/coverage.csv has rows for this journey", rows.length > 0);
const words = { "both KPI not yet set": (m) => m.progress_kpi.status === "not_set" && m.effect_kpi.status === "not_set", "no KPI is printed": (m) => m.progress_kpi.status === "none" && m.effect_kpi.status === "none" };
for (const row of rows) {
  const promised = row.part.match(/\d+-\d+/g) || [];
  check(`coverage ${row.id}: names measures`, row.part.startsWith("plan entry: measure") && promised.length > 0, row.part);
  for (const number of promised) {
    const { status, text } = await html(`${plan}/measures/${number}`, "en");
    check(`coverage ${row.id}: measure ${number} has its page`, status === 200 && byNumber.has(number) && visible(text).includes(byNumber.get(number).title.en));
  }
  // Where a row says more than that a measure exists, the measures together show it.
  const all = promised.map((n) => byNumber.get(n)).filter(Boolean);
  for (const [phrase, holds] of Object.entries(words)) if (row.how.includes(phrase)) check(`coverage ${row.id}: ${phrase}`, all.every(holds));
  if (/its (?:two )?(?:adoption |node )?targets?|its number|its target|target of|as its target/.test(row.how)) check(`coverage ${row.id}: has a target`, all.some((m) => m.target || [m.progress_kpi, m.effect_kpi].some((k) => k.status === "set")), row.how);
  if (/\bas KPI|its KPI|two KPI/.test(row.how)) check(`coverage ${row.id}: has a KPI`, all.every((m) => [m.progress_kpi, m.effect_kpi].some((k) => k.status === "set")), row.how);
}

check("no fault in the browser", page.faults.length === 0, page.faults.slice(0, 3).join("; "));
check("the server stops cleanly", (await server.stop()) === 0);
await finish();
