import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { installModel, openSource } from './index';

const universal = fileURLToPath(new URL('../../../public/models/universal', import.meta.url));
let server: Server;
let base: string;
/** What the server sends: by path, a body or what it does to the answer. */
let answers: Map<string, Buffer | 'cut'>;
let asked: string[];
let manifest: Buffer;
let weights: Buffer;
let into: string;

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

beforeAll(async () => {
  manifest = await readFile(join(universal, 'model.json'));
  weights = await readFile(join(universal, 'weights.safetensors'));
  server = createServer((request, response) => {
    asked.push(request.url!);
    const answer = answers.get(request.url!);
    if (!answer) return void response.writeHead(404).end();
    if (answer !== 'cut') return void response.writeHead(200).end(answer);
    // The connection dies in the middle of a body.
    response.writeHead(200, { 'content-length': weights.length });
    response.write(weights.subarray(0, 1000), () => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((done) => server.close(done)));
beforeEach(async () => {
  asked = [];
  answers = new Map([
    ['/cdn/shop/model.json', manifest],
    ['/cdn/shop/weights.safetensors', weights],
    ['/owner/name/resolve/v2/model.json', manifest],
    ['/owner/name/resolve/v2/weights.safetensors', weights],
  ]);
  into = await mkdtemp(join(tmpdir(), 'homebody-install-'));
});
afterEach(() => rm(into, { recursive: true }));

async function add(from: string, options: { sha256?: string; as?: string; signal?: AbortSignal } = {}) {
  return installModel(await openSource(from, { hub: base }), { into, ...options });
}

describe('a whole model', () => {
  test.each([
    ['a folder', () => universal],
    ['an address', () => `${base}/cdn/shop/`],
    ['a hub', () => 'owner/name@v2'],
    ['a hub by its prefix', () => 'hf:owner/name@v2'],
  ])('from %s', async (_, from) => {
    const done: number[] = [];
    const source = await openSource(from(), { hub: base });
    const installed = await installModel(source, { into, as: 'shop', onProgress: (bytes) => done.push(bytes) });
    expect(installed).toMatchObject({ folder: join(into, 'shop'), sha256: hash(manifest), isOld: false });
    expect(await readdir(into)).toEqual(['shop']);
    expect((await readFile(join(into, 'shop/weights.safetensors'))).equals(weights)).toBe(true);
    expect(done.at(-1)).toBe(installed.bytes);
  });

  test('its folder is called by its id; a second time nothing is fetched again', async () => {
    const { folder, manifest: read } = await add(`${base}/cdn/shop`, { sha256: hash(manifest).toUpperCase() });
    expect(folder).toBe(join(into, read.id));
    asked = [];
    expect(await add(`${base}/cdn/shop`)).toMatchObject({ folder, isOld: true });
    expect(asked).toEqual(['/cdn/shop/model.json']);
  });

  test('a revision with a slash is one part of the address; no revision is main', async () => {
    await expect(add('owner/name@refs/pr/1')).rejects.toMatchObject({ code: 'model-unavailable' });
    await expect(add('owner/name')).rejects.toMatchObject({ code: 'model-unavailable' });
    expect(asked).toEqual(['/owner/name/resolve/refs%2Fpr%2F1/model.json', '/owner/name/resolve/main/model.json']);
  });
});

describe('what is wrong is a typed error and leaves nothing behind', () => {
  const changed = () => {
    const bytes = Buffer.from(weights);
    bytes[5000]! ^= 1;
    return bytes;
  };
  const listing = (file: string) =>
    Buffer.from(
      JSON.stringify({ ...JSON.parse(String(manifest)), files: { [file]: { sha256: '0'.repeat(64), bytes: 1 } } }),
    );
  test.each<[string, string, (paths: typeof answers) => void]>([
    ['404', 'model-unavailable', (paths) => paths.delete('/cdn/shop/weights.safetensors')],
    ['no manifest', 'model-unavailable', (paths) => paths.delete('/cdn/shop/model.json')],
    ['truncated', 'model-invalid', (paths) => paths.set('/cdn/shop/weights.safetensors', weights.subarray(0, -1))],
    ['a connection that dies', 'model-unavailable', (paths) => paths.set('/cdn/shop/weights.safetensors', 'cut')],
    [
      'too long',
      'model-invalid',
      (paths) => paths.set('/cdn/shop/weights.safetensors', Buffer.concat([weights, weights])),
    ],
    ['another hash', 'model-invalid', (paths) => paths.set('/cdn/shop/weights.safetensors', changed())],
    ['no JSON', 'model-invalid', (paths) => paths.set('/cdn/shop/model.json', Buffer.from('<html>'))],
    ['no model', 'model-invalid', (paths) => paths.set('/cdn/shop/model.json', Buffer.from('{}'))],
    ['a path out of its folder', 'model-invalid', (paths) => paths.set('/cdn/shop/model.json', listing('../../evil'))],
    ['an absolute path', 'model-invalid', (paths) => paths.set('/cdn/shop/model.json', listing('/etc/evil'))],
  ])('%s', async (_, code, spoil) => {
    spoil(answers);
    await expect(add(`${base}/cdn/shop`)).rejects.toMatchObject({ code, remedy: expect.any(String) });
    expect(await readdir(into)).toEqual([]);
  });

  test('offline', async () => {
    await expect(add('http://127.0.0.1:9/model')).rejects.toMatchObject({ code: 'model-unavailable' });
    const fetcher = () => Promise.reject(new TypeError('fetch failed'));
    const source = await openSource('owner/name', { fetcher });
    await expect(installModel(source, { into })).rejects.toMatchObject({ code: 'model-unavailable' });
    expect(await readdir(into)).toEqual([]);
  });

  test('another pin, aborted, another model of that name, no source at all', async () => {
    await expect(add(`${base}/cdn/shop`, { sha256: 'f'.repeat(64) })).rejects.toMatchObject({ code: 'model-invalid' });
    await expect(add(`${base}/cdn/shop`, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
    await expect(add(`${base}/cdn/shop`, { as: '../up' })).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(add('not a name')).rejects.toMatchObject({ code: 'invalid-input' });
    expect(await readdir(into)).toEqual([]);
    await mkdir(join(into, 'taken'));
    await writeFile(join(into, 'taken/model.json'), '{}');
    await expect(add(`${base}/cdn/shop`, { as: 'taken' })).rejects.toMatchObject({ code: 'invalid-input' });
    expect(await readFile(join(into, 'taken/model.json'), 'utf8')).toBe('{}');
  });
});
