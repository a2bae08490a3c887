// One move between two towns: first the account that the demo itself gives, then the whole way by hand, as Taro and as officers
// of three offices, in Chromium without scripts. Every kind of page is looked at with axe-core, light and dark, at 320 px, in
// both languages, and weighed. At the end all databases are read for a value that would join two organisations.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { check, finish, inEveryLook, japaneseLabels, musubi, newPage, parseCsv, printed, run, scratch, startDemo } from "./kit.mjs";

const LIMIT_BYTES = 40 * 1024;
const data = join(scratch(), "demo");
const files = scratch();
const began = Date.now();
const demo = await startDemo(data, 200, 25);
const url = (pattern) => pattern.exec(demo.out)?.[1];

// The account: each step with its address, the figures before and after, every log verified, the one changed byte named.
const story = demo.out;
const portal = url(/as a resident: (http:\S+)\/portal\/guide/), [aoba, minato, water] = ["aoba", "minato", "water"].map((id) => url(new RegExp(`once\\): (http:\\S+/${id})/sign-in`)));
const links = Object.fromEntries([...story.matchAll(/once\): (\S+\/(aoba|minato|water)\/sign-in\/\S+)/g)].map((m) => [m[2], m[1]]));
check("the demo tells where to go", portal && aoba && minato && water && Object.keys(links).length === 3, story.slice(-1500));
const steps = story.slice(story.indexOf("3. "), story.indexOf("4. ")).split("\n").filter((line) => / ms {2}/.test(line));
const addresses = story.slice(story.indexOf("3. "), story.indexOf("4. ")).split("\n").filter((line) => /^ {14}http:/.test(line));
check("each step of the move has its address", steps.length >= 20 && addresses.length === steps.length, `${steps.length} steps, ${addresses.length} addresses`);
const figure = (when, town, id) => Number(new RegExp(`Indicators ${when} \\(${town}\\).*?${id} ([\\d.]+)`).exec(story)?.[1]);
for (const town of ["aoba", "minato"]) check(`${town}: more decisions after than before`, figure("after", town, "decisions") > figure("before", town, "decisions"), story);
check("six logs agree", (story.match(/records, all of it agrees/g) || []).length === 6);
check("the one changed byte is named", /1 place does not fit/.test(story) && /The body has been changed/.test(story));
const changed = /in the body of record (\d+)/.exec(story)?.[1], named = /body\s+record (\d+)\b/.exec(story.slice(story.indexOf("5. ")))?.[1];
check("by the number of the record that was changed", changed !== undefined && changed === named, `${changed} ${named}`);
const receiptFile = /musubi filing verify (\S+)/.exec(story)[1];
check("Hanako's receipt holds off line", (await musubi("filing", "verify", receiptFile, "--lang", "en")).code === 0);

// Pages of a resident's own, not data: which of them were looked at is held against the routes that the binary publishes.
const ownPages = Object.entries((await (await fetch(`${portal}/openapi.json`)).json()).paths)
  .filter(([path, item]) => /^\/\{org\}\/my(\/|$)/.test(path) && item.get?.responses[200]?.content?.["text/html"])
  .map(([path]) => ({ path, fits: new RegExp(`^${path.replace(/\{[^}]+\}/g, "[^/]+")}$`), literal: path.replace(/\{[^}]+\}/g, "").length }))
  .sort((a, b) => b.literal - a.literal);
const seen = new Set(), reached = new Set();
async function look(page, name, { english = true, document = false } = {}) {
  seen.add(name);
  const address = page.url();
  reached.add(ownPages.find((one) => one.fits.test(new URL(address).pathname))?.path);
  await inEveryLook(page, name, { document });
  check(`${name}: ${LIMIT_BYTES} bytes at most`, page.bytes <= LIMIT_BYTES, `${page.bytes}`);
  if (!english || document) return;
  const there = await page.context().request.get(address, { headers: { accept: "text/html", "accept-language": "en" } });
  const words = await there.text();
  check(`${name}: answers in English`, there.ok() && words.includes('<html lang="en">'), `${there.status()}`);
  const left = japaneseLabels(words);
  check(`${name}: no Japanese labels on the English page`, left.length === 0, left.slice(0, 4).join(" | "));
}

