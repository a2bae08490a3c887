// Verifies a receipt (C2SP tlog-proof) or a record bundle of Musubi in this browser alone: WebCrypto, no request to any
// server. The page works the same when saved to disk. Formats: docs/formats/record.md.
(() => {
  "use strict";
  const encoder = new TextEncoder();
  const say = {
    ja: {
      good: "確かめられました", bad: "確かめられません", receipt: "受領証の形式が正しくありません", pending: "届け先の受領がまだ入っていません。後で保存し直してください",
      filing: "届け先の記録を確かめました。様式と署名は musubi filing verify で確かめられます",
      note: "チェックポイントの形式が正しくありません", key: "検証鍵の形式が正しくありません",
      unknown: "チェックポイントは、この検証鍵で署名されていません", signature: "チェックポイントの署名が正しくありません",
      inclusion: "記録は、署名されたログに含まれていません", entry: "受領証に記録の葉がありません",
      head: "見出しが受領証の葉と一致しません", body: "本文が確約と一致しません", manifest: "目録が見出しと一致しません",
      nokey: "検証鍵を入力してください（束に入っている鍵だけでは、誰の鍵か分かりません）", empty: "受領証か記録の束を入れてください",
      origin: "ログ", index: "記録番号", size: "署名時の件数", signed: "署名した鍵", content: "内容",
      withheld: "本文は消去または非開示。確約は無傷です", none: "本文のない記録です", intact: "見出しと本文は、署名されたときのままです",
      bundled: "注意: 鍵は束の中のものを使いました。公表された鍵と見比べてください",
    },
    en: {
      good: "Verified", bad: "Not verified", receipt: "This is not a well-formed receipt", pending: "The recipient's receipt is not in it yet: save it again later",
      filing: "The recipient's record is good. Form and signature: musubi filing verify",
      note: "The checkpoint is not well-formed", key: "The verifier key is not well-formed",
      unknown: "The checkpoint was not signed by this verifier key", signature: "The signature of the checkpoint is wrong",
      inclusion: "The record is not in the signed log", entry: "The receipt carries no leaf entry",
      head: "The head does not belong to the leaf in the receipt", body: "The body does not belong to its commitment",
      manifest: "The manifest does not belong to the head", nokey: "Enter a verifier key", empty: "Give a receipt or a record bundle",
      origin: "Log", index: "Record", size: "Size when signed", signed: "Signed by", content: "Content",
      withheld: "The body is erased or withheld; its commitment is intact", none: "A record without a body",
      intact: "Head and body are as they were when signed",
      bundled: "Note: the key came from the bundle itself. Compare it with the published key",
    },
  };

  const fail = (code) => { throw new Error(code); };
  const join = (...parts) => {
    const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
    let at = 0;
    for (const p of parts) { out.set(p, at); at += p.length; }
    return out;
  };
  const base64 = (text, code) => {
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) fail(code);
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    if (btoa(String.fromCharCode(...bytes)) !== text) fail(code);
    return bytes;
  };
  const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const leafHash = (entry) => sha256(join(Uint8Array.of(0), entry));
  const nodeHash = (left, right) => sha256(join(Uint8Array.of(1), left, right));
  const equal = (a, b) => a.length === b.length && a.every((v, i) => v === b[i]);

  // RFC 9162 2.1.3.2, with BigInt: sizes may pass 2^53.
  async function included(index, size, leaf, proof, root) {
    if (index >= size) return false;
    let fn = index, sn = size - 1n, r = leaf;
    for (const p of proof) {
      if (sn === 0n) return false;
      if ((fn & 1n) || fn === sn) {
        r = await nodeHash(p, r);
        while (!(fn & 1n) && fn !== 0n) { fn >>= 1n; sn >>= 1n; }
      } else {
        r = await nodeHash(r, p);
      }
      fn >>= 1n;
      sn >>= 1n;
    }
    return sn === 0n && equal(r, root);
  }

  function parseReceipt(text) {
    const lines = text.split("\n");
    let at = 0;
    if (lines[at++] !== "c2sp.org/tlog-proof@v1") fail("receipt");
    let entry = null;
    if (lines[at].startsWith("extra ")) entry = base64(lines[at++].slice(6), "receipt");
    const index = /^index (0|[1-9][0-9]{0,18})$/.exec(lines[at++]);
    if (!index) fail("receipt");
    const proof = [];
    while (at < lines.length && lines[at] !== "") {
      const hash = base64(lines[at++], "receipt");
      if (hash.length !== 32 || proof.length === 63) fail("receipt");
      proof.push(hash);
    }
    return { entry, index: BigInt(index[1]), proof, note: lines.slice(at + 1).join("\n") };
  }

  function parseNote(note) {
    const split = note.lastIndexOf("\n\n");
    if (split < 0 || !note.endsWith("\n")) fail("note");
    const text = note.slice(0, split + 1);
    const signatures = note.slice(split + 2, -1).split("\n").map((line) => {
      const match = /^\u2014 ([^\s+]+) (\S+)$/.exec(line);
      if (!match) fail("note");
      const bytes = base64(match[2], "note");
      return { name: match[1], id: bytes.slice(0, 4), signature: bytes.slice(4) };
    });
    const lines = text.split("\n");
    if (lines.length < 4 || !/^(0|[1-9][0-9]{0,18})$/.test(lines[1])) fail("note");
    const root = base64(lines[2], "note");
    if (root.length !== 32) fail("note");
    return { text, signatures, origin: lines[0], size: BigInt(lines[1]), root };
  }

  async function parseKey(text) {
    const match = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text.trim());
    if (!match) fail("key");
    const bytes = base64(match[3], "key");
    if (bytes.length !== 33 || bytes[0] !== 1) fail("key");
    const id = (await sha256(join(encoder.encode(match[1] + "\n"), bytes))).slice(0, 4);
    if (Array.from(id, (b) => b.toString(16).padStart(2, "0")).join("") !== match[2]) fail("key");
    return { name: match[1], id, key: await crypto.subtle.importKey("raw", bytes.slice(1), "Ed25519", false, ["verify"]) };
  }

  async function verify(receiptText, keyTexts, bundle) {
    const receipt = parseReceipt(receiptText);
    const note = parseNote(receipt.note);
    const keys = await Promise.all(keyTexts.map(parseKey));
    let signer = null;
    for (const key of keys)
      for (const signature of note.signatures)
        if (signature.name === key.name && equal(signature.id, key.id)) {
          if (!(await crypto.subtle.verify("Ed25519", key.key, signature.signature, encoder.encode(note.text)))) fail("signature");
          signer = key.name;
        }
    if (!signer) fail("unknown");
    if (!receipt.entry || receipt.entry.length !== 65) fail("entry");
    if (!(await included(receipt.index, note.size, await leafHash(receipt.entry), receipt.proof, note.root))) fail("inclusion");
    let content = null;
    if (bundle) {
      if (bundle.index !== String(receipt.index)) fail("head");
      const commit = (label, salt, text) => sha256(join(encoder.encode(label), base64(salt, "receipt"), encoder.encode(text)));
      const head = await commit("musubi/head/v1\n", bundle.head_salt, bundle.head);
      const body = base64(bundle.body_commitment, "receipt");
      if (!equal(receipt.entry, join(Uint8Array.of(1), head, body))) fail("head");
      if (typeof bundle.body === "string" && !equal(await commit("musubi/body/v1\n", bundle.body_salt, bundle.body), body)) fail("body");
      if ("manifest" in bundle || bundle.manifest_state !== "withheld") {
        const digest = btoa(String.fromCharCode(...(await sha256(encoder.encode(bundle.manifest)))));
        if (JSON.parse(bundle.head).manifest !== digest) fail("manifest");
      }
      content = typeof bundle.body === "string" ? "intact" : body.some((b) => b) ? "withheld" : "none";
    }
    return { origin: note.origin, index: receipt.index, size: note.size, signer, content };
  }

  const form = document.getElementById("verifier");
  const words = say[form.dataset.lang] || say.en;
  const verdict = document.getElementById("verdict");
  const input = document.getElementById("text");
  document.getElementById("file").addEventListener("change", async (event) => {
    const file = event.target.files[0];
    if (file && file.size < 4_000_000) input.value = await file.text();
  });

  function show(good, title, rows) {
    verdict.replaceChildren();
    const box = document.createElement("section");
    box.className = good ? "notice notice-success" : "notice notice-error";
    const heading = document.createElement("h2");
    heading.textContent = title;
    const list = document.createElement("dl");
    list.className = "summary";
    for (const [term, value] of rows) {
      const row = document.createElement("div");
      const dt = document.createElement("dt");
      const dd = document.createElement("dd");
      dt.textContent = term;
      dd.textContent = value;
      row.append(dt, dd);
      list.append(row);
    }
    box.append(heading, list);
    verdict.append(box);
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const text = input.value;
      if (!text.trim()) fail("empty");
      let bundle = text.trimStart().startsWith("{") ? JSON.parse(text) : null;
      // The receipt of a filing holds the office's record; form and card signature are for `musubi filing verify`.
      const filing = bundle && bundle.musubi_filing === 1 ? bundle : null;
      if (filing && !(bundle = filing.record)) fail("pending");
      if (bundle && bundle.musubi_record !== 1) fail("receipt");
      const given = document.getElementById("key").value.split("\n").filter((line) => line.trim());
      const keys = given.length ? given : bundle ? bundle.verifier_keys : fail("nokey");
      const result = await verify(bundle ? bundle.receipt : text, keys, bundle);
      const rows = [[words.origin, result.origin], [words.index, String(result.index)], [words.size, String(result.size)], [words.signed, result.signer]];
      if (result.content) rows.push([words.content, words[result.content]]);
      if (filing) rows.push([filing.number || filing.reference, words.filing]);
      show(true, given.length ? words.good : words.good + " — " + words.bundled, rows);
    } catch (error) {
      show(false, words.bad, [["", words[error.message] || words.receipt]]);
    }
  });
})();
