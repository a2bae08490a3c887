// The officers: a case from the desk to the chief and the director, by forms alone; what a second officer is told; the
// notice that goes out, on screen, on paper, and as anybody verifies it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accessible, check, finish, musubi, newPage, picture, printed, run, scratch, start } from "./kit.mjs";

const data = join(scratch(), "data");
const files = scratch();
const pictures = process.env.SCREENSHOTS;
await musubi("org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town", "--data", data, "--lang", "en");
const seeder = (process.env.MUSUBI || "build/dev/musubi").replace(/musubi$/, "case_seeder");
const seeded = await run(seeder, data, "aoba");
check("cases are there", seeded.code === 0, seeded.err);
const links = JSON.parse(seeded.out);
const server = await start("serve", "--data", data, "--lang", "en");
const root = server.url;
const queue = `${root}/aoba/office/cases`;

const signIn = async (post, options) => {
  const page = await newPage(options);
  await page.goto(`${root}/aoba/sign-in/${links[post]}`);
  await page.click("main form button");
  await page.waitForURL(/\/office$/);
  return page;
};
const main = (page) => page.textContent("main");

// The queue.
const desk = await signIn("desk");
await desk.goto(queue);
await accessible(desk, "queue, nothing claimed yet");
await desk.goto(`${queue}?view=team`);
await accessible(desk, "queue of the team");
await picture(desk, "queue");
check("the team's cases are there, without names", (await desk.locator("#cases tbody tr").count()) === 6 && !(await main(desk)).includes("架空 花子"));
check("what is late says so", (await desk.locator("#cases tbody .tag-warning", { hasText: "期限超過" }).count()) > 0);
await desk.goto(`${queue}?view=open`);
await desk.fill("[name=q]", "花子");
await desk.click(".filters button");
await desk.waitForURL(/find=/);
check("a search finds the applicant, and no name stands in the address",
  (await main(desk)).includes("架空 花子") && !decodeURIComponent(desk.url()).includes("花子") && desk.url().includes("view=open"), desk.url());
await accessible(desk, "search");
await picture(desk, "search");
const json = await (await desk.request.get(`${queue}.json?view=team`)).json();
const csv = await (await desk.request.get(`${queue}.csv?view=team`)).text();
const all = [];
for (const view of ["open", "closed"]) all.push(...(await (await desk.request.get(`${queue}.json?view=${view}`)).json()).rows.map((row) => row.id));
const numbers = all.map((one) => Number(one.split("-").pop())).sort((a, b) => a - b);
check("register numbers have no gaps", numbers.length === links.cases && numbers.every((one, at) => one === at + 1), numbers.join(" "));
const enclosed = [];
for (const one of all) {
  const file = await desk.request.get(`${queue}/${one}/files/1`);
  if (file.ok()) enclosed.push(file.headers()["content-type"]);
}
check("one case holds a file, and gives it out", enclosed.join() === "image/png", enclosed.join());
check("page, JSON and CSV say the same", json.rows.length === 6 && csv.trim().split("\n").length === 7, csv);

const mine = await (await desk.request.get(`${queue}.json?view=mine`)).json();
check("mine is what I sent back", mine.rows.length === 1 && mine.rows[0].state === "returned", JSON.stringify(mine.rows));

// Claiming several at once.
await desk.goto(`${queue}?view=unclaimed`);
await desk.click("summary");
const boxes = desk.locator("input[name=case]");
await boxes.nth(0).check();
await boxes.nth(1).check();
await desk.click("form:has([name=case]) button");
await desk.waitForURL(/claimed=2/);
check("two are claimed", (await main(desk)).includes("2件を引き受けました") && (await desk.locator("#cases tbody tr").count()) === 3, await main(desk));
await picture(desk, "claimed");

