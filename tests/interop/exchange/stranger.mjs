// A member written from docs/formats alone, without a line of ours: descriptor, permits, signed questions over mutual TLS, a
// linker's token, the answer's signature, and what must be refused.   node tests/interop/exchange/stranger.mjs MUSUBI DIR
import {execFileSync, spawn} from 'node:child_process';
import {createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, X509Certificate} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import {request} from 'node:https';
import {createRequire} from 'node:module';
import * as jose from 'jose';

const {httpbis, createSigner, createVerifier} = createRequire(import.meta.url)('http-message-signatures');
const [musubi, folder] = process.argv.slice(2);
let passed = 0, failed = 0;
function judge(name, got, wanted) {
  if (got === wanted) passed++;
  else { failed++; console.log(`${name}: ${got}, expected ${wanted}`); }
}
const run = (program, ...words) => execFileSync(program, words, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']});
const cli = (...words) => run(musubi, ...words, '--data', `${folder}/data`, '--lang', 'en');
const sha256 = (data) => createHash('sha256').update(data).digest();
const der64 = (pem) => new X509Certificate(pem).raw.toString('base64');
const random = (letters = 'abcdefghijklmnopqrstuvwxyz234567') => [...randomBytes(26)].map((byte) => letters[byte % 32]).join('');

// Root, message certificate, seal key and log key of a member, and its descriptor.
async function member(id, kind) {
  const at = (name) => `${folder}/${id}-${name}`;
  const openssl = (...words) => run('openssl', ...words);
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', at('root.key'), '-out', at('root.crt'), '-days', '30',
    '-subj', `/C=JP/O=${id}/CN=${id} root`, '-addext', 'keyUsage=critical,keyCertSign,cRLSign');
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', at('message.key'), '-out', at('message.csr'), '-subj', `/C=JP/O=${id}/CN=${id}`);
  writeFileSync(at('ext'), `basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,serverAuth,clientAuth\nsubjectAltName=DNS:${id}.musubi.internal\n`);
  openssl('x509', '-req', '-in', at('message.csr'), '-CA', at('root.crt'), '-CAkey', at('root.key'), '-CAcreateserial', '-days', '20', '-out', at('message.crt'), '-extfile', at('ext'));
  const read = (name) => readFileSync(at(name), 'utf8');
  const seal = generateKeyPairSync('ec', {namedCurve: 'P-256'}), log = generateKeyPairSync('ed25519');
  const key = Buffer.concat([Buffer.from([1]), log.publicKey.export({type: 'spki', format: 'der'}).subarray(-32)]), name = `stranger.example/${id}`;
  const payload = {
    id, title: {ja: '他人', en: 'Stranger'}, kind, address: 'https://127.0.0.1:9', page_url: 'http://127.0.0.1:9', root: read('root.crt'),
    seal_key: seal.publicKey.export({type: 'spki', format: 'der'}).toString('base64'),
    log_keys: [`${name}+${sha256(Buffer.concat([Buffer.from(`${name}\n`), key])).subarray(0, 4).toString('hex')}+${key.toString('base64')}`],
  };
  const descriptor = await new jose.CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({alg: 'ES256', typ: 'musubi-member', x5c: [der64(payload.root)]}).sign(createPrivateKey(read('root.key')));
  writeFileSync(at('member'), `${descriptor}\n`);
  return {id, key: read('message.key'), certificate: read('message.crt'), descriptor: at('member')};
}

