// What every journey shares: the real binary on a free port with its own data directory, a real Chromium, axe-core,
// and a count of checks. A journey ends with `await finish()`, which prints "N passed, M failed".
//   MUSUBI=path of the binary   CHROMIUM=path of the browser   SCREENSHOTS=folder to keep pictures in
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { get } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
const binary = process.env.MUSUBI || "build/dev/musubi";
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const running = [];
let passed = 0;
let failed = 0;
let browser = null;
let ending = false;
const began = Date.now();
// A journey that hangs must not hang the build.
setTimeout(() => { check("ends within 10 minutes", false); finish(); }, 600_000).unref();

export function check(what, good, detail = "") {
  if (good) {
    passed += 1;
  } else {
    failed += 1;
    console.log(`  not ok: ${what}${detail ? ` — ${detail}` : ""}`);
  }
  return Boolean(good);
}

export function scratch() {
  const folder = mkdtempSync(join(tmpdir(), "musubi-journey-"));
  running.push({ end: async () => rmSync(folder, { recursive: true, force: true }) });
  return folder;
}

// Runs a command to its end: of the binary, or any program.
export const musubi = (...args) => run(binary, ...args);

export function run(program, ...args) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let err = "";
    child.stdout.on("data", (data) => { out += data; });
    child.stderr.on("data", (data) => { err += data; });
    const timer = setTimeout(() => child.kill("SIGKILL"), 120_000);
    child.on("close", (code) => { clearTimeout(timer); resolve({ code, out, err }); });
  });
}

// Starts a serving command (`demo` or `serve`) on a free port; resolves when it listens and has told its whole story.
export function start(...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, [...args, "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "pipe"] });
    const server = { child, out: "", err: "", url: null, stop: () => stop(child) };
    running.push({ end: server.stop });
    const timer = setTimeout(() => reject(new Error(`not serving within 120 s\n${server.out}${server.err}`)), 120_000);
    const look = (key) => (data) => {
      server[key] += data;
      const listening = /"event":"http\.listening"[^\n]*?(http:\/\/127\.0\.0\.1:\d+)/.exec(server.err);
      if (listening && !server.url && server.out.includes("Ctrl-C")) {
        server.url = listening[1];
        clearTimeout(timer);
        resolve(server);
      }
    };
    child.stdout.on("data", look("out"));
    child.stderr.on("data", look("err"));
    child.on("close", (code) => reject(new Error(`ended with ${code}\n${server.out}${server.err}`)));
  });
}

// A nation that has published the basic plan, served. The administrator's one-time link is in `link`.
export async function nation(data) {
  const done = async (...args) => {
    const ran = await musubi(...args, "--data", data, "--lang", "en");
    if (ran.code !== 0) throw new Error(`musubi ${args.join(" ")}\n${ran.out}${ran.err}`);
  };
  await done("org", "create", "nation", "--kind", "nation", "--title-ja", "国（デモ）", "--title-en", "Nation (demo)");
  await done("pack", "import", "nation", "packs/japan/basic-plan-2019/plan.json");
  await done("pack", "sign-off", "nation", "japan.basic-plan-2019");
  const server = await start("serve", "--data", data, "--lang", "en");
  server.link = readFileSync(join(data, "nation", "first-sign-in.txt"), "utf8").trim();
  return server;
}

// The demo with its towns and offices, once all of it serves. `made`: when its towns were made; until then it is on the maker's clock.
export function startDemo(data, residents, days) {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, ["demo", "--data", data, "--residents", String(residents), "--days", String(days), "--lang", "en", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "pipe"] });
    const started = { out: "", made: Date.now(), stop: () => stop(child) };
    running.push({ end: started.stop });
    child.stderr.on("data", (text) => { started.out += text; });
    child.stdout.on("data", (text) => {
      if (!started.out.includes("2. Four processes")) started.made = Date.now();
      started.out += text;
      if (started.out.includes("Ctrl-C stops it")) resolve(started);
    });
    child.once("close", (code) => reject(new Error(`the demo ended with ${code}\n${started.out}`)));
  });
}

// The exit code; null where a signal had to end it.
function stop(child) {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve(child.exitCode);
      return;
    }
    child.once("close", (code) => resolve(code));
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), 15_000).unref();
  });
}