// One case, at the desk.
await desk.click("#cases tbody a");
const id = /cases\/([\d-]+)$/.exec(desk.url())[1];
await accessible(desk, "case at the desk");
await picture(desk, "case");
check("the case shows its form with sources", (await desk.locator("#form").textContent()).includes("minato"));
const stale = await desk.context().newPage();
await stale.goto(`${queue}/${id}`);
check("no judgement is chosen beforehand", (await desk.locator("[name=judgement]:checked").count()) === 0);
await desk.fill("[name=judge_comment]", "書類はそろっています");
await desk.click("form[action$='/judge'] button");
await desk.waitForURL(/\/judge$/);
check("nothing chosen is told, and nothing is lost", (await main(desk)).includes("どちらかを選んでください") && (await desk.inputValue("[name=judge_comment]")) === "書類はそろっています");
await desk.check("[name=judgement][value=grant]");
await desk.click("form[action$='/judge'] button");
await desk.waitForURL(new RegExp(`/cases/${id}$`));
check("the next step is the chief's", (await main(desk)).includes("住民係長"));
await stale.check("[name=judgement][value=grant]");
await stale.fill("[name=judge_comment]", "二度目の判断");
await stale.click("form[action$='/judge'] button");
check("a second act is told what happened meanwhile", /ほかの操作で変わりました/.test(await main(stale)) && (await main(stale)).includes("次へ進める"), await main(stale));
await accessible(stale, "changed meanwhile");
await picture(stale, "meanwhile");

// The chief returns it, the desk passes it on again, the chief agrees.
const chief = await signIn("chief");
await chief.goto(`${queue}/${id}`);
await chief.click("summary:has-text('前の段階へ差し戻す')");
await chief.selectOption("[name=step]", "check");
await chief.fill("[name=return_comment]", "続柄を確かめてください");
await chief.click("form[action$='/return'] button");
await desk.goto(`${queue}/${id}`);
check("it came back to who had it", (await main(desk)).includes("続柄を確かめてください") && (await desk.locator("form[action$='/judge']").count()) === 1);
await desk.check("[name=judgement][value=grant]");
await desk.click("form[action$='/judge'] button");
await desk.waitForURL(new RegExp(`/cases/${id}$`));
await chief.goto(`${queue}/${id}`);
await chief.check("[name=judgement][value=grant]");
await chief.click("form[action$='/judge'] button");
await chief.waitForURL(new RegExp(`/cases/${id}$`));
check("who is not at the post cannot act", (await chief.locator("form[action$='/judge']").count()) === 0);

// The director decides: by keyboard, on a phone.
const director = await signIn("director", { viewport: { width: 390, height: 844 } });
await director.goto(`${queue}?view=team`);
await accessible(director, "queue on a phone");
await picture(director, "queue-phone");
await director.goto(`${queue}/${id}`);
await accessible(director, "case on a phone");
await picture(director, "case-phone");
check("no decision is chosen beforehand", (await director.locator("[name=judgement]:checked").count()) === 0);
await director.focus("#field-judgement-1");
await director.keyboard.press("Space");
await director.keyboard.press("Tab");
await director.keyboard.type("記録のとおり決定します");
await director.keyboard.press("Tab");
await Promise.all([director.waitForNavigation(), director.keyboard.press("Enter")]);
check("the case is granted", (await main(director)).includes("認めた"), await main(director));
await accessible(director, "granted case");
check("the history names each act with its hours", (await director.locator("#history tbody tr").count()) >= 8);

// The notice.
const address = await director.locator(`a[href*='/${id}/notices/']`).getAttribute("href");
const notice = await director.context().newPage();
await notice.setViewportSize({ width: 1000, height: 1200 });
const answer = await notice.goto(root + address);
await accessible(notice, "notice");
await picture(notice, "notice");
check("the notice is in its own style", await notice.evaluate(() => getComputedStyle(document.querySelector("header")).display === "flex"));
check("and bears its QR code", (await notice.locator("svg[role=img] path").count()) === 2);
await printed(notice, "a notice", false);
if (pictures) await notice.pdf({ path: join(pictures, "notice.pdf"), preferCSSPageSize: true });
const bytes = await answer.text();
const file = join(files, "notice.html");
writeFileSync(file, bytes);
const code = address.split("/").pop();

