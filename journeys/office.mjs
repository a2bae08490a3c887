// Every page of the offices, as the officers of the demo reach them by links: with axe-core in light, dark and forced colours, on a
// phone and at 320 px, in both languages, without a mistake in the console. The list of routes that the binary publishes is the oracle:
// a page that no link leads to is a mistake too.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { check, finish, musubi, newPage, picture, scratch, sideways, signIn, start, startDemo, violations, widest } from "./kit.mjs";

const data = join(scratch(), "demo"), drafts = join(scratch(), "data");
const demo = await startDemo(data, 100, 25);
const links = [...new Set([...demo.out.matchAll(/\(once\): (http:\S+\/sign-in\/\S+)/g)].map((m) => m[1]))];
check("the demo gives officers of several organisations", new Set(links.map((l) => new URL(l).pathname.split("/")[1])).size >= 3, links.join(" "));

// And an administrator where a plan and a sheet wait as drafts.
for (const args of [["org", "create", "nation", "--kind", "nation", "--title-ja", "国", "--title-en", "Nation"], ["pack", "import", "nation", "packs/japan/basic-plan-2019/plan.json"],
  ["pack", "import", "nation", "packs/japan/evaluation-fy2018-policy10/sheet.json"]]) {
  const made = await musubi(...args, "--data", drafts, "--lang", "en");
  check(args.slice(0, 2).join(" "), made.code === 0, made.out + made.err);
}
await start("serve", "--data", drafts, "--lang", "en");
links.push(/http:\S+/.exec(readFileSync(join(drafts, "nation", "first-sign-in.txt"), "utf8"))[0]);

// Pages, not data, that want an officer: the route's pattern by a test for an address.
const origin = new URL(links[0]).origin;
const api = await (await fetch(`${origin}/openapi.json`)).json();
const routes = Object.entries(api.paths).filter(([path, item]) => path.startsWith("/{org}/office") && item.get?.responses[200].content["text/html"])
  .map(([path]) => ({ path, fits: new RegExp(`^${path.replace(/[.]/g, "\\.").replace(/\{[^}]+\}/g, "[^/]+")}$`), literal: path.replace(/\{[^}]+\}/g, "").length }))
  .sort((a, b) => b.literal - a.literal);
const route = (address) => routes.find((r) => r.fits.test(new URL(address).pathname))?.path;

const seen = new Map();
const looks = [["light", { colorScheme: "light", forcedColors: "none" }, 1280], ["forced colours", { colorScheme: "light", forcedColors: "active" }, 1280], ["dark, phone", { colorScheme: "dark", forcedColors: "none" }, 375]];

async function look(page, path, address) {
  for (const [name, media, width] of looks) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ reducedMotion: "reduce", ...media });
    const found = await violations(page);
    check(`axe: ${path}, ${name}`, found.length === 0, `${address}: ${found.join(" | ")}`);
  }
  await page.setViewportSize({ width: 320, height: 640 });
  check(`no sideways scrolling: ${path}`, (await sideways(page)) <= 0, `${address}: ${await widest(page)}`);
  await picture(page, `office${path.replace(/^\/\{org\}\/office/, "").replace(/[^a-z-]+/g, "_")}`);
  if (path.includes("/notices/")) return;  // a notice has the words that it was served with
  const words = await (await page.context().request.get(address, { headers: { accept: "text/html", "accept-language": "en" } })).text();
  check(`in English: ${path}`, words.includes('<html lang="en">'), address);
}

for (const link of links) {
  const page = await signIn(await newPage(), link);
  const base = `${new URL(link).origin}/${new URL(link).pathname.split("/")[1]}/office`;
  const queue = [base, `${base}/residents`], known = new Set(queue), followed = new Map();
  for (let asked = 0; queue.length && asked < 250; asked += 1) {
    const address = queue.shift(), path = route(address);
    if (!path || followed.get(path) >= 2) continue;
    followed.set(path, (followed.get(path) ?? 0) + 1);
    const answer = await page.goto(address);
    if (answer.status() === 403) continue;  // another officer's
    check(`${path} answers`, answer.status() === 200, `${address}: ${answer.status()}`);
    if (!(answer.headers()["content-type"] ?? "").startsWith("text/html")) continue;
    for (const href of await page.$$eval("a[href]", (all) => all.map((a) => a.href.replace(/#.*/, "")))) {
      const plain = href.replace(/\?.*/, "");
      if (!plain.startsWith(base) || known.has(plain) || !route(plain) || /\.(csv|json|xes|xlsx)$/.test(plain)) continue;
      known.add(plain);
      queue.push(href);
    }
    if (seen.get(path) >= (path.includes("{") ? 1 : 2)) continue;
    seen.set(path, (seen.get(path) ?? 0) + 1);
    await look(page, path, address);
  }
  check("nothing wrong in the console", page.faults.length === 0, page.faults.join(" | "));
}

// Behind a search, a duty or a card: hanako.mjs and card_sign_in.mjs look at those.
const elsewhere = /\/office\/(residents\/|register-work|cards)/;
const missing = routes.map((r) => r.path).filter((path) => !seen.has(path) && !elsewhere.test(path));
check("every page of the offices was reached by links", missing.length === 0, missing.join(" "));
await finish();