export async function newPage(options = {}) {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
  const context = await browser.newContext({ locale: "ja-JP", viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("console", (message) => {
    // The browser reports every answer from 400 on as an error; journeys look at the status themselves.
    if (message.type() === "error" && !/status of (4\d\d|503)/.test(message.text())) page.faults.push(message.text());
  });
  page.on("request", (request) => {
    if (!/^(http:\/\/(127\.0\.0\.1|localhost):|data:)/.test(request.url())) page.faults.push(`third party: ${request.url()}`);
  });
  return page;
}

// Follows a one-time link to the officer's start page.
export async function signIn(page, address) {
  await page.goto(address);
  await page.click("main form button");
  await page.waitForURL(/\/office$/);
  return page;
}

// The administrator of a new organisation, signed in, and how officers are appointed: the answer is their one-time link.
export async function administrator(server, data, organisation) {
  const admin = await signIn(await newPage(), /http:\/\/\S+/.exec(readFileSync(join(data, organisation, "first-sign-in.txt"), "utf8"))[0]);
  const appointed = async (name) => {
    await admin.goto(`${server.url}/${organisation}/office/officers`);
    await admin.fill('[name="name"]', name);
    await admin.click('main form:has([name="name"]) button');
    return new RegExp(`http://\\S+?/${organisation}/sign-in/[\\w-]+`).exec(await admin.textContent("main"))[0];
  };
  return { admin, appointed };
}

// What axe-core finds in the page as it is now; a line each.
export async function violations(page) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axeSource);
  const result = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    resultTypes: ["violations"],
  }));
  return result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join("; ")}`);
}

export const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

// What sticks out, the innermost first: for the message of a check.
export const widest = (page) => page.evaluate(() => {
  const room = document.documentElement.clientWidth;
  return [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > room + 1).reverse().slice(0, 8)
    .map((one) => `${one.tagName.toLowerCase()}.${one.className} ${Math.round(one.getBoundingClientRect().right)} ${one.textContent.trim().slice(0, 40)}`).join(" | ");
});

// axe-core finds nothing, and nothing sticks out sideways.
export async function accessible(page, what) {
  const found = await violations(page);
  check(`axe: ${what}`, found.length === 0, found.join(" | "));
  const wide = await sideways(page);
  check(`no sideways scrolling: ${what}`, wide <= 0, `${wide} px`);
}

let looker = null;

// The same in every look: axe-core in light at 1280 px, in dark and forced colours on a phone, and nothing sticks out at 320 px. The page
// may be without scripts: another one, with scripts, gets the bytes that it shows. `document`: it is on white paper always.
export async function inEveryLook(page, name, { document = false } = {}) {
  looker ??= await newPage({ reducedMotion: "reduce" });
  const html = await page.content();
  await looker.unrouteAll();
  await looker.route("**/*", (route) => (route.request().isNavigationRequest() ? route.fulfill({ body: html, contentType: "text/html; charset=utf-8" }) : route.continue()));
  const judge = async (look) => {
    const found = await violations(looker);
    check(`axe: ${name}, ${look}`, found.length === 0, found.join(" | "));
  };
  await looker.setViewportSize({ width: 1280, height: 900 });
  await looker.emulateMedia({ colorScheme: "light" });
  await looker.goto(page.url());
  await judge("light");
  await picture(looker, name);
  await looker.setViewportSize({ width: 320, height: 640 });
  check(`no sideways scrolling: ${name}`, (await sideways(looker)) <= 0, await widest(looker));
  await looker.setViewportSize({ width: 375, height: 812 });
  if (!document) {
    await looker.emulateMedia({ colorScheme: "dark" });
    await judge("dark");
    await looker.emulateMedia({ colorScheme: "light", forcedColors: "active" });
    await judge("forced colours");
    await looker.emulateMedia({ forcedColors: "none" });
  }
  await picture(looker, `${name}-phone`);
}

// Headings and labels of an English page that still hold Japanese, apart from words that say so (lang, translate).
export const japaneseLabels = (html) =>
  [...html.matchAll(/<(h1|h2|h3|label|legend|button|th|dt)\b[^>]*>(.*?)<\/\1>/gs)]
    .map((m) => m[2].replace(/<[^>]*(lang="ja"|translate="no")[^>]*>.*?<\/[^>]+>/gs, "").replace(/<[^>]+>/g, ""))
    .filter((text) => /[\u3040-\u30ff\u3400-\u9fff]/.test(text));

// On paper: every sheet of the PDF is A4, `wide` says whether some lie on their side, and nothing is wider than the room between the
// margins that the style sheet sets, so that no column is cut. Chromium writes the boxes of pages in plain text.
export async function printed(page, what, wide) {
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
  const boxes = [...pdf.matchAll(/\/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)\s*\]/g)].map((box) => [Number(box[1]), Number(box[2])]);
  const is = (box, width, height) => Math.abs(box[0] - width) < 2 && Math.abs(box[1] - height) < 2;
  check(`A4: ${what}`, boxes.length > 0 && boxes.every((box) => is(box, 595, 842) || is(box, 842, 595)), JSON.stringify(boxes.slice(0, 5)));
  check(`${wide ? "on its side" : "upright"}: ${what}`, boxes.some((box) => is(box, 842, 595)) === wide, JSON.stringify(boxes.slice(0, 5)));
  const before = page.viewportSize();
  const room = Math.floor((wide ? 297 - 2 * 10 : 210 - 2 * 18) * 96 / 25.4);
  await page.emulateMedia({ media: "print" });
  await page.setViewportSize({ width: room, height: 900 });
  check(`no column is cut on paper: ${what}`, (await sideways(page)) <= 0, await widest(page));
  await page.emulateMedia({ media: null });
  await page.setViewportSize(before);
}

// Keeps a picture where SCREENSHOTS names a folder.
export async function picture(page, name) {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

// An answer with the very bytes that went over the wire.
export function fetchRaw(url, headers = {}) {
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, (answer) => {
      const parts = [];
      answer.on("data", (data) => parts.push(data));
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, bytes: Buffer.concat(parts) }));
    }).on("error", reject);
  });
}

// The address and all that its HTML makes a browser fetch, compressed, in bytes of bodies: a citizen's page has 40 kB.
export async function weigh(url) {
  const html = await (await fetch(url, { headers: { accept: "text/html" } })).text();
  const addresses = new Set([url]);
  for (const tag of html.match(/<(?:link|script|img|source|iframe)\b[^>]*>/g) || []) {
    if (/^<link/.test(tag) && !/rel="(?:stylesheet|icon|preload|modulepreload)"/.test(tag)) continue;
    const address = /\b(?:href|src)="([^"]+)"/.exec(tag);
    if (address && !address[1].startsWith("data:")) addresses.add(new URL(address[1], url).href);
  }
  let bytes = 0;
  for (const address of addresses)
    bytes += (await fetchRaw(address, { "accept-encoding": "gzip", accept: "text/html,*/*" })).bytes.length;
  return bytes;
}

// RFC 4180, as objects by heading.
export function parseCsv(text) {
  const rows = [[]];
  let field = "", quoted = false, begun = false;
  const end = () => { rows.at(-1).push(field); field = ""; begun = false; };
  for (let i = text.charCodeAt(0) === 0xfeff ? 1 : 0; i < text.length; i += 1) {
    const c = text[i];
    if (quoted && c === '"' && text[i + 1] === '"') { field += c; i += 1; }
    else if (c === '"' && (quoted || !begun)) { quoted = !quoted; begun = true; }
    else if (quoted) field += c;
    else if (c === ",") end();
    else if (c === "\n") { end(); rows.push([]); }
    else if (c !== "\r") { field += c; begun = true; }
  }
  if (field || rows.at(-1).length) end(); else rows.pop();
  const [heading, ...rest] = rows;
  return rest.map((row) => Object.fromEntries(heading.map((name, i) => [name, row[i]])));
}

// Does `work` on every item, a few at a time, in no order.
export async function each(items, work, width = 6) {
  const queue = [...items];
  await Promise.all(Array.from({ length: width }, async () => {
    while (queue.length) await work(queue.shift());
  }));
}

export async function finish() {
  if (ending) return;
  ending = true;
  if (browser) await browser.close();
  for (const item of running.reverse()) {
    try {
      await item.end();
    } catch (error) {
      check("clean end", false, String(error));
    }
  }
  console.log(`${((Date.now() - began) / 1000).toFixed(1)} s`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}

process.on("unhandledRejection", stumble);
process.on("uncaughtException", stumble);
async function stumble(error) {
  check("no unexpected error", false, error && error.stack ? error.stack : String(error));
  await finish();
}
