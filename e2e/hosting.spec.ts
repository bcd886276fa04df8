import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@playwright/test';
import { snippet } from './docs/examples';

const servers: Server[] = [];

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

test('our files on another host, in a folder of any name: a blob worker imports them', async ({ page, baseURL }) => {
  // The other host: the demo's files under another path, with CORS headers, as a CDN has them.
  const cdn = await serve(async (request, answer) => {
    const response = await fetch(`${baseURL}${request.url!.replace('/any/where', '/homebody')}`);
    answer.writeHead(response.status, {
      'content-type': response.headers.get('content-type') ?? '',
      'access-control-allow-origin': '*',
    });
    answer.end(Buffer.from(await response.arrayBuffer()));
  });
  const html = `<!doctype html><script>${await snippet()}</script><script async src="${cdn}/any/where/homebody.js"
    data-model="${cdn}/models/universal" data-consent="granted" data-timeout="20000" data-backend="wasm"></script>`;
  const shop = await serve((_, answer) => answer.writeHead(200, { 'content-type': 'text/html' }).end(html));
  const exceptions: string[] = [];
  page.on('pageerror', (error) => exceptions.push(String(error)));
  await page.goto(shop);
  const answer = await page.evaluate(async () => {
    const { homebody } = window;
    const items = [
      { id: 'a', title: 'Steel water kettle' },
      { id: 'b', title: 'Brass desk lamp' },
    ];
    const seen = await homebody.observe({
      event: 'view_item',
      items: [{ item_id: 'b', item_name: 'Brass desk lamp' }],
    });
    const { by, backend } = await homebody.rerank({ slot: 'home', items });
    return [seen.status, by, backend];
  });
  expect(answer).toEqual(['stored', 'model', 'wasm']);
  expect(exceptions).toEqual([]);
});
