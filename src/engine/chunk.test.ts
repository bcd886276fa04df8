import 'fake-indexeddb/auto';
import { expect, test, vi } from 'vitest';
import { Host } from './host';
import { shopCandidate, shopItem, TestOrigin, testModel, testPorts } from './testing';

// As where a shop's server answers 404 for the chunks folder.
function missing(): never {
  throw new TypeError('Failed to fetch dynamically imported module');
}
vi.mock('../embedder', missing);
vi.mock('./profile', missing);
vi.mock('./portability', missing);
vi.mock('./switch', missing);

test('code that does not load is named by what it costs, and ranking goes on', async () => {
  const model = await testModel('m');
  const ports = testPorts({ models: [model], embeds: true, origin: new TestOrigin() });
  const host = new Host(ports);
  await host.init({ model: model.url, consent: 'granted', backend: 'wasm', scope: 'chunks' });
  await host.observe([{ event: 'view_item', items: [shopItem(1)] }]);
  const items = [shopCandidate(1), shopCandidate(2)];
  expect(await host.rerank('a', { slot: 'home', items }, {})).toMatchObject({ by: 'model' });
  await ports.idle();
  const { diagnostics } = await host.diagnostics();
  const remedy = 'Serve the chunks folder beside engine.js, from the same build.';
  expect(diagnostics).toEqual([
    expect.objectContaining({
      code: 'embedder-unavailable',
      message: 'The code of the embedder did not load.',
      remedy,
    }),
  ]);
  const part = { name: 'HomebodyError', code: 'worker-unavailable', remedy };
  await expect(host.profile()).rejects.toMatchObject(part);
  await expect(host.exportData()).rejects.toMatchObject(part);
  await expect(host.importData('{}')).rejects.toMatchObject(part);
  await expect(host.useModel(model.url)).rejects.toMatchObject(part);
  await host.dispose();
});
