import { afterEach, expect, test, vi } from 'vitest';
import { Database } from './duckdb';

afterEach(() => {
  vi.doUnmock('@duckdb/node-api');
  vi.resetModules();
});

test('where the package is not installed a typed error says what to install', async () => {
  vi.doMock('@duckdb/node-api', () => {
    throw new Error("Cannot find package '@duckdb/node-api'");
  });
  await expect(Database.open()).rejects.toMatchObject({
    name: 'HomebodyError',
    code: 'dependency-missing',
    remedy: expect.stringContaining('npm install @duckdb/node-api'),
  });
});
