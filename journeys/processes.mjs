// The process view: what officers see of every case, the cases behind a way, the event log; what everybody sees.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { accessible, check, finish, musubi, newPage, picture, run, scratch, start } from "./kit.mjs";

const data = join(scratch(), "data");
const files = scratch();
await musubi("org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town", "--data", data, "--lang", "en");
const seeder = (process.env.MUSUBI || "build/dev/musubi").replace(/musubi$/, "case_seeder");
const seeded = await run(seeder, data, "aoba");
check("cases are there", seeded.code === 0, seeded.err);
const links = JSON.parse(seeded.out);
const server = await start("serve", "--data", data, "--lang", "en");
const office = `${server.url}/aoba/office/kpi/processes`;

const signIn = async (options) => {
  const page = await newPage(options);
  await page.goto(`${server.url}/aoba/sign-in/${links.desk}`);
  await page.click("main form button");
  await page.waitForURL(/\/office$/);
  return page;
};
const desk = await signIn();
await desk.click("main a[href$='/office/kpi/processes']");
await desk.waitForURL(/processes$/);
await accessible(desk, "processes");
check("two procedures", (await desk.locator("#processes tbody tr").count()) === 2);
await picture(desk, "processes");
await desk.click("#processes tbody a");
await accessible(desk, "process of a procedure");
await picture(desk, "process");
const json = (await (await desk.request.get(`${desk.url()}.json`)).json()).process;
check("page and data have the same ways", (await desk.locator("#edges tbody tr").count()) === json.edges.length);
check("a box for each event, and two for the ends", (await desk.locator(".flow rect").count()) === json.activities.length + (json.closed > 0 ? 2 : 1));
const procedure = desk.url();

await desk.setViewportSize({ width: 360, height: 740 });
await accessible(desk, "process at the width of a phone");
const size = await desk.locator(".flow text").first().evaluate((text) => text.getBoundingClientRect().height);
check("letters of the figure stay readable on a phone", size >= 14, `${size} px`);
await picture(desk, "process-phone");
await desk.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
await accessible(desk, "process in the dark");
await picture(desk, "process-dark");
await desk.emulateMedia({ media: "print", colorScheme: "light" });
check("on paper the figure is not wider than the page", await desk.locator(".flow svg").evaluate((svg) => svg.getBoundingClientRect().width <= document.body.clientWidth));
await desk.emulateMedia({ media: "screen" });
await desk.setViewportSize({ width: 1280, height: 900 });

await desk.goto(procedure);
await desk.click("#edges tbody tr:nth-child(1) a");
await accessible(desk, "the cases behind a way");
check("as many cases as the table said", (await desk.locator("#cases tbody tr").count()) === json.edges[0].cases);
check("each leads to its case", /\/office\/cases\/\d{4}-\d{6}$/.test(await desk.locator("#cases tbody a").first().getAttribute("href")));

const xes = await desk.request.get(`${procedure}.xes`);
const text = await xes.text();
writeFileSync(join(files, "process.xes"), text);
const judged = await run("python3", "tests/interop/xes.py", join(files, "process.xes"));
check("the event log is XES", judged.code === 0, judged.out + judged.err);
check("it names neither cases nor people", !/\d{4}-\d{6}"/.test(text) && !text.includes("officer-") && !text.includes("架空"));

const anybody = await newPage();
await anybody.goto(`${server.url}/aoba/kpi/processes`);
await accessible(anybody, "processes, for everybody");
const few = await anybody.request.get(procedure.replace("/office", ""), { headers: { Accept: "text/html" } });
check("four cases of a procedure are none for everybody", few.status() === 404, String(few.status()));
check("they are not in the list either", (await anybody.locator("#processes tbody tr").count()) === 1);
await anybody.click("#processes tbody a");
await accessible(anybody, "process, for everybody");
check("so few closed cases are not shown", (await anybody.locator("#edges tbody tr").count()) === 0 && (await anybody.locator(".flow").count()) === 0);
const open = (await (await anybody.request.get(`${anybody.url()}.json`)).json()).process;
check("nor in the data, which rounds eight down", open.cases === 0 && open.all_cases === 5, JSON.stringify(open));
const refused = await anybody.request.get(`${procedure}.xes`, { headers: { Accept: "application/json" }, maxRedirects: 0 });
check("the event log is for officers", refused.status() === 401, String(refused.status()));
for (const page of [desk, anybody]) check("no fault in the console", page.faults.length === 0, page.faults.join(" | "));
await finish();