let address, town;  // of the town: {root, seal_key}
function sign(from, service, body, more = {}) {
  const digest = `sha-256=:${sha256(body).toString('base64')}:`, now = new Date(), signer = createSigner(from.key, 'ecdsa-p256-sha256');
  return httpbis.signMessage({
    key: {id: from.id, alg: 'ecdsa-p256-sha256', sign: (data) => (signer.sign ? signer.sign(data) : signer(data))}, name: 'musubi',
    fields: ['@method', '@authority', '@path', 'content-type', 'content-digest'], params: ['created', 'expires', 'nonce', 'keyid', 'alg', 'tag'],
    paramValues: {created: now, expires: new Date(now.getTime() + 60000), nonce: random(), keyid: from.id, alg: 'ecdsa-p256-sha256', tag: 'musubi-question', ...more},
  }, {method: 'POST', url: `https://town.musubi.internal/exchange/${service}`, headers: {Host: 'town.musubi.internal', 'Content-Type': 'application/json', 'Content-Digest': digest}});
}
function send(from, message, body) {
  return new Promise((resolve, reject) => {
    const {hostname, port} = new URL(address);
    const sent = request({hostname, port, path: new URL(message.url).pathname, method: 'POST', servername: 'town.musubi.internal', key: from.key, cert: from.certificate,
      ca: town.root, minVersion: 'TLSv1.3', agent: false, headers: {...message.headers, 'Content-Length': Buffer.byteLength(body)}}, (answer) => {
      const peer = answer.socket.getPeerCertificate().raw, parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => resolve({status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts), peer}));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
async function ask(from, service, question) {
  const body = JSON.stringify({procedure: '', reference: '', items: [], body: {}, ...question}), message = await sign(from, service, body);
  const answer = await send(from, message, body);
  const key = new X509Certificate(answer.peer).publicKey.export({type: 'spki', format: 'pem'});
  const config = {keyLookup: async ({keyid}) => (keyid === 'town' ? {id: keyid, algs: ['ecdsa-p256-sha256'], verify: createVerifier(key, 'ecdsa-p256-sha256')} : null), tolerance: 60};
  judge(`${service}: the answer is signed for this question`, await httpbis.verifyMessage(config, {status: answer.status, headers: answer.headers}, message), true);
  judge(`${service}: digest of the answer`, answer.headers['content-digest'], `sha-256=:${sha256(answer.body).toString('base64')}:`);
  return {...answer, message, sent: body, json: JSON.parse(answer.body)};
}

cli('org', 'create', 'town', '--title-ja', '町', '--title-en', 'Town');
const nation = await member('nation', 'nation'), portal = await member('portal', 'portal'), linker = await member('linker', 'linker');
cli('exchange', 'member', 'import', 'town', nation.descriptor, portal.descriptor, linker.descriptor);
const permit = (id, asking, item) => ({id, asking, procedure: '*', answering: 'town', items: [item], purpose: {ja: '試験', en: 'Test'}, legal_basis: {ja: '法', en: 'Act'}, from: '2020-01-01'});
writeFileSync(`${folder}/permits.json`, JSON.stringify({permits: [permit('a', 'kind:nation', 'service:indicators'), permit('b', 'portal', 'service:history')]}));
cli('exchange', 'permit', 'import', 'town', `${folder}/permits.json`);
const server = spawn(musubi, ['serve', '--data', `${folder}/data`, '--listen', '127.0.0.1:0', '--exchange-listen', '127.0.0.1:0', '--lang', 'en'], {stdio: ['ignore', 'pipe', 'ignore']});
try {
  address = await new Promise((resolve, reject) => {
    let out = '';
    server.stdout.on('data', (data) => { out += data; const found = /https:\/\/127\.0\.0\.1:\d+/.exec(out); if (found) resolve(found[0]); });
    server.on('close', () => reject(new Error(`ended: ${out}`)));
  });
  const exported = cli('exchange', 'member', 'export', 'town', '--address', address, '--page-url', 'http://127.0.0.1:9').trim();
  town = JSON.parse(Buffer.from(exported.split('.')[1], 'base64url'));
  judge('descriptor of the town', (await jose.compactVerify(exported, new X509Certificate(town.root).publicKey)).protectedHeader.typ, 'musubi-member');

  const figures = await ask(nation, 'indicators', {});
  judge('indicators', figures.status, 200);
  // Answers count as acts of persons: none is told of fewer than five, and they follow by five.
  for (let i = 0; i < 4; ++i) await ask(nation, 'indicators', {});
  const of = {by: ['outcome'], fact: '', month: '', records: 'exchange.answered', spread: false, values: '', where: {}};
  const id = sha256(JSON.stringify({of})).subarray(0, 8).toString('hex');
  judge('series by their id', (await ask(nation, 'indicators', {})).json.answer.series[`${id}.of`]?.[0]?.[3], 5);
  judge('record and receipt of the town', /^\d+$/.test(figures.json.record) && figures.json.receipt.startsWith('c2sp.org/tlog-proof@v1\n'), true);
  judge('the same bytes again', JSON.parse((await send(nation, figures.message, figures.sent)).body).error.name, 'exchange.replayed');
  judge('another body', JSON.parse((await send(nation, await sign(nation, 'indicators', '{"body":{}}'), '{"body":{ }}')).body).error.name, 'exchange.bad_signature');
  judge('an old question', JSON.parse((await send(nation, await sign(nation, 'indicators', '{"body":{}}', {created: new Date(Date.now() - 300e3), expires: new Date(Date.now() - 240e3)}), '{"body":{}}')).body).error.name, 'exchange.clock_skew');
  judge('in the name of another', JSON.parse((await send(portal, await sign(nation, 'indicators', '{"body":{}}'), '{"body":{}}')).body).error?.name?.startsWith('exchange.'), true);
  const refused = await ask(portal, 'indicators', {});
  judge('without a permit', `${refused.status} ${refused.json.error.name} ${refused.json.error.faults[0].where}`, '403 exchange.not_permitted service:indicators');

  const sealed = async (claims) => {
    const inside = await new jose.CompactSign(Buffer.from(JSON.stringify({code: random(), for: 'town', from: 'portal', nonce: random(), exp: String(Math.floor(Date.now() / 1000) + 60), ...claims})))
      .setProtectedHeader({alg: 'ES256', typ: 'musubi-token', x5c: [der64(linker.certificate)]}).sign(createPrivateKey(linker.key));
    return new jose.CompactEncrypt(Buffer.from(inside)).setProtectedHeader({alg: 'ECDH-ES', enc: 'A256GCM', cty: 'JWT'})
      .encrypt(createPublicKey({key: Buffer.from(town.seal_key, 'base64'), format: 'der', type: 'spki'}));
  };
  const person = await sealed({});
  const history = await ask(portal, 'history', {person});
  judge('reads of a person', history.status === 200 && Array.isArray(history.json.answer.reads), true);
  for (const [name, token] of [['a token twice', person], ['a token for another', await sealed({for: 'city'})], ['a token of another', await sealed({from: 'nation'})],
    ['an expired token', await sealed({exp: String(Math.floor(Date.now() / 1000) - 90)})]])
    judge(name, (await ask(portal, 'history', {person: token})).json.error?.name, 'exchange.bad_token');
} finally {
  server.removeAllListeners('close');
  server.kill('SIGTERM');
  await new Promise((resolve) => { server.on('close', resolve); });
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
