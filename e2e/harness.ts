import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type TestModel, testModel } from '../src/engine/testing';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const TYPES: Record<string, string> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

export interface Harness {
  origin: string;
  model: TestModel;
  close(): Promise<void>;
}

export interface HarnessOptions {
  /** HTML by path. */
  pages: Record<string, string>;
  /** What a page posts, by path. */
  onPost?: (path: string, body: string) => void;
}

/**
 * A bare shop on a port of its own: the built files, a small model with random weights, and pages made by the test. It
 * outlives the browsers that are killed beside it.
 */
export async function startHarness({ pages, onPost }: HarnessOptions): Promise<Harness> {
  const model = await testModel('tiny');
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (request.method === 'POST') {
      onPost?.(path, await bodyOf(request));
      response.writeHead(204).end();
      return;
    }
    try {
      const page = pages[path];
      const file = path.startsWith('/models/tiny/') ? model.files.get(path.slice('/models/tiny/'.length)) : undefined;
      const body = page ?? file ?? (await readFile(join(DIST, normalize(path))));
      const type = page === undefined ? (TYPES[extname(path)] ?? 'application/octet-stream') : 'text/html';
      response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    model,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
}
