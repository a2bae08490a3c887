// Officers post by plain HTTP while `musubi serve` is killed (SIGKILL) again and again: what was answered with a receipt stands, once,
// and the receipt proves it off line. SEED=N replays when the kills come.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { check, each, finish, musubi, scratch, start } from "./kit.mjs";

const kills = 6;
const posters = 6;
const data = join(scratch(), "data");
const files = scratch();
const seed = Number(process.env.SEED || Math.floor(Math.random() * 2 ** 31));
console.log(`  seed ${seed}`);
let state = seed;
const random = (below) => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};
const save = (name, content) => {
  writeFileSync(join(files, name), content);
  return join(files, name);
};

const made = await musubi("org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town", "--data", data, "--lang", "en");
check("an organisation is made", made.code === 0, made.out + made.err);
const serve = () => start("serve", "--data", data, "--lang", "en");
let server = await serve();
const signedIn = await fetch(readFileSync(join(data, "aoba", "first-sign-in.txt"), "utf8").trim(), { method: "POST", redirect: "manual" });
const cookie = /musubi_aoba=[^;]+/.exec(signedIn.headers.get("set-cookie") ?? "")?.[0];
check("the administrator signs in", signedIn.status === 303 && cookie, `${signedIn.status}`);
const get = async (path) => (await fetch(server.url + path, { headers: { cookie } })).text();

const acknowledged = [];  // {name, index, receipt}, in the order of their answers
let dead = false;

// One officer's browser: appoints until the server is gone.
async function post(round, poster, csrf, answered) {
  for (let n = 0; !dead; n += 1) {
    const name = `架空 ${round}-${poster}-${n}`;
    let answer;
    try {
      answer = await fetch(`${server.url}/aoba/office/officers`, {
        method: "POST", redirect: "manual", headers: { cookie, "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ csrf, name, role: "officer" }),
      });
    } catch {
      if (!dead) check("the server answers while it lives", false, name);
      return;
    }
    const receipt = /^:(.+):$/.exec(answer.headers.get("musubi-receipt") ?? "");
    if (!check("each appointment is answered with its receipt", answer.status === 201 && receipt, `${name}: ${answer.status}`)) return;
    answered({ name, records: answer.headers.get("musubi-records"), receipt: Buffer.from(receipt[1], "base64").toString() });
    await answer.text().catch(() => {});
  }
}

async function officers() {
  const names = [];
  for (let page = 1; ; page += 1) {
    const table = JSON.parse(await get(`/aoba/office/officers.json?per_page=200&page=${page}`));
    names.push(...table.rows.map((row) => row.name_text ?? row.name));
    if (names.length >= table.total || !table.rows.length) return names;
  }
}

for (let round = 0; round < kills; round += 1) {
  const csrf = /name="csrf" value="([^"]+)"/.exec(await get("/aoba/office/officers"))[1];
  const after = 1 + random(30);
  const before = acknowledged.length;
  const gone = new Promise((resolve) => { server.child.once("close", (_, signal) => resolve(signal)); });
  dead = false;
  await Promise.all(Array.from({ length: posters }, (_, poster) => post(round, poster, csrf, (one) => {
    acknowledged.push(one);
    if (!dead && acknowledged.length - before >= after) {
      dead = true;
      server.child.kill("SIGKILL");
    }
  })));
  check(`kill ${round}: it was killed`, (await gone) === "SIGKILL");
  server = await serve();
  const names = await officers();
  const counted = new Map();
  for (const name of names) counted.set(name, (counted.get(name) ?? 0) + 1);
  const lost = acknowledged.filter((one) => !counted.has(one.name)).map((one) => one.name);
  check(`kill ${round}: nothing that was answered is lost`, lost.length === 0, lost.join(", "));
  const twice = [...counted].filter(([name, count]) => count > 1 && name.startsWith("架空 ")).map(([name]) => name);
  check(`kill ${round}: nothing stands twice`, twice.length === 0, twice.join(", "));
  const told = acknowledged.at(-1).receipt;
  const note = save(`${round}.note`, told.slice(told.indexOf("\n\n") + 2));
  const clean = await musubi("verify", "aoba", "--data", data, "--checkpoint", note, "--online", server.url, "--lang", "en");
  check(`kill ${round}: musubi verify finds everything in place, with the last checkpoint that was given`,
    clean.code === 0 && clean.out.includes("everything fits"), clean.out + clean.err);
}

const keys = save("keys", await get("/aoba/log/keys"));
check("enough was answered", acknowledged.length >= kills, `${acknowledged.length}`);
console.log(`  ${acknowledged.length} receipts`);
check("clean stop", (await server.stop()) === 0);
const places = new Set();
await each(acknowledged, async (one) => {
  const index = /^index (\d+)$/m.exec(one.receipt)[1];
  places.add(index);
  const told = await musubi("receipt", "verify", save(`${index}.receipt`, one.receipt), "--key", keys, "--lang", "en");
  check(`${one.name}: its receipt verifies off line`, told.code === 0 && told.out.includes(`record ${index},`), told.out + told.err);
  check(`${one.name}: it is of what was appended`, one.records.split(/[-, ]+/).at(-1) === index, `${one.records} ${index}`);
});
check("each receipt is of a record of its own", places.size === acknowledged.length, `${places.size}`);
const clean = await musubi("verify", "aoba", "--data", data, "--lang", "en");
check("everything fits", clean.code === 0, clean.out + clean.err);

await finish();
