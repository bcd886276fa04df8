import type { Backend, Diagnostic, EventName } from '../domain';
import type { Embedder } from '../embedder';
import {
  createExecutor,
  loadModel,
  type ModelManifest,
  makeVector,
  untrainedManifest,
  untrainedWeights,
} from '../model';
import { eraseStore, openStore } from '../store';
import type { Ports } from './ports';
import type { Channel } from './tabs';

/** mulberry32: small, seeded, good enough for tests. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export interface TestModel {
  url: string;
  id: string;
  files: Map<string, Uint8Array>;
  /** A vector as a shop would ship it, from any text. */
  ship(text: string): ReturnType<typeof makeVector>;
}

/** Embeds by hashing: equal texts have equal vectors. */
export function hashEmbedding(text: string, dimension = 64): Float32Array {
  let hash = 2166136261;
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0)!, 16777619);
  const random = seeded(hash);
  const raw = Float32Array.from({ length: dimension }, () => random() - 0.5);
  const length = Math.hypot(...raw);
  return raw.map((value) => value / length);
}

/** A small model with random weights, as the files of its folder. */
export async function testModel(id: string, seed = 1, changes: Partial<ModelManifest> = {}): Promise<TestModel> {
  const manifest = untrainedManifest({ id, ...changes });
  const weights = untrainedWeights(manifest, seeded(seed));
  const bytes = new Uint8Array(weights);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  manifest.files = { 'weights.safetensors': { sha256, bytes: bytes.length } };
  const model = loadModel({ manifest, weights: bytes.buffer as ArrayBuffer });
  return {
    url: `https://shop.test/models/${id}/`,
    id,
    files: new Map([
      ['model.json', new TextEncoder().encode(JSON.stringify(manifest))],
      ['weights.safetensors', bytes],
    ]),
    ship: (text) => makeVector(model, hashEmbedding(text)),
  };
}

/** Answers for the files of some models, 404 for everything else. */
export function serveModels(models: readonly TestModel[]): typeof fetch {
  return async (input) => {
    const url = String(input);
    const model = models.find((each) => url.startsWith(each.url));
    const file = model?.files.get(url.slice(model.url.length));
    return file ? new Response(file.slice()) : new Response('not found', { status: 404 });
  };
}

/** Web Locks and broadcast channels of one origin, for tabs within one test. */
export class TestOrigin {
  private readonly queues = new Map<string, { run: () => void; signal?: AbortSignal }[]>();
  private readonly holders = new Map<string, () => void>();
  private readonly channels = new Map<string, Set<Channel>>();

  locks(owner: { dead?: boolean; holds?: string[] }): Pick<LockManager, 'request'> {
    const request = async (name: string, options: LockOptions, callback: (lock: Lock | null) => unknown) => {
      if (this.holders.has(name)) {
        if (options.ifAvailable) return callback(null);
        await new Promise<void>((resolve, reject) => {
          const queue = this.queues.get(name) ?? [];
          this.queues.set(name, queue);
          queue.push({ run: resolve, signal: options.signal });
          options.signal?.addEventListener('abort', () => reject(options.signal!.reason));
        });
      }
      let free: () => void = () => undefined;
      const dead = new Promise<void>((resolve) => {
        free = resolve;
      });
      this.holders.set(name, free);
      owner.holds = [...(owner.holds ?? []), name];
      await Promise.race([callback({ name, mode: 'exclusive' }), dead]);
      this.holders.delete(name);
      const next = this.queues.get(name)?.filter((each) => !each.signal?.aborted);
      const first = next?.shift();
      if (next) this.queues.set(name, next);
      first?.run();
    };
    return { request: request as LockManager['request'] };
  }

  /** The browser frees the locks of a tab that died. */
  kill(owner: { dead?: boolean; holds?: string[] }): void {
    owner.dead = true;
    for (const name of owner.holds ?? []) this.holders.get(name)?.();
  }