// Anybody verifies it.
const anybody = await newPage();
await anybody.goto(`${root}/aoba/notices`);
await accessible(anybody, "code of a notice");
await anybody.fill("[name=code]", code.toUpperCase().replace(/(.{4})/g, "$1 "));
await anybody.click("main form button");
await anybody.waitForURL(new RegExp(code));
await accessible(anybody, "genuine notice");
await picture(anybody, "verify");
const told = await main(anybody);
check("it is genuine, and nothing personal is told", told.includes("本物です") && !/架空|仮名|見本|例示|想定|試験|模擬/.test(told), told);
await anybody.setInputFiles("[name=file]", file);
await anybody.click("main form button");
check("the holder's file is the signed one", (await main(anybody)).includes("同じものです"));
await accessible(anybody, "compared");
writeFileSync(file, bytes.replace("様", "殿"));
await anybody.setInputFiles("[name=file]", file);
await anybody.click("main form button");
check("an altered file is not", (await main(anybody)).includes("違うものです"));
await anybody.goto(`${root}/aoba/notices/${"a".repeat(26)}`);
check("an unknown code is told", (await main(anybody)).includes("この番号の通知はありません"));
await accessible(anybody, "unknown notice");
for (const name of ["notice.jws", "notice.tsr"])
  writeFileSync(join(files, name), Buffer.from(await (await fetch(`${root}/aoba/notices/${code}${name.slice(6)}`)).arrayBuffer()));
writeFileSync(join(files, "tsa.pem"), await (await fetch(`${root}/aoba/log/tsa.pem`)).text());
const judged = await run("openssl", "ts", "-verify", "-data", join(files, "notice.jws"), "-in", join(files, "notice.tsr"), "-CAfile", join(files, "tsa.pem"), "-untrusted", join(files, "tsa.pem"));
check("OpenSSL accepts the stamp", judged.code === 0, judged.out + judged.err);

// The checkpoint of the log is stamped, too.
const newest = await (await fetch(`${root}/aoba/log/stamps/newest.json`)).json();
for (const what of ["note", "stamp"]) writeFileSync(join(files, `checkpoint.${what}`), Buffer.from(await (await fetch(root + newest[what])).arrayBuffer()));
const stamped = await run("openssl", "ts", "-verify", "-data", join(files, "checkpoint.note"), "-in", join(files, "checkpoint.stamp"), "-CAfile", join(files, "tsa.pem"), "-untrusted", join(files, "tsa.pem"));
check("OpenSSL accepts the stamp of a checkpoint", stamped.code === 0 && readFileSync(join(files, "checkpoint.note"), "utf8").split("\n")[1] === newest.size, stamped.out + stamped.err);

// Withdrawn.
await director.goto(`${queue}/${id}`);
await director.click("summary:has-text('通知を取り消す')");
await director.fill("[name=withdraw-notice_comment]", "宛名に誤りがありました");
await director.click("form[action$='/withdraw-notice'] button");
await director.waitForURL(new RegExp(`/cases/${id}$`));
await anybody.goto(`${root}/aoba/notices/${code}`);
check("a withdrawn notice is told", (await main(anybody)).includes("取り消されています"));
await accessible(anybody, "withdrawn notice");

// English, dark, and the empty and refused states.
const english = await signIn("chief", { locale: "en-GB", colorScheme: "dark" }).catch(() => null);
check("a link works once", english === null);
await chief.goto(`${queue}/${id}?lang=en`);
await accessible(chief, "case in English");
await picture(chief, "case-en");
const refusedPage = await chief.goto(`${queue}?view=nonsense`);
check("a wrong view is told", refusedPage.status() === 422);
await accessible(chief, "wrong view");
check("no page had a fault", [desk, stale, chief, director, notice, anybody].every((page) => !page.faults?.length), JSON.stringify([desk, chief, director, anybody].map((page) => page.faults)));

check("clean stop", (await server.stop()) === 0);
const verified = await musubi("verify", "aoba", "--data", data, "--lang", "en");
check("everything stored fits", verified.code === 0, verified.out + verified.err);
await finish();
