// Other people's libraries judge what exchange signs and seals, and make what it must read: npm jose (JWS, JWE) and
// http-message-signatures (RFC 9421).   node tests/interop/exchange/main.mjs EXCHANGE_DUMP DIR
import {execFileSync} from 'node:child_process';
import {createHash, createPublicKey, generateKeyPairSync} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import * as jose from 'jose';

const {httpbis, createSigner, createVerifier} = createRequire(import.meta.url)('http-message-signatures');
const [dump, folder] = process.argv.slice(2);
let passed = 0, failed = 0;
async function judge(name, act, wanted = true) {
  let got;
  try { got = await act(); } catch (error) { got = error.message; }
  if (got === wanted) passed++;
  else { failed++; console.log(`${name}: ${got}, expected ${wanted}`); }
}

execFileSync(dump, ['dump', folder]);
const ours = JSON.parse(readFileSync(`${folder}/ours.json`, 'utf8'));
const pem = readFileSync(`${folder}/key.pem`, 'utf8');
const key = createPublicKey({key: Buffer.from(ours.spki, 'base64'), format: 'der', type: 'spki'});
const url = 'https://aoba.musubi.internal/exchange/query';
const verifier = createVerifier(key.export({type: 'spki', format: 'pem'}), 'ecdsa-p256-sha256');
const config = {keyLookup: async () => ({id: 'k', algs: ['ecdsa-p256-sha256'], verify: verifier}), tolerance: 60};
const question = {method: 'POST', url, headers: ours.question.headers};
const answer = {status: 200, headers: ours.answer.headers};
await judge('question', () => httpbis.verifyMessage(config, question));
await judge('question, other path', () => httpbis.verifyMessage(config, {...question, url: url + 'x'}), false);
await judge('answer', () => httpbis.verifyMessage(config, answer, question));
await judge('answer, other status', () => httpbis.verifyMessage(config, {...answer, status: 404}, question), false);
await judge('answer to another question', () => httpbis.verifyMessage(config, answer, {...question, headers: {...question.headers, Signature: 'musubi=:AAAA:'}}), false);
for (const [name, message] of [['question', ours.question], ['answer', ours.answer]])
  await judge(`digest of the ${name}`, () => message.headers['Content-Digest'] === `sha-256=:${createHash('sha256').update(message.body).digest('base64')}:`);
await judge('jws', async () => new TextDecoder().decode((await jose.compactVerify(ours.jws, key)).payload), '結び');
await judge('jwe', async () => new TextDecoder().decode((await jose.compactDecrypt(ours.jwe, await jose.importPKCS8(pem, 'ECDH-ES'))).plaintext), '符号');

const own = generateKeyPairSync('ec', {namedCurve: 'P-256'});
const signer = createSigner(own.privateKey.export({type: 'pkcs8', format: 'pem'}), 'ecdsa-p256-sha256');
const digest = `sha-256=:${createHash('sha256').update('{}').digest('base64')}:`;
const now = new Date();
const signed = await httpbis.signMessage({
  key: {id: 'portal', alg: 'ecdsa-p256-sha256', sign: (data) => signer.sign ? signer.sign(data) : signer(data)}, name: 'musubi',
  fields: ['@method', '@authority', '@path', 'content-type', 'content-digest'],
  params: ['created', 'expires', 'nonce', 'keyid', 'alg', 'tag'],
  paramValues: {created: now, expires: new Date(now.getTime() + 60000), nonce: 'fedcba9876543210', keyid: 'portal', alg: 'ecdsa-p256-sha256', tag: 'musubi-question'},
}, {method: 'POST', url, headers: {'Content-Type': 'application/json', 'Content-Digest': digest}});
const spki = own.publicKey.export({type: 'spki', format: 'der'}).toString('base64');
writeFileSync(`${folder}/theirs.json`, JSON.stringify({
  spki, headers: signed.headers,
  jws: await new jose.CompactSign(new TextEncoder().encode('結び')).setProtectedHeader({alg: 'ES256'}).sign(own.privateKey),
  jwe: await new jose.CompactEncrypt(new TextEncoder().encode('符号')).setProtectedHeader({alg: 'ECDH-ES', enc: 'A256GCM'}).encrypt(key),
}));
let said = '';
try { said = execFileSync(dump, ['check', folder], {encoding: 'utf8'}); } catch (error) { said = error.stdout ?? ''; }
const counts = said.match(/(\d+) passed, (\d+) failed/) ?? [0, 0, 3];
passed += Number(counts[1]);
failed += Number(counts[2]);
if (Number(counts[2])) console.log(said);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
