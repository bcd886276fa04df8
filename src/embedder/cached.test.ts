import { describe, expect, test, vi } from 'vitest';
import { cached, type Embedder, type EmbeddingCache, embeddingKey, lazyEmbedder } from './index';

/** An embedder of two numbers, (length, 1), that notes its batches and waits for `open` when it is gated. */
function counting(options: { gate?: Promise<void>; fail?: () => unknown } = {}) {
  const batches: string[][] = [];
  const embedder: Embedder = {
    id: 'count',
    dtype: 'q8',
    dimension: 2,
    async embed(texts) {
      batches.push([...texts]);
      await options.gate;
      const error = options.fail?.();
      if (error) throw error;
      return texts.map((text) => Float32Array.of(text.length, 1));
    },
    info: () => ({ id: 'count', dtype: 'q8', dimension: 2, loaded: true, embedded: batches.flat().length }),
    dispose: vi.fn(async () => undefined),
  };
  return { embedder, batches };
}

function memory(): EmbeddingCache & { kept: Map<string, Float32Array> } {
  const kept = new Map<string, Float32Array>();
  return {
    kept,
    get: async (model, texts) => texts.map((text) => kept.get(`${model} ${text}`)),
    put: async (rows) => {
      for (const { model, text, vector } of rows) kept.set(`${model} ${text}`, vector);
    },
  };
}

describe('a cache in front of an embedder', () => {
  test('embeds what is not kept, once, in order', async () => {
    const { embedder, batches } = counting();
    const cache = memory();
    const front = cached(embedder, cache);
    expect(embeddingKey(front)).toBe('count@q8');
    const vectors = await front.embed(['aa', 'b', 'aa', '']);
    expect(vectors.map((vector) => vector[0])).toEqual([2, 1, 2, 0]);
    expect(batches).toEqual([['aa', 'b', '']]);
    expect([...cache.kept.keys()]).toEqual(['count@q8 aa', 'count@q8 b', 'count@q8 ']);
    await front.embed(['b', 'aa']);
    expect((await front.embed(['b', 'ccc']))[1]![0]).toBe(3);
    expect(batches).toEqual([['aa', 'b', ''], ['ccc']]);
  });

  test('callers at the same time share the work', async () => {
    const { embedder, batches } = counting();
    const front = cached(embedder, memory());
    const all = await Promise.all([front.embed(['a', 'b']), front.embed(['b', 'c']), front.embed(['a'])]);
    expect(all.map((vectors) => vectors.length)).toEqual([2, 2, 1]);
    expect(batches.flat().sort()).toEqual(['a', 'b', 'c']);
  });

  test('an aborted caller leaves at once; texts that nobody else waits for are not embedded', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { embedder, batches } = counting({ gate });
    const front = cached(embedder, memory(), { batch: 1 });
    const controller = new AbortController();
    const first = front.embed(['a', 'b', 'c'], { signal: controller.signal });
    await vi.waitFor(() => expect(batches).toHaveLength(1));
    const second = front.embed(['c']);
    await new Promise((next) => setTimeout(next));
    controller.abort();
    await expect(first).rejects.toMatchObject({ code: 'aborted' });
    open();
    expect((await second)[0]![0]).toBe(1);
    expect(batches).toEqual([['a'], ['c']]);
    expect((await front.embed(['b']))[0]![0]).toBe(1);
  });

  test('a cache that fails is told of and costs nothing else; a damaged entry is made again', async () => {
    const errors: unknown[] = [];
    const { embedder, batches } = counting();
    const broken: EmbeddingCache = {
      get: () => Promise.reject(new Error('read')),
      put: () => Promise.reject(new Error('write')),
    };
    const front = cached(embedder, broken, { onCacheError: (error) => errors.push(error) });
    expect((await front.embed(['aa']))[0]![0]).toBe(2);
    await vi.waitFor(() => expect(errors.map(String)).toEqual(['Error: read', 'Error: write']));
    const damaged = memory();
    damaged.kept.set('count@q8 x', Float32Array.of(Number.NaN, 0));
    damaged.kept.set('count@q8 y', Float32Array.of(1));
    expect((await cached(embedder, damaged).embed(['x', 'y'])).map((vector) => vector[0])).toEqual([1, 1]);
    expect(batches.at(-1)).toEqual(['x', 'y']);
  });

  test('a failure reaches every caller that waits, and is not kept', async () => {
    let error: Error | undefined = new Error('gone');
    const { embedder } = counting({ fail: () => error });
    const front = cached(embedder, memory());
    const results = await Promise.allSettled([front.embed(['a']), front.embed(['a', 'b'])]);
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected']);
    error = undefined;
    expect((await front.embed(['a']))[0]![0]).toBe(1);
  });

  test('dispose rejects what is queued and disposes the embedder', async () => {
    const { embedder, batches } = counting({ gate: new Promise(() => {}) });
    const front = cached(embedder, memory(), { batch: 1 });
    const waiting = front.embed(['a', 'b']);
    await vi.waitFor(() => expect(batches).toHaveLength(1));
    await front.dispose();
    await expect(waiting).rejects.toMatchObject({ code: 'disposed' });
    await expect(front.embed(['c'])).rejects.toMatchObject({ code: 'disposed' });
    expect(embedder.dispose).toHaveBeenCalledOnce();
  });
});

describe('an embedder that loads when needed', () => {
  const promised = { id: 'count', dtype: 'q8', dimension: 2 } as const;

  test('loads once, at the first text', async () => {
    const load = vi.fn(async () => counting().embedder);
    const lazy = lazyEmbedder(promised, load);
    expect(lazy.info()).toEqual({ ...promised, loaded: false, embedded: 0 });
    expect(await lazy.embed([])).toEqual([]);
    expect(load).not.toHaveBeenCalled();
    await Promise.all([lazy.embed(['a']), lazy.embed(['b'])]);
    expect(load).toHaveBeenCalledOnce();
    expect(lazy.info().loaded).toBe(true);
  });

  test('a failed load is forgotten', async () => {
    const load = vi.fn(async () => counting().embedder).mockRejectedValueOnce(new Error('offline'));
    const lazy = lazyEmbedder(promised, load);
    await expect(lazy.embed(['a'])).rejects.toThrow('offline');
    expect((await lazy.embed(['a']))[0]![0]).toBe(1);
  });

  test('an aborted caller does not spoil the load for others', async () => {
    let loaded = (_: Embedder) => {};
    const lazy = lazyEmbedder(promised, () => new Promise<Embedder>((resolve) => (loaded = resolve)));
    const controller = new AbortController();
    const first = lazy.embed(['a'], { signal: controller.signal });
    const second = lazy.embed(['a']);
    controller.abort();
    await expect(first).rejects.toMatchObject({ code: 'aborted' });
    loaded(counting().embedder);
    expect((await second)[0]![0]).toBe(1);
  });

  test('another embedder than the model was trained with is refused', async () => {
    const { embedder } = counting();
    const lazy = lazyEmbedder({ ...promised, dimension: 64 }, async () => embedder);
    await expect(lazy.embed(['a'])).rejects.toMatchObject({ code: 'embedder-unavailable' });
    expect(embedder.dispose).toHaveBeenCalledOnce();
  });
});
