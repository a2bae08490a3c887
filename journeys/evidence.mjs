// The auditor: receipts that hold without a server, a verifier that runs in the browser alone, and a database in which one
// byte was changed.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accessible, check, finish, musubi, newPage, parseCsv, run, scratch, nation } from "./kit.mjs";

// RFC 9162 2.1.4.2, sizes and roots (base64) of two checkpoints and the proof between them.
function consistent(from, to, fromRoot, toRoot, proof) {
  const node = (left, right) => createHash("sha256").update(Buffer.concat([Buffer.from([1]), left, right])).digest();
  const path = proof.map((one) => Buffer.from(one, "base64"));
  if (Number.isInteger(Math.log2(from))) path.unshift(Buffer.from(fromRoot, "base64"));
  let fn = from - 1, sn = to - 1;
  while (fn % 2) { fn = Math.floor(fn / 2); sn = Math.floor(sn / 2); }
  let [fr] = path, sr = fr;
  for (const one of path.slice(1)) {
    if (sn === 0) return false;
    if (fn % 2 || fn === sn) {
      fr = node(one, fr);
      sr = node(one, sr);
      while (fn % 2 === 0 && fn !== 0) { fn = Math.floor(fn / 2); sn = Math.floor(sn / 2); }
    } else {
      sr = node(sr, one);
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 && fr?.toString("base64") === fromRoot && sr?.toString("base64") === toRoot;
}

const data = join(scratch(), "data");
const files = scratch();
const server = await nation(data);
const root = server.url;
const text = async (path) => (await fetch(root + path)).text();
const page = await newPage();

// The log, as a person and as a program sees it.
await page.goto(`${root}/nation/log`);
await accessible(page, "log");
const note = await text("/nation/log/checkpoint");
const [origin, size, rootHash] = note.split("\n");
check("the log page shows the signed root", (await page.textContent("main")).includes(rootHash));
check("and its name", (await page.textContent("main")).includes(origin));
await page.click("#records tbody tr:nth-child(4) a");  // below the link that serve made, which only officers see
await accessible(page, "record");
check("a record shows its head", /"type": "kpi\.|"type": "evidence\./.test(await page.textContent("main")));

// Receipt and bundle of one measure's entry.
const measure = await (await fetch(`${root}/nation/plans/japan.basic-plan-2019/measures/1-13.json`)).json();
const receipt = await text(measure.links.receipt);
const bundle = await text(`${measure.links.record}.json`);
const key = (await text("/nation/log/keys")).trim();
const save = (name, content) => {
  writeFileSync(join(files, name), content);
  return join(files, name);
};

const good = await musubi("receipt", "verify", save("good.receipt", receipt), "--key", key, "--lang", "en");
check("musubi receipt verify accepts it", good.code === 0 && good.out.includes(origin), good.out + good.err);
const withRecord = await musubi("receipt", "verify", join(files, "good.receipt"), "--record", save("bundle.json", bundle), "--key", key);
check("with its record", withRecord.code === 0, withRecord.out + withRecord.err);
const bundled = await musubi("receipt", "verify", join(files, "good.receipt"), "--record", join(files, "bundle.json"));
check("with the keys in the bundle", bundled.code === 0, bundled.out + bundled.err);
const altered = receipt.replace(/^index (\d+)$/m, (_, n) => `index ${Number(n) + 1}`);
check("an altered receipt is refused", (await musubi("receipt", "verify", save("bad.receipt", altered), "--key", key)).code === 1);
const body = JSON.parse(bundle);
body.body = body.body.replace("引越", "引退");
const forged = await musubi("receipt", "verify", join(files, "good.receipt"), "--record", save("forged.json", JSON.stringify(body)), "--key", key);
check("a forged body is refused", forged.code === 1, forged.out);
const other = key.replace(/[0-9a-f]{8}\+/, "00000000+");
check("a wrong key is refused", (await musubi("receipt", "verify", join(files, "good.receipt"), "--key", other)).code !== 0);

// Verification of all that is stored, beside the server and against it.
const clean = await musubi("verify", "nation", "--data", data, "--online", root, "--lang", "en");
check("musubi verify finds everything in place, also from outside", clean.code === 0 && clean.out.includes("everything fits"), clean.out + clean.err);
check("it counted every record", clean.out.includes(`size ${size}`), clean.out);

// An act is answered with its receipt, which holds without any server.
const act = await fetch(server.link, { method: "POST", redirect: "manual", headers: { "content-type": "application/x-www-form-urlencoded" } });
const acted = /^:(.+):$/.exec(act.headers.get("musubi-receipt") ?? "");
check("the answer to an act carries a receipt", act.status === 303 && acted, `${act.status}`);
const told = await musubi("receipt", "verify", save("act.receipt", Buffer.from(acted[1], "base64").toString()), "--key", save("act.keys", await (await fetch(`${server.url}/nation/log/keys`)).text()), "--lang", "en");
check("which verifies off line", told.code === 0 && told.out.includes(act.headers.get("musubi-records")), told.out + told.err);

// Two checkpoints held against each other (RFC 9162 2.1.4.2), by nothing but hashes; and the list as data.
const [, later, laterRoot] = (await text("/nation/log/checkpoint")).split("\n");
const consistency = await (await fetch(`${root}/nation/log/consistency?from=${size}&to=${later}`)).json();
check("the log grew, and its proof is served", Number(later) > Number(size) && consistency.proof.length > 0, JSON.stringify(consistency));
check("the earlier checkpoint is a prefix of the later one", consistent(Number(size), Number(later), rootHash, laterRoot, consistency.proof));
check("and no other root would be", !consistent(Number(size), Number(later), laterRoot, laterRoot, consistency.proof));
const wrongRange = await fetch(`${root}/nation/log/consistency?from=x`);
check("a range that cannot be read is refused in both its parts", wrongRange.status === 422 && (await wrongRange.json()).errors.length === 2);
const list = await (await fetch(`${root}/nation/log.json?per_page=5`)).json();
const csv = parseCsv(await text("/nation/log.csv?per_page=5"));
check("log.json lists the newest records", list.total === Number(later) && list.rows[0].index === String(Number(later) - 1), JSON.stringify(list.rows[0]));
check("log.csv lists the same", csv.length === 5 && csv.every((row, i) => row.index === list.rows[i].index && row.type === (list.rows[i].type ?? "")), JSON.stringify(csv[0]));

// The stamp of a checkpoint as it is served, judged by OpenSSL alone. The newest is stamped a minute after it was kept, at most.
let newest = null;
for (let tries = 0; tries < 90 && !newest; ++tries) {
  const answer = await fetch(`${root}/nation/log/stamps/newest.json`);
  newest = answer.ok ? await answer.json() : await new Promise((resolve) => setTimeout(resolve, 1000, null));
}
const served = async (path, name) => {
  writeFileSync(join(files, name), Buffer.from(await (await fetch(root + path)).arrayBuffer()));
  return join(files, name);
};
const stamped = await served(newest.note, "stamped.note"), stamp = await served(newest.stamp, "stamped.tsr"), authority = await served(newest.certificates, "tsa.pem");
const judged = (note) => run("openssl", "ts", "-verify", "-data", note, "-in", stamp, "-CAfile", authority, "-untrusted", authority);
const sound = await judged(stamped);
check("openssl verifies the stamp of a checkpoint", sound.code === 0 && /OK/.test(sound.out + sound.err), sound.out + sound.err);
check("which is of this log", (await text(newest.note)).startsWith(`${origin}\n${newest.size}\n`));
const another = await judged(save("another.note", (await text(newest.note)).replace(`\n${newest.size}\n`, `\n${newest.size}1\n`)));
check("and of no other checkpoint", another.code !== 0, another.out + another.err);

// The page that needs no server: loaded once, then the server is gone.
const verifier = async (language) => {
  const tab = await newPage();
  await tab.goto(`${root}/verify?lang=${language}`);
  await accessible(tab, `verifier ${language}`);
  return tab;
};
const tabs = { ja: await verifier("ja"), en: await verifier("en") };
check("clean stop", (await server.stop()) === 0);
const words = {
  ja: { good: "確かめられました", bad: "確かめられません", body: "本文が確約と一致しません", signature: "署名が正しくありません", inclusion: "含まれていません" },
  en: { good: "Verified", bad: "Not verified", body: "does not belong to its commitment", signature: "signature of the checkpoint is wrong", inclusion: "not in the signed log" },
};
for (const [language, tab] of Object.entries(tabs)) {
  const say = words[language];
  const verdict = async (content, keys) => {
    await tab.fill("#text", content);
    await tab.fill("#key", keys);
    await tab.evaluate(() => document.getElementById("verdict").replaceChildren());
    await tab.click("#verifier button");
    await tab.waitForSelector("#verdict section");
    return tab.textContent("#verdict");
  };
  check(`${language}: receipt accepted`, (await verdict(receipt, key)).includes(say.good));
  check(`${language}: bundle accepted`, (await verdict(bundle, key)).includes(say.good));
  const wrong = await verdict(JSON.stringify(body), key);
  check(`${language}: forged body refused and named`, wrong.includes(say.bad) && wrong.includes(say.body), wrong);
  const moved = await verdict(altered, key);
  check(`${language}: moved index refused and named`, moved.includes(say.bad) && moved.includes(say.inclusion), moved);
  const resigned = await verdict(receipt.replace(`\n${size}\n`, `\n${Number(size) + 1}\n`), key);
  check(`${language}: altered checkpoint refused and named`, resigned.includes(say.bad) && resigned.includes(say.signature), resigned);
  check(`${language}: nonsense refused`, (await verdict("hello", key)).includes(say.bad));
  check(`${language}: no faults in the page`, tab.faults.length === 0, tab.faults.join("; "));
}

// One byte of one body changed by somebody who has the file.
const copy = join(scratch(), "copy");
mkdirSync(join(copy, "nation", "keys"), { recursive: true, mode: 0o700 });
for (const name of readdirSync(join(data, "nation", "keys"))) copyFileSync(join(data, "nation", "keys", name), join(copy, "nation", "keys", name));
await musubi("backup", "nation", join(copy, "nation", "musubi.db"), "--data", data);
const index = JSON.parse(bundle).index;
const changed = await run("sqlite3", join(copy, "nation", "musubi.db"),
  `UPDATE evidence_body SET body = CAST(replace(CAST(body AS TEXT), '引越', '引退') AS BLOB) WHERE idx = ${index}`);
check("the copy was changed", changed.code === 0, changed.err);
const broken = await musubi("verify", "nation", "--data", copy, "--lang", "en");
check("musubi verify names the record", broken.code === 1 && broken.out.includes(`record ${index} (kpi.measure_entered`), broken.out + broken.err);
const japanese = await musubi("verify", "nation", "--data", copy, "--lang", "ja");
check("in Japanese too", japanese.out.includes("本文が書き換えられています"), japanese.out);
check("the original still fits", (await musubi("verify", "nation", "--data", data)).code === 0);
check("the checkpoint kept from before still holds", (await musubi("verify", "nation", "--data", data, "--checkpoint", save("kept.note", note))).code === 0);

await finish();
