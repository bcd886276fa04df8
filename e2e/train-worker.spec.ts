import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';

const root = fileURLToPath(new URL('..', import.meta.url));

// The other tests train from source, where a worker is TypeScript; a package has it bundled in a file of its own.
test('the built command line trains with worker threads, and to the same weights as without', () => {
  test.setTimeout(240_000);
  const work = mkdtempSync(join(tmpdir(), 'homebody-train-worker-'));
  try {
    const settings = { item: 16, batch: 16, shard: 4, window: 30, negatives: 200, stop: 1 };
    writeFileSync(join(work, 'settings.json'), JSON.stringify(settings));
    const weights = [0, 2].map((workers) => {
      const out = join(work, String(workers));
      const { status, stderr } = spawnSync(
        process.execPath,
        [
          ...[join(root, 'dist/cli/homebody.js'), 'train', '--objective', 'next-item', '--hidden', '16'],
          ...['--data', join(root, 'test/fixtures/online-retail'), '--out', out, '--sample-users', '30'],
          ...['--embedder', join(root, 'public/models/potion-base-2M'), '--settings', join(work, 'settings.json')],
          ...['--workers', String(workers), '--backend', 'wasm'],
        ],
        { encoding: 'utf8' },
      );
      expect(status, stderr).toBe(0);
      return readFileSync(join(out, 'weights.safetensors'));
    });
    expect(weights[0]!.equals(weights[1]!)).toBe(true);
  } finally {
    rmSync(work, { recursive: true });
  }
});
