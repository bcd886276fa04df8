import 'fake-indexeddb/auto';
import { expect, test } from 'vitest';
import { Host } from './host';
import { shopCandidate, shopItem, testModel, testPorts } from './testing';

let scopes = 0;
const scope = () => `host-${++scopes}`;

test('init, observe, rerank: what was looked at moves up, with reasons that sum to the score', async () => {
  const model = await testModel('m');
  const ports = testPorts({ models: [model] });
  const host = new Host(ports);
  const ready = await host.init({ model: model.url, consent: 'granted', scope: scope() });
  expect(ready).toMatchObject({ role: 'writer', storage: 'indexeddb' });
  const list = { slot: 'home', items: Array.from({ length: 50 }, (_, n) => shopCandidate(n, model)) };
  const before = await host.rerank('a', list, {});
  expect(before).toMatchObject({ by: 'model', model: 'm', backend: 'wasm' });
  const results = await host.observe([{ event: 'view_item', id: 'e1', items: [shopItem(40)], dwell: 30 }]);
  expect(results).toEqual([{ status: 'stored', eventId: 'e1' }]);
  const after = await host.rerank('b', list, {});
  expect(after.items).toHaveLength(50);
  for (const item of after.items) {
    expect(item.reasons.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(item.score, 6);
  }
  expect(after.items.map((i) => i.id)).not.toEqual(before.items.map((i) => i.id));
  const { live, replay, events } = await host.verify();
  expect(events).toBe(1);
  expect(live).toMatch(/^[0-9a-f]{64}$/);
  expect(live).toBe(replay);
  await host.dispose();
});
