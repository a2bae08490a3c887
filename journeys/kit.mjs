// What every journey shares: the real binary on a free port with its own data directory, a real Chromium, axe-core,
// and a count of checks. A journey ends with `await finish()`, which prints "N passed, M failed".
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
const binary = process.env.MUSUBI || "build/dev/musubi";
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const running = [];
let passed = 0;
let failed = 0;
let browser = null;

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

// Runs a command of the binary to its end.
export function musubi(...args) {
  return new Promise((resolve) => {
    const child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let err = "";
    child.stdout.on("data", (data) => { out += data; });
    child.stderr.on("data", (data) => { err += data; });
    const timer = setTimeout(() => child.kill("SIGKILL"), 120_000);
    child.on("close", (code) => { clearTimeout(timer); resolve({ code, out, err }); });
  });
}

// Starts a serving command (`demo` or `serve`) on a free port; resolves when it says where it listens.
export function start(...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, [...args, "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "pipe"] });
    const server = { child, out: "", err: "", url: null, stop: () => stop(child) };
    running.push({ end: server.stop });
    const timer = setTimeout(() => reject(new Error(`no address within 120 s\n${server.out}${server.err}`)), 120_000);
    const look = (key) => (data) => {
      server[key] += data;
      const listening = /"event":"http\.listening"[^\n]*?(http:\/\/127\.0\.0\.1:\d+)/.exec(server.err);
      if (listening && !server.url) {
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

function stop(child) {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode);
    child.once("close", (code) => resolve(code));
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), 15_000).unref();
    return undefined;
  });
}

export async function newPage(options = {}) {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
  const context = await browser.newContext({ bypassCSP: true, locale: "ja-JP", viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("console", (message) => { if (message.type() === "error") page.faults.push(message.text()); });
  page.on("request", (request) => {
    if (!request.url().startsWith("http://127.0.0.1:") && !request.url().startsWith("data:")) page.faults.push(`third party: ${request.url()}`);
  });
  return page;
}

// axe-core finds nothing, and nothing sticks out sideways.
export async function accessible(page, what) {
  await page.evaluate(axeSource);
  const result = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }));
  const found = result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join("; ")}`);
  check(`axe: ${what}`, found.length === 0, found.join(" | "));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  check(`no sideways scrolling: ${what}`, wide <= 0, `${wide} px`);
}

// All bytes of a first view, compressed: a citizen's page has 40 kB.
export async function weigh(url) {
  let bytes = 0;
  const seen = new Set();
  const add = async (address) => {
    if (seen.has(address)) return "";
    seen.add(address);
    const answer = await fetch(address, { headers: { "accept-encoding": "gzip", accept: "text/html,*/*" } });
    const body = Buffer.from(await answer.arrayBuffer());
    bytes += answer.headers.get("content-encoding") ? gzipSync(body).length : body.length;
    return body.toString("utf8");
  };
  const html = await add(url);
  for (const match of html.matchAll(/<(?:link rel="stylesheet" href|script src|img src)="([^"]+)"/g)) await add(new URL(match[1], url).href);
  return bytes;
}

export async function finish() {
  for (const item of running.reverse()) {
    try {
      await item.end();
    } catch (error) {
      check("clean end", false, String(error));
    }
  }
  if (browser) await browser.close();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}

process.on("unhandledRejection", async (error) => {
  check("no unexpected error", false, error && error.stack ? error.stack : String(error));
  await finish();
});
