// Serves the demo shop on this machine: `node scripts/serve.mjs [--port N] [--strict-port] [--quiet] [--root dist/demo]`.
// Static files, and the shop's candidate endpoint (scripts/shop-api.mjs). No dependencies.
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { createShop } from './shop-api.mjs';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.wasm': 'application/wasm',
  '.onnx': 'application/octet-stream',
  '.safetensors': 'application/octet-stream',
};
const COMPRESSIBLE = /^(text|application\/(json|wasm|manifest)|image\/svg)/;
/** Vite and the engine's build put a hash into these names. */
const HASHED = /\/(assets|chunks)\/[^/]+-[\w-]{8,}\.\w+$/;
/** What the shop promises its visitors, enforced by the browser: nothing is loaded from or sent to another origin. */
const POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "object-src 'none'",
].join('; ');

const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

/**
 * Starts the server on 127.0.0.1. When `port` is taken and `strict` is off, the next free one is used.
 * @param {{ root?: string, port?: number, strict?: boolean, host?: string }} [options]
 * @returns {Promise<{ url: string, port: number, close: () => Promise<void> }>}
 */
export async function startServer({ root = defaultRoot(), port = 4173, strict = false, host = '127.0.0.1' } = {}) {
  const folder = resolve(root);
  const shop = await createShop(folder);
  /** Compressed bodies by file, time and encoding. */
  const packed = new Map();
  /** Everything that this server ever received: the drawer shows it. */
  const received = { requests: 0, bodyBytes: 0 };
  const server = createServer((request, response) => {
    received.requests++;
    request.on('data', (chunk) => {
      received.bodyBytes += chunk.length;
    });
    answer(request, response, { folder, shop, packed, received }).catch((error) => {
      if (!response.headersSent) send(response, 500, 'text/plain; charset=utf-8', 'The demo server failed.\n');
      console.error(error);
    });
  });
  const taken = await listen(server, port, host, strict);
  return {
    url: `http://${host}:${taken}`,
    port: taken,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

async function answer(request, response, { folder, shop, packed, received }) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return send(response, 405, 'text/plain; charset=utf-8', 'Only GET and HEAD.\n');
  }
  const url = new URL(request.url ?? '/', 'http://localhost');
  const encoding = accepted(request.headers['accept-encoding']);
  if (url.pathname === '/api/received') return json(response, 200, received, encoding);
  if (url.pathname.startsWith('/api/')) {
    const found = shop.answer(url.pathname, url.searchParams);
    return json(response, found ? 200 : 404, found ?? { error: 'not found' }, encoding);
  }
  const file = await locate(folder, url.pathname);
  if (file === undefined) return send(response, 404, 'text/plain; charset=utf-8', `Nothing at ${url.pathname}\n`);
  const tag = `"${file.size.toString(36)}-${Math.round(file.mtimeMs).toString(36)}"`;
  response.setHeader('etag', tag);
  response.setHeader('cache-control', HASHED.test(file.path) ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (request.headers['if-none-match'] === tag) return response.writeHead(304).end();
  const type = TYPES[extname(file.path)] ?? 'application/octet-stream';
  const pack = COMPRESSIBLE.test(type) && file.size > 1024 ? encoding : undefined;
  const key = `${file.path}\n${tag}\n${pack}`;
  let body = packed.get(key);
  if (!body) {
    body = await compress(await readFile(file.path), pack);
    if (pack) packed.set(key, body);
  }
  if (type.startsWith('text/html')) response.setHeader('content-security-policy', POLICY);
  send(response, 200, type, request.method === 'HEAD' ? '' : body, pack);
}

/** The file that an address means, or the shop's page for an address of the shop; never one outside `folder`. */
async function locate(folder, pathname) {
  let decoded;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  if (decoded.includes('\0') || decoded.includes('\\')) return undefined;
  const path = resolve(join(folder, decoded));
  if (path !== folder && !path.startsWith(folder + sep)) return undefined;
  if (decoded.split('/').some((part) => part.startsWith('.'))) return undefined;
  const found = await fileAt(path);
  if (found) return found;
  return extname(decoded) === '' && !decoded.startsWith('/homebody/') && !decoded.startsWith('/models/')
    ? fileAt(join(folder, 'index.html'))
    : undefined;
}

async function fileAt(path) {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? { path, size: found.size, mtimeMs: found.mtimeMs } : undefined;
}

function accepted(header = '') {
  if (/\bbr\b/.test(header)) return 'br';
  return /\bgzip\b/.test(header) ? 'gzip' : undefined;
}

function compress(body, encoding) {
  if (encoding === 'br') return brotli(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } });
  return encoding === 'gzip' ? zip(body) : body;
}

async function json(response, status, value, encoding) {
  const text = Buffer.from(JSON.stringify(value));
  const pack = text.length > 1024 ? encoding : undefined;
  response.setHeader('cache-control', 'no-store');
  send(response, status, TYPES['.json'], await compress(text, pack), pack);
}

function send(response, status, type, body, encoding) {
  response.setHeader('content-type', type);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('vary', 'accept-encoding');
  if (encoding) response.setHeader('content-encoding', encoding);
  response.writeHead(status).end(body);
}

function listen(server, port, host, strict) {
  return new Promise((done, fail) => {
    let next = port;
    server.on('error', (error) => {
      if (error.code === 'EADDRINUSE' && !strict && next < port + 100) server.listen(++next, host);
      else fail(error);
    });
    server.on('listening', () => done(server.address().port));
    server.listen(next, host);
  });
}

function defaultRoot() {
  return fileURLToPath(new URL('../dist/demo', import.meta.url));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const option = (name) => {
    const at = process.argv.indexOf(name);
    return at > 0 ? process.argv[at + 1] : undefined;
  };
  const { url } = await startServer({
    root: option('--root'),
    port: option('--port') === undefined ? undefined : Number(option('--port')),
    strict: process.argv.includes('--strict-port'),
  });
  if (!process.argv.includes('--quiet')) console.log(url);
}