async function visitor(options = {}) {
  const page = await newPage({ javaScriptEnabled: false, ...options });
  page.on("request", (request) => { if (request.isNavigationRequest()) page.bytes = 0; });
  page.on("requestfinished", async (request) => {
    const sizes = await request.sizes().catch(() => null);
    if (sizes) page.bytes += sizes.responseBodySize;
  });
  page.bytes = 0;
  return page;
}
const main = (page) => page.textContent("main");
const on = (page) => page.locator("main form button").first().click();
const last = (page) => page.locator("main form:not(:has(.plain)) button").last().click();
const now = new Date(began + 9 * 3_600_000);
async function fill(page, fields) {
  for (const [name, value] of Object.entries(fields)) {
    const input = page.locator(`[name="${name}"]`);
    if (/^(radio|checkbox)$/.test((await input.first().getAttribute("type")) || "")) await page.check(`[name="${name}"][value="${value}"]`);
    else await input.fill(value);
  }
}
const today = (name) => ({ [`${name}-year`]: String(now.getUTCFullYear()), [`${name}-month`]: String(now.getUTCMonth() + 1), [`${name}-day`]: String(now.getUTCDate()) });
async function pin(page, digits) {
  await page.click("label:has-text('港 太郎')");
  await page.fill("[name=pin]", digits);
  await page.click("main form:has([name=pin]) button");
}

// The guide: four questions, then the personal list.
const taro = await visitor();
await taro.goto(`${portal}/portal`);
await look(taro, "home");
// Found by a plain word, too: 開栓 stands in no title.
await taro.goto(`${portal}/portal/procedures?q=${encodeURIComponent("開栓")}`);
check("a search by words finds the procedure", (await taro.locator("main li.card").count()) === 1 && (await main(taro)).includes("水道の使用開始"), await main(taro));
await look(taro, "procedures-found");
await taro.goto(`${portal}/portal`);
await taro.click("main a[href$='/guide/moving']");
await on(taro);
check("an unanswered question says so", (await taro.locator(".errors").count()) === 1);
await look(taro, "guide-error", { english: false });
await fill(taro, { from_town: "aoba" });
await on(taro);
await fill(taro, { to_town: "minato" });
await on(taro);
await fill(taro, { "move_date-year": "2026", "move_date-month": "13", "move_date-day": "1" });
await on(taro);
check("a day that does not exist is refused and kept", (await taro.locator(".errors").count()) === 1 && (await taro.inputValue("[name=move_date-month]")) === "13");
await fill(taro, today("move_date"));
await on(taro);
for (const one of ["children", "insurance", "water"]) await taro.check(`[value=${one}]`);
await on(taro);
const list = await main(taro);
check("the list has deadline, recipient, fee, documents and law of each", (await taro.locator("main li.card").count()) === 5 && ["期限", "手数料", "必要なもの", "住民基本台帳法 第24条", "国民健康保険法"].every((w) => list.includes(w)), list);
check("a deadline that has passed says so", list.includes("期限を過ぎています"));
const todo = await taro.locator("main h2:text-is('ほかに必要なこと') + dl").locator("dt, dd").allTextContents();
check("what must be done elsewhere is named, and where", ["電気・ガス・インターネット", "運転免許証の住所", "転校"].every((one) => todo.includes(one)) && ["契約している会社", "警察署", "今の学校"].every((one) => todo.some((text) => text.includes(one))), todo.join(" | "));
await look(taro, "personal-list");

// Sign-in through the card agent; wrong PIN first.
await taro.click("main a[href*='/my/start/moving']");
await look(taro, "sign-in");
await on(taro);
await on(taro);
await look(taro, "agent-pin", { english: false });
await pin(taro, "9999");
check("a wrong PIN is told with the tries left", /あと\s*2/.test(await main(taro)), await main(taro));
await pin(taro, "1234");
await on(taro);
await look(taro, "start");
await on(taro);
const basket = taro.url();
await look(taro, "basket");

// One thing a page: what Aoba told, with time; one thing is contested.
await taro.goto(`${basket}/name`);
check("a fetched answer shows source and time", /港 太郎/.test(await main(taro)) && /青葉町の記録から\s*\d+年/.test(await main(taro)), await main(taro));
await look(taro, "fetched");
await taro.click("main a[href*='/contest?field=']");
await last(taro);
check("a contest without reason is refused", (await taro.locator(".errors").count()) === 1);
await fill(taro, { "applicant_name-given_kana": "タロオ", reason: "カナの読みが違います。" });
await look(taro, "contest", { english: false });
await last(taro);
check("a contested answer says so", /タロオ|異議|訂正/.test(await main(taro)), await main(taro));
// A line of a list, too: what no program at Aoba can enter.
await taro.goto(`${basket}/movers/entries/3`);
const child = { name: await taro.inputValue('[name="name-given"]'), kana: await taro.inputValue('[name="name-given_kana"]') };
await fill(taro, { "name-given_kana": `${child.kana}オ`, reason: "子どもの名のカナが違います。" });
await last(taro);
await taro.goto(`${basket}/new-address`);
await fill(taro, { "new_address-postal_code": "999-2003", "new_address-prefecture": "海山県", "new_address-municipality": "青葉町", "new_address-street": "港南3番5号" });
await last(taro);
check("an address outside the town that takes the notice is refused at its field", /届け先の「みなと町」ではありません/.test(await main(taro)) && (await taro.locator(".errors a[href*='municipality']").count()) === 1, await main(taro));
await fill(taro, { "new_address-postal_code": "", "new_address-prefecture": "", "new_address-municipality": "", "new_address-street": "" });
await last(taro);
await look(taro, "form-errors", { english: false });
await fill(taro, { "new_address-postal_code": "999-2003", "new_address-prefecture": "海山県", "new_address-municipality": "みなと町", "new_address-street": "港南3番5号" });
await last(taro);
await look(taro, "group");

