// Every public page in every state that can be reached: axe-core, no sideways scrolling down to 320 px (which is 400 % zoom of
// 1280), dark, forced colours, without scripts, strict policy, no third party, byte budget, keyboard, print.
import { join } from "node:path";
import { check, each, finish, nation, newPage, picture, scratch, sideways, violations, weigh } from "./kit.mjs";

const LIMIT_BYTES = 40 * 1024;
const server = await nation(join(scratch(), "data"));
const root = server.url;

// All GET routes of the installation's own description that answer with a page.
const api = await (await fetch(`${root}/openapi.json`)).json();
const known = { org: "nation", plan: "japan.basic-plan-2019", number: "7-3", index: "20", name: "org.unknown",
  event: "moving", procedure: "moving-in", indicator: "online-use-rate", scale: "japan.five-steps", code: "a".repeat(26), handle: "a".repeat(26) };
const patterns = Object.entries(api.paths)
  // A sheet is published by two officers: journeys/hanako.mjs looks at those of the demo.
  .filter(([path, item]) => item.get && item.get["x-access"] === "public" && !path.includes("{sheet}") && !/\.\w+$|\/(metrics|health|checkpoint|keys|consistency|receipt|favicon\.svg|robots\.txt)$|\{(tile|file|token|size)/.test(path))
  .map(([path]) => path.replace(/\{(\w+)\}/g, (whole, name) => known[name] ?? whole));
check("the description names pages", patterns.length >= 12, patterns.join(" "));
const unknown = patterns.filter((path) => path.includes("{"));
check("every page pattern is visited", unknown.length === 0, unknown.join(" "));
const plan = "/nation/plans/japan.basic-plan-2019";
const states = [`${plan}?q=zzzzzz`, `${plan}?q=${encodeURIComponent("引越")}&page=1`, `${plan}?page=4`, `${plan}?status=kpi_not_set&field=mobility`,
  `${plan}?sort=nonsense&page=x`, `${plan}?as_of=2019-07-01`, `${plan}?as_of=nonsense`, `${plan}/measures/99-9`, "/nation/plans/none", "/nowhere",
  "/nation/nowhere", "/nation/log/records/999999", "/nation/log/records/x", "/nation/log?page=2", "/nation/sign-in/used-up", "/nation/office", "/nation/my", "/nation/my/baskets/none", "/nation/procedures?q=zzzzzz",
  "/nation/procedures?q=%E6%B0%B4%E9%81%93", "/nation/procedures/none", "/nation/guide/none", "/nation/kpi/none", "/nation/notices?code=x", "/nation/sheets/organisations?q=zzzzzz", "/nation/sheets/organisations?as_of=2026-01-01"];
const pages = [...new Set(patterns.filter((path) => !path.includes("{")).concat(states))];

// As bytes: policy, markup, weight.
await each(pages, async (path) => {
  const answer = await fetch(root + path, { headers: { accept: "text/html" } });
  const html = await answer.text();
  const policy = answer.headers.get("content-security-policy") || "";
  check(`${path}: strict policy`, policy.includes("default-src 'none'") && !policy.includes("unsafe"), policy);
  check(`${path}: no inline style or script`, !/<[^>]+\s(style|on\w+)=/.test(html) && !/<style|<script(?![^>]*\bsrc=)/.test(html));
  check(`${path}: one heading, a title, a language`, (html.match(/<h1[ >]/g) || []).length === 1 && /<title>[^<]+<\/title>/.test(html) && /<html lang="ja">/.test(html));
  const bytes = await weigh(root + path);
  check(`${path}: ${LIMIT_BYTES} bytes at most`, bytes <= LIMIT_BYTES, `${bytes}`);
});

const looks = [
  ["light 1280", { viewport: { width: 1280, height: 900 } }],
  ["phone 320", { viewport: { width: 320, height: 640 } }],
  ["dark 390", { viewport: { width: 390, height: 844 }, colorScheme: "dark" }],
  ["forced colours", { viewport: { width: 1280, height: 900 }, forcedColors: "active" }],
];
for (const [look, options] of looks)
  for (const language of look.startsWith("light") ? ["ja", "en"] : ["ja"]) {
    const page = await newPage(options);
    for (const path of pages) {
      const joiner = path.includes("?") ? "&" : "?";
      await page.goto(`${root}${path}${joiner}lang=${language}`);
      const found = await violations(page);
      check(`axe: ${look} ${language} ${path}`, found.length === 0, found.join(" | "));
      const wide = await sideways(page);
      check(`no sideways scrolling: ${look} ${language} ${path}`, wide <= 0, `${wide} px`);
    }
    check(`no third party and no faults: ${look} ${language}`, page.faults.every((f) => f.includes("status of 4")), page.faults.join("; "));
    await page.context().close();
  }

// Without scripts everything still works: links, filter form, paging.
const bare = await newPage({ javaScriptEnabled: false });
await bare.goto(root + "/");
await bare.click('main a[href*="/plans/"]');
await bare.fill('#measures input[name="q"]', "防災");
await bare.click("#measures .filters button");
check("filter form without scripts", bare.url().includes("q="), bare.url());
await bare.goto(root + plan);
await bare.click("nav.pages a >> nth=-1");
check("paging without scripts", bare.url().includes("page="), bare.url());
await bare.goto(`${root}/verify`);
check("the verifier says what to do without scripts", (await bare.textContent("main")).includes("musubi receipt verify"));

// Keyboard: the skip link is first and leads to the main part; focus can be seen.
const keys = await newPage();
await keys.goto(root + plan);
await keys.keyboard.press("Tab");
const first = await keys.evaluate(() => ({ href: document.activeElement.getAttribute("href"), outline: getComputedStyle(document.activeElement).outlineStyle,
  shadow: getComputedStyle(document.activeElement).boxShadow }));
check("the first stop is the skip link", first.href?.startsWith("#"), JSON.stringify(first));
await keys.keyboard.press("Enter");
await keys.keyboard.press("Tab");
const focus = await keys.evaluate(() => ({ inside: Boolean(document.activeElement.closest("main")), outline: getComputedStyle(document.activeElement).outlineStyle,
  shadow: getComputedStyle(document.activeElement).boxShadow }));
check("it leads into the main part", focus.inside);
check("focus can be seen", focus.outline !== "none" || focus.shadow !== "none", JSON.stringify(focus));

// Print: navigation is hidden, content stays.
await keys.emulateMedia({ media: "print" });
check("print hides navigation", await keys.evaluate(() => [...document.querySelectorAll("nav")].every((nav) => getComputedStyle(nav).display === "none" || nav.offsetHeight === 0 || nav.closest("main"))));
check("print keeps the table", await keys.locator("#measures table").isVisible());
await keys.emulateMedia({ media: "screen" });
for (const [name, path] of [["start", "/"], ["plan", plan], ["measure", `${plan}/measures/1-13`], ["summary", `${plan}/summary`], ["log", "/nation/log"], ["verify", "/verify"]]) {
  await keys.goto(root + path);
  await picture(keys, name);
}

await finish();