  openChannel(owner: { dead?: boolean }): (name: string) => Channel {
    return (name) => {
      const all = this.channels.get(name) ?? new Set<Channel>();
      this.channels.set(name, all);
      const channel: Channel = {
        onmessage: null,
        close: () => all.delete(channel),
        postMessage: (message) => {
          if (owner.dead) return;
          const copy = structuredClone(message);
          for (const other of all) {
            if (other !== channel) setTimeout(() => other.onmessage?.(new MessageEvent('message', { data: copy })));
          }
        },
      };
      all.add(channel);
      const listen = { value: null as Channel['onmessage'] };
      Object.defineProperty(channel, 'onmessage', {
        get: () => (owner.dead ? null : listen.value),
        set: (value) => {
          listen.value = value;
        },
      });
      return channel;
    };
  }
}

export interface TestPorts extends Ports {
  diagnostics: Diagnostic[];
  changes: string[];
  /** Runs what waits for idleness, until nothing does. */
  idle(): Promise<void>;
  time: number;
  embedded: string[];
}

export interface TestOptions {
  models: readonly TestModel[];
  origin?: TestOrigin;
  owner?: { dead?: boolean };
  /** Absent: the embedder cannot be loaded. */
  embeds?: boolean;
  /** What the embedder says of WebGPU. */
  fellBack?: string;
  seed?: number;
}

/** Ports of one worker: real (fake-indexeddb) store, real executors, an embedder that hashes. */
export function testPorts({ models, origin, owner = {}, embeds, fellBack, seed = 7 }: TestOptions): TestPorts {
  const random = seeded(seed);
  let ids = 0;
  let waiting: (() => Promise<void>) | undefined;
  const ports: TestPorts = {
    diagnostics: [],
    changes: [],
    embedded: [],
    time: Date.UTC(2026, 0, 5, 12),
    now: () => ports.time,
    clock: () => performance.now(),
    newId: () => `id-${seed}-${++ids}-${Math.floor(random() * 1e9)}`,
    utcOffset: () => 60,
    browser: 'test',
    checkpointEvery: 5,
    fetch: serveModels(models),
    openStore,
    eraseStore: (scope) => eraseStore(scope),
    createExecutor: (backend: Backend) => createExecutor(backend === 'webgpu' ? 'wasm' : backend),
    createEmbedder: async () => {
      if (!embeds) throw new Error('no embedder here');
      return hashEmbedder(ports.embedded, fellBack);
    },
    whenIdle: (job) => {
      waiting = job;
      return () => {
        waiting = undefined;
      };
    },
    pause: () => Promise.resolve(),
    locks: origin?.locks(owner),
    openChannel: origin?.openChannel(owner),
    tell: {
      diagnostic: (diagnostic) => ports.diagnostics.push(diagnostic),
      changed: (reason) => ports.changes.push(reason),
    },
    async idle() {
      while (waiting) {
        const job = waiting;
        waiting = undefined;
        await job();
      }
    },
  };
  return ports;
}

function hashEmbedder(log: string[], fellBack?: string): Embedder {
  const own = { id: 'potion-base-2M', dtype: 'q8' as const, dimension: 64 };
  return {
    ...own,
    embed: async (texts) => {
      log.push(...texts);
      return texts.map((text) => hashEmbedding(text));
    },
    info: () => ({ ...own, loaded: true, runtime: 'wasm', embedded: log.length, ...(fellBack ? { fellBack } : {}) }),
    dispose: async () => undefined,
  };
}

export const DEPARTMENTS = ['Garden', 'Kitchen', 'Books', 'Shoes', 'Toys'];

/** Item n of a made-up shop, in GA4's names. */
export function shopItem(n: number) {
  return {
    item_id: `p${n}`,
    item_name: `Product ${n}`,
    item_brand: `Brand ${n % 7}`,
    item_category: DEPARTMENTS[n % DEPARTMENTS.length]!,
    price: 5 + (n % 40),
  };
}

/** The same as a candidate. */
export function shopCandidate(n: number, model?: TestModel) {
  const { item_id: id, item_name: title, item_brand: brand, item_category: category, price } = shopItem(n);
  const text = [title, brand, category].join('. ');
  return { id, title, brand, category, price, prior: 1000 - n, ...(model ? { vector: model.ship(text) } : {}) };
}

export const KINDS: EventName[] = ['view_item', 'view_item', 'view_item', 'select_item', 'add_to_cart', 'purchase'];