// A file that lies beside a day that does not exist: both are said; a good one stays beside the bad day. Then all as it was.
const lie = join(files, "lie.pdf"), certificate = join(files, "離職証明.pdf");
writeFileSync(lie, "MZ no document");
writeFileSync(certificate, "%PDF-1.4\n%%EOF\n");
await taro.goto(`${basket}/insurance/contest?field=insurance_reason`);
await fill(taro, { insurance_reason: "left", reason: "勤め先をやめました。" });
await last(taro);
await taro.goto(`${basket}/insurance-left`);
const uploaded = async (day, file) => {
  await fill(taro, { ...today("insurance_left_on"), ...day });
  if (file) await taro.setInputFiles("[name=insurance_proof]", file);
  await last(taro);
};
const never = { "insurance_left_on-month": "13" };
await uploaded(never, lie);
check("a bad day and a lying file are told together", (await taro.locator(".errors a[href*='insurance_left_on']").count()) === 1 && (await taro.locator(".errors a[href$='insurance_proof']").count()) === 1, await main(taro));
await look(taro, "file-errors", { english: false });
await uploaded(never, certificate);
check("a good file stays though the day is wrong", (await taro.locator(".errors a").count()) === 1 && /保存したファイル：離職証明\.pdf（15 バイト）/.test(await main(taro)), await main(taro));
await uploaded({});
await taro.goto(`${basket}/insurance-left`);
check("its name stands on its page", /離職証明\.pdf/.test(await main(taro)), await main(taro));
await look(taro, "file-stored", { english: false });
await taro.check("[name=insurance_proof-remove]");
await uploaded({});
await taro.goto(`${basket}/insurance-left`);
check("and is gone once removed", !/離職証明/.test(await main(taro)), await main(taro));
await taro.goto(`${basket}/insurance/contest?field=insurance_reason`);
await taro.click("main form:has([name=restore]) button");

// Resumed on another device, which the first one then hears of.
const other = await visitor({ viewport: { width: 375, height: 812 } });
await other.goto(`${portal}/portal/my`);
await on(other);
await on(other);
await pin(other, "1234");
await on(other);
check("the draft is on the other device", /5件の手続/.test(await main(other)), await main(other));
await look(other, "my-draft");
await other.click("main .cards a");
const pages = { head: { new_head: "me" }, card: { card_use: "yes" }, contact: { phone: "090-0000-4321" }, "children/entries/1": { together: "yes" }, pension: { pension: "national" },
  account: { bank_name: "結銀行", bank_branch: "本店", bank_number: "7654321", bank_holder: "ミナト タロウ" }, "water-start": today("water_start"), water: { water_building: "house", water_payment: "slip" } };
await taro.goto(`${basket}/head`);
for (const [id, fields] of Object.entries(pages)) {
  await other.goto(`${basket}/${id}`);
  if (id === "account") await look(other, "form", {});
  if (id === "children/entries/1") await look(other, "entry", {});
  await fill(other, fields);
  await last(other);
  check(`${id} is accepted`, (await other.locator(".errors").count()) === 0, await main(other));
}
await fill(taro, { new_head: "me" });
await last(taro);
check("a page that was open meanwhile is told that the draft changed", /先に書き換えられました/.test(await main(taro)), await main(taro));

// Check, one signature, receipts.
await taro.goto(`${basket}/check`);
await look(taro, "check");
await taro.click("main form[action$='/sign'] button");
await look(taro, "sign", { english: false });
await on(taro);
check("the agent lists what is signed", /転出届/.test(await main(taro)) && /訂正/.test(await main(taro)), await main(taro));
await look(taro, "agent-sign", { english: false });
await pin(taro, "MUSUBI2026");
await on(taro);
check("seven filings with one signature", /7件/.test(await taro.textContent("h1")), await main(taro));
await look(taro, "done");
const filings = async (good) => {
  for (let i = 0; i < 300; i += 1) {
    const { filings: all } = await (await taro.request.get(`${portal}/portal/my.json`)).json();
    if (good(all)) return all;
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  throw new Error("filings did not get there within 30 s");
};
const arrived = await filings((all) => all.every((one) => one.number));
const corrections = arrived.filter((one) => one.procedure === "correction");
const filed = Object.fromEntries(arrived.map((one) => [one.procedure, one]));
for (const one of Object.values(filed)) {
  const receipt = await (await taro.request.get(`${portal}/portal/my/filings/${one.reference}/receipt`)).text();
  const file = join(files, `${one.procedure}.json`);
  writeFileSync(file, receipt);
  const good = await musubi("filing", "verify", file, "--lang", "en");
  check(`${one.procedure}: the receipt holds off line`, good.code === 0, good.out + good.err);
  const bundle = JSON.parse(receipt).record;
  writeFileSync(join(files, "proof.receipt"), bundle.receipt);
  writeFileSync(join(files, "record.json"), JSON.stringify(bundle));
  check(`${one.procedure}: and the recipient's record`, (await musubi("receipt", "verify", join(files, "proof.receipt"), "--record", join(files, "record.json"))).code === 0);
}
writeFileSync(join(files, "altered.json"), (await (await taro.request.get(`${portal}/portal/my/filings/${filed["move-out"].reference}/receipt`)).text()).replace("港南3番5号", "港南3番6号"));
check("an altered receipt is refused", (await musubi("filing", "verify", join(files, "altered.json"))).code === 1);
await taro.goto(`${portal}/portal/my`);
await look(taro, "my");

// Another resident: by URL nothing of Taro's is there.
for (const path of [`/my/filings/${filed["move-out"].reference}`, `/my/baskets/${basket.split("/").pop()}`, `/my/filings/${filed["move-out"].reference}/receipt`]) {
  const hanako = await visitor();
  await hanako.goto(`${portal}/portal${path}`);
  await on(hanako);
  await on(hanako);
  await hanako.click("label:has-text('結城 花子')");
  await hanako.fill("[name=pin]", "1234");
  await hanako.click("main form:has([name=pin]) button");
  await on(hanako);
  check(`another resident gets nothing at ${path.split("/")[2]}`, !/太郎|タロ|港南/.test(await hanako.content()) && /unknown/.test(await main(hanako)), await main(hanako));
  if (path.includes("baskets")) await look(hanako, "refused", { english: false });
  await hanako.context().close();
}

// The offices.
const officers = {};
for (const id of ["water", "aoba", "minato"]) {
  officers[id] = await visitor();
  await officers[id].goto(links[id]);
  await on(officers[id]);
  check(`${id}: the visitor is signed in`, /\/office$/.test(officers[id].url()), officers[id].url());
}
await look(officers.minato, "office");
await officers.minato.goto(`${minato}/office/cases?view=team`);
await look(officers.minato, "queue");
const home = { water, aoba, minato };
const open = (one) => officers[one.recipient].goto(`${home[one.recipient]}/office/cases/${one.number}`);
const press = async (page, act, fields = {}) => {
  const form = page.locator(`form[action$='/${act}']`);
  const closed = page.locator("details:not([open])", { has: form });
  if (await closed.count()) await closed.locator("summary").first().click();
  for (const [name, value] of Object.entries(fields)) await form.locator(`[name="${name}"]`).fill(value);
  await form.locator("button").first().click();
};
const moveIn = filed["moving-in"], officer = officers.minato;
await open(moveIn);
await look(officer, "case");
check("the case names the source of each answer", (await main(officer)).includes("青葉町 "), (await main(officer)).slice(0, 900));
await press(officer, "claim");
await press(officer, "send-back", { "send-back_comment": "建物の名前と部屋番号を確かめてください。" });
check("sent back to the applicant", /申請者/.test(await main(officer)), await main(officer));
await filings((all) => all.find((one) => one.reference === moveIn.reference).state === "returned");
await taro.goto(`${portal}/portal/my/filings/${moveIn.reference}`);
check("the resident reads what to put right", (await main(taro)).includes("建物の名前と部屋番号"), await main(taro));
await look(taro, "returned");
await taro.click("main form[action$='/amend'] button");
const amending = taro.url();
await taro.goto(`${amending}/new-address`);
await fill(taro, { "new_address-building": "コーポ結 101号室" });
await last(taro);
await taro.goto(`${amending}/check`);
await taro.click("main form[action$='/sign'] button");
await on(taro);
await pin(taro, "MUSUBI2026");
await on(taro);
await filings((all) => all.find((one) => one.reference === moveIn.reference).state !== "returned" && all.find((one) => one.reference === moveIn.reference).state !== "amending");
await open(moveIn);
check("the office has the amended form", (await main(officer)).includes("コーポ結 101号室"), await main(officer));
// As officers see it: the public sees no step of fewer than five records.
const indicator = async (town, id) => (await (await officers[town.split("/").pop()].request.get(`${town}/office/kpi.json`)).json()).indicators.find((one) => one.id === id).value;
const before = { minato: await indicator(minato, "decisions"), aoba: await indicator(aoba, "decisions") };
const grant = async (one) => {
  for (let i = 0; i < 4; i += 1) {
    await open(one);
    const page = officers[one.recipient];
    if (!(await page.locator("form[action$='/judge']").count())) break;
    const radio = page.locator("form[action$='/judge'] input[type=radio][value=grant]");
    if (await radio.count()) await radio.check();
    await press(page, "judge");
  }
};

// Corrections. One name is entered by the decision itself; the household's line waits for an officer, and everybody says so.
check("the case of the move shows what is contested, as told and why", /異議あり/.test(await main(officer)) && /カナの読みが違います/.test(await main(officer)) && /青葉町/.test(await main(officer)), await main(officer));
await taro.goto(`${portal}/portal/my/filings/${moveIn.reference}`);
check("and so does the person's own filing", /正しくないとした理由/.test(await main(taro)) && /カナの読みが違います/.test(await main(taro)), await main(taro));
check("two corrections went to Aoba", corrections.length === 2 && corrections.every((one) => one.recipient === "aoba"), JSON.stringify(corrections));
const clerk = officers.aoba;
await open(corrections[0]);
check("the office sees what was told, what is wanted and what the register says now", /申請のときと同じ/.test(await main(clerk)), await main(clerk));
await look(clerk, "case-correction");
for (const one of corrections) await grant(one);
await clerk.goto(`${aoba}/office`);
check("a decision that waits for an entry is on the officer's start page", /反映を待つ決定：1 件/.test(await main(clerk)), await main(clerk));
await clerk.click("main a[href$='/office/register-work']");
await look(clerk, "register-work");
await clerk.click("#due tbody a");
const byHand = clerk.url().split("/").pop();
const slow = corrections.find((one) => one.number === byHand), quick = corrections.find((one) => one !== slow);
check("one waits, the other does not", Boolean(slow) && Boolean(quick), `${byHand} ${JSON.stringify(corrections)}`);
const told = async (one, words) => {
  for (let i = 0; i < 100; i += 1) {
    await taro.goto(`${portal}/portal/my/filings/${one.reference}`);
    if (words.test(await main(taro))) return true;
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  return false;
};
check("the person reads that the one is entered", await told(quick, /記録に反映されました/), await main(taro));
check("and that the other is not yet", await told(slow, /記録はまだ変わっていません/), await main(taro));
await look(taro, "correction-waits");
await open(slow);
check("the case says it, too", /まだ住民の記載に反映されていません/.test(await main(clerk)), await main(clerk));
await look(clerk, "case-waits");
await clerk.click("main a[href*='/register-work/']");
await look(clerk, "register-due");
await clerk.click("main a:has-text('世帯')");
await clerk.click(`main ul a:has-text('${child.name}')`);
await look(clerk, "entry-of-the-register", { english: false });  // its heading is a name
await clerk.click("main a.button");
await clerk.check("[name=reason][value=correction]");
await clerk.fill('[name="name-given_kana"]', "");
await last(clerk);
check("every fault is said, and what was typed is kept", (await clerk.locator(".errors").count()) === 1 && (await clerk.isChecked("[name=reason][value=correction]")), await main(clerk));
await look(clerk, "entry-errors", { english: false });
await clerk.fill('[name="name-given_kana"]', `${child.kana}オ`);
const second = await clerk.context().newPage();
await second.goto(`${clerk.url()}?case=${byHand}`);
await last(clerk);
check("before and after stand beside each other", (await main(clerk)).includes(child.kana) && (await main(clerk)).includes(`${child.kana}オ`), await main(clerk));
await look(clerk, "entry-check", { english: false });
await clerk.click("main form:has([name=step][value=enter]) button");
check("it is entered", /記載しました/.test(await main(clerk)) && (await main(clerk)).includes(`${child.kana}オ`), await main(clerk));
await second.fill('[name="name-given_kana"]', `${child.kana}ヲ`);
await second.check("[name=reason][value=correction]");
await last(second);
check("a second officer is told what changed meanwhile", /ほかの担当者が変えました/.test(await second.textContent("main")), await second.textContent("main"));
await second.close();
check("the person reads that it is entered", await told(slow, /記録に反映されました/), await main(taro));
await open(slow);
check("and so does the case", /住民の記載に反映されました/.test(await main(clerk)), await main(clerk));

// What is no longer wanted is withdrawn, with a signature; its office closes the case.
const unwanted = filed["water-start"], wanted = Object.values(filed).filter((one) => one !== unwanted);
await taro.goto(`${portal}/portal/my/filings/${unwanted.reference}`);
await taro.click("main a[href$='/withdraw']");
await look(taro, "withdraw");
await last(taro);
check("without a reason nothing is withdrawn", (await taro.locator(".errors").count()) === 1, await main(taro));
await look(taro, "withdraw-errors", { english: false });
await fill(taro, { reason: "入居の日が変わりました。" });
await last(taro);
await on(taro);
await pin(taro, "MUSUBI2026");
await on(taro);
check("back at the filing, which says so", new URL(taro.url()).pathname.endsWith(`/${unwanted.reference}`) && /取下げを送りました|取り下げました/.test(await main(taro)), await main(taro));
await look(taro, "withdrawing");
await filings((all) => all.find((one) => one.reference === unwanted.reference).state === "withdrawn");
await taro.goto(`${portal}/portal/my/filings/${unwanted.reference}`);
await look(taro, "withdrawn");

for (const one of wanted.sort((a, b) => (b.procedure === "moving-in") - (a.procedure === "moving-in"))) await grant(one);
await filings((all) => all.every((one) => one.state === (one.reference === unwanted.reference ? "withdrawn" : "granted")));
await open(moveIn);
await look(officer, "case-decided", { english: false });

// The registers: news of the move-in took the whole household out of Aoba's.
const register = async (town, state) => {
  const page = officers[town.split("/").pop()];
  await page.goto(`${town}/office/residents?state=${state}`);
  await page.fill("[name=q]", "港");
  await page.click(".filters button");
  return (await (await page.request.get(page.url().replace("/residents?", "/residents.json?"))).json()).rows.filter((row) => row.name.startsWith("港 "));
};
let gone = [];
for (let i = 0; i < 300 && gone.length < 3; i += 1) {
  gone = await register(aoba, "moved_out");
  if (gone.length < 3) await new Promise((resolve) => { setTimeout(resolve, 100); });
}
const came = await register(minato, ""), stayed = await register(aoba, "");
check("the household stands as moved out at Aoba", gone.length === 3 && stayed.length === 0, JSON.stringify([gone, stayed]));
check("and at the new home in Minato's register", came.length === 3 && came.every((row) => row.address.includes("コーポ結 101号室")), JSON.stringify(came));

await officers.minato.goto(`${minato}/office/residents/${came.find((row) => row.name === "港 太郎").code}`);
const entry = await main(officers.minato);
check("insurance and allowance stand in Minato's register", /健康保険\s*国民健康保険/.test(entry) && /児童手当\s*受給/.test(entry), entry);

// The notice: the resident's, and what anybody can check.
await taro.goto(`${portal}/portal/my/filings/${moveIn.reference}`);
await look(taro, "filing");
await taro.click("main a[href*='/notices/']:not([href^='http'])");
check("the notice names the new home", (await taro.textContent("main")).includes("コーポ結 101号室"), await taro.textContent("main"));
check("and bears a QR code", (await taro.locator("svg[role=img]").count()) === 1);
await look(taro, "notice", { document: true });
const verify = await taro.locator("a[href*='/notices/']").getAttribute("href");
const anybody = await visitor();
await anybody.goto(verify);
check("anybody can see that it is genuine, and no name", /本物です/.test(await main(anybody)) && !/太郎/.test(await main(anybody)), await main(anybody));
await look(anybody, "genuine");
const code = verify.split("/").pop();
const none = await anybody.goto(verify.replace(code, code.slice(0, -1) + (code.endsWith("a") ? "b" : "a")));
check("a changed code is no notice", none.status() === 404 && !/本物です/.test(await main(anybody)), `${none.status()}`);

// What the offices wrote; where one is signed in.
for (const name of ["messages", "sessions"]) {
  await taro.goto(`${portal}/portal/my/${name}`);
  await look(taro, name);
}

// Who has read what; the proofs.
await taro.goto(`${portal}/portal/my/reads`);
const reads = await main(taro);
check("reads: who, what, for which procedure, by which law", ["青葉町", "氏名", "転出届", "デジタル手続法 第11条"].every((word) => reads.includes(word)) && !reads.includes("person.name"), reads);
await look(taro, "reads");
const proof = await taro.request.get(new URL(await taro.locator("main a[href$='.json'][href*='/reads/']").first().getAttribute("href"), portal).href);
writeFileSync(join(files, "read.json"), await proof.text());
writeFileSync(join(files, "read.receipt"), JSON.parse(await proof.text()).receipt);
check("its proof holds", (await musubi("receipt", "verify", join(files, "read.receipt"), "--record", join(files, "read.json"))).code === 0);
await taro.goto(`${portal}/portal/my/reads?at=aoba`);
check("Aoba's own list says the same", (await taro.locator("#there tbody tr").count()) >= 3, await main(taro));
await look(taro, "reads-there");
await taro.click("main a[href*='/my/baskets/']");
check("a read leads to what it was for", /\/done$/.test(taro.url()), taro.url());

// Figures.
for (const [name, town] of [["minato", minato], ["aoba", aoba]]) check(`${name}: decisions are counted`, (await indicator(town, "decisions")) > before[name]);
for (const [name, page] of [["kpi", `${minato}/kpi`], ["kpi-nation", `${portal}/nation/kpi`]]) {
  await anybody.goto(page);
  await look(anybody, name);
  const shown = (await (await fetch(`${page}.json`)).json()).indicators, table = await (await fetch(`${page}.csv`)).text();
  check(`${name}: page, JSON and CSV agree`, shown.length > 5 && shown.every((one) => table.includes(one.id)), table.slice(0, 300));
}
// What the towns' own work makes compute, here and together; whatever nobody wrote a record of says so.
const inTowns = ["online-use-rate", "fetched-fields-rate", "hours-to-decision-median", "hours-to-decision-p90", "decisions", "exchanges-asked", "exchanges-answered", "online-procedures",
  "availability", "procedures-offered-online", "hours-filing-to-approval-median", "hours-open-p90", "hours-to-first-claim-median", "exchanges-linked", "exchanges-success-rate", "exchange-seconds-p90"];
const elsewhere = ["one-stop-baskets", "one-stop-filings", "delivery-seconds-p90", "card-sign-ins", "cards-put-into-use", "cards-changed"]; // at the portal, at the linker
for (const [name, page] of [["minato", officers.minato], ["aoba", officers.aoba], ["nation", anybody]]) {
  const address = name === "nation" ? `${portal}/nation/kpi.json` : `${name === "minato" ? minato : aoba}/office/kpi.json`;
  const expected = name === "nation" ? [...inTowns, ...elsewhere] : inTowns;
  const figures = async () => (await (await page.request.get(address)).json()).indicators;
  const missing = (all) => expected.filter((id) => all.find((one) => one.id === id)?.value === null);
  let all = await figures();
  // The nation asks each member once a minute: what was done since is on its page after the next answer.
  for (let i = 0; name === "nation" && missing(all).length > 0 && i < 360; i += 1) {
    await new Promise((resolve) => { setTimeout(resolve, 500); });
    all = await figures();
  }
  const computed = all.filter((one) => one.value !== null).map((one) => one.id), silent = all.filter((one) => one.value === null);
  check(`${name}: these compute`, expected.every((id) => computed.includes(id)), expected.filter((id) => !computed.includes(id)).join());
  check(`${name}: the others say that there are no such records`, silent.every((one) => ["no_records", "none_or_few", "suppressed"].includes(one.why)), silent.map((one) => `${one.id} ${one.why}`).join());
}
// The nation's evaluation sheets.
for (const [name, path] of [["sheets", "/sheets"], ["sheet", "/sheets/japan.soumu.31-10"], ["sheet-indicator", "/sheets/japan.soumu.31-10/indicators/2"],
  ["sheet-history", "/sheets/japan.soumu.31-10/history"], ["sheet-programmes", "/sheets/japan.soumu.29-8/programmes"]]) {
  const answer = await anybody.goto(`${portal}/nation${path}`);
  check(`${name} is there`, answer.status() === 200, `${answer.status()}`);
  await look(anybody, name);
}
// On paper no column is cut; tables of many columns lie on their side.
for (const [path, wide] of [["/sheets/organisations", true], ["/sheets/compare", true], ["/sheets/targets", true], ["/sheets/programmes", true],
  ["/plans/japan.basic-plan-2019/summary", true], ["/plans/japan.basic-plan-2019/targets", true], ["/kpi/decisions", false]]) {
  await anybody.goto(`${portal}/nation${path}`);
  await printed(anybody, path, wide);
}
// Local plans of both towns against the nation's, and one indicator of both towns side by side.
for (const [name, path] of [["coverage", "/plans/japan.basic-plan-2019/coverage?show=served"], ["coverage-none", "/plans/japan.basic-plan-2019/coverage?show=unserved"], ["kpi-organisations", "/kpi/decisions/organisations"]]) {
  const answer = await anybody.goto(`${portal}/nation${path}`);
  check(`${name} is there`, answer.status() === 200, `${answer.status()}`);
  await look(anybody, name);
}
const coverage = await (await fetch(`${portal}/nation/plans/japan.basic-plan-2019/coverage.json`)).json();
check("a measure that both towns serve", coverage.measures.find((one) => one.number === "1-13").served_by.map((one) => one.organisation).join() === "aoba,minato", JSON.stringify(coverage.local_plans));
check("what no town serves, and what serves no national measure", coverage.covered + coverage.uncovered === 159 && coverage.covered > 8 && coverage.without_national.length === 2, `${coverage.covered}`);
await anybody.goto(`${portal}/nation/plans/japan.basic-plan-2019/coverage?show=served`);
await anybody.click("#coverage tbody a[href*='/measures/1-2'] >> nth=-1");
check("it leads to the town's own page", anybody.url().startsWith(minato.replace(/\/minato$/, "")) || anybody.url().startsWith(aoba.replace(/\/aoba$/, "")), anybody.url());
await look(anybody, "local-measure");
// Evaluation sheets of both towns beside the nation's, as an analyst walks there: two clicks from the list, the publisher's own page behind each.
const sheets = `${portal}/nation/sheets`;
await anybody.goto(sheets);
await anybody.click("main a[href$='/sheets/organisations']");
await look(anybody, "sheets-organisations");
const published = (await (await fetch(`${sheets}/organisations.json?per_page=200`)).json()).rows;
const of = (organisation) => published.filter((one) => one.organisation === organisation).map((one) => one.sheet);
check("sheets of the nation and of both towns", of("nation").length === 3 && of("aoba").length === 4 && of("minato").join() === "minato.sheet-2026", JSON.stringify(published.map((one) => one.sheet)));
const table = parseCsv(await (await fetch(`${sheets}/organisations.csv`)).text());
check("page, JSON and CSV agree", table.length === published.length && (await anybody.locator("#organisations tbody tr").count()) === table.length);
const judged = published.find((one) => one.sheet === "aoba.sheet-2025"), own = await (await fetch(`${aoba}/sheets.json`)).json();
check("counts and judgement are those of the town's own page", ["reached", "missed", "not_due", "judgement"].every((what) => judged[what] === own.sheets.find((one) => one.id === judged.sheet)[what]), JSON.stringify(judged));
await anybody.selectOption("#organisations select[name=organisation]", "aoba");
await anybody.selectOption("#organisations select[name=fiscal_year]", "2025");
await anybody.click("#organisations .filters button");
check("filtered without scripts", (await anybody.locator("#organisations tbody tr").count()) === 1, anybody.url());
await anybody.click("#organisations tbody a[href$='/sheets/aoba.sheet-2025']");
check("it leads to the town's own page", anybody.url() === `${aoba}/sheets/aoba.sheet-2025`, anybody.url());
await anybody.goto(`${sheets}/across`);
await look(anybody, "sheets-across");
await anybody.click("#across tbody a[href$='/japan.soumu.29-8/indicators/4/across']");
await look(anybody, "sheet-indicator-across");
const compared = (await (await fetch(`${anybody.url()}.json`)).json()).sheets;
check("the nation's indicator beside those of the towns that state it", compared.map((one) => one.organisation).join() === "nation,aoba,minato" && compared.every((one) => one.comparable) && compared.slice(1).every((one) => one.joined_by === "id"), JSON.stringify(compared).slice(0, 600));
for (const [town, base, sheet] of [["aoba", aoba, "aoba.sheet-2026-approval"], ["minato", minato, "minato.sheet-2026"]]) {
  const line = (await (await fetch(`${base}/sheets/${sheet}/indicators/1.json`)).json()).lines[0];
  const told = compared.find((one) => one.organisation === town).values.find((one) => one.fiscal_year === 2026);
  check(`${town}: target and actual are those of its own page`, told.target === line.yearly["2026"].target.number && told.actual === (line.yearly["2026"].actual?.number ?? null), JSON.stringify([told, line.yearly]));
}
await anybody.click("#definitions tbody a[href$='/sheets/minato.sheet-2026']");
check("and leads to their own pages", anybody.url() === `${minato}/sheets/minato.sheet-2026`, anybody.url());
for (const page of [taro, other, anybody, ...Object.values(officers)]) check("no faults in the console", page.faults.length === 0, page.faults.join(" | "));
check("many kinds of pages were looked at", seen.size >= 28, `${seen.size}`);
const unseen = ownPages.map((one) => one.path).filter((path) => !reached.has(path));
check("every page of a resident's own was looked at", ownPages.length >= 14 && unseen.length === 0, `${ownPages.length} ${unseen.join(" ")}`);

// Nothing joins two organisations.
check("clean stop", (await demo.stop()) === 0);
const joins = await run("python3", "journeys/joins.py", data, String(demo.made * 1000));
const joined = JSON.parse(joins.out || "{}");
check("no value outside bodies stands at two organisations", joins.code === 0, joins.out + joins.err);
check("and one that did would be found", joined.joins_by_bodies > 50 && joined.values > 5000, joins.out);
for (const place of ["portal", "aoba", "minato"]) check(`${place}: everything stored fits`, (await musubi("verify", "--data", join(data, place))).code === 0);
await finish();

// `musubi demo` on free ports, until it has told its whole account.
