import { basename, join } from 'node:path';
import type { Page } from '@playwright/test';
import type { Backend, Candidate, Diagnostics, Recommender } from '../../src/domain';
import type { BasketCase, CustomerCase } from './cases';

/** What the browser answered for one basket. */
export interface Answer {
  /** First places: ten, and as many more as the customer has bought products. */
  ids: string[];
  scores: number[];
  by: 'model' | 'server';
  backend?: Backend;
}

declare global {
  interface Window {
    replay: { recommender: Recommender; candidates: Candidate[] };
  }
}

/**
 * An empty page of the shop's origin, with the public API loaded as a shop's module would. `modelFolder`: a model of this
 * machine's disk instead of the one that the site serves.
 */
export async function openReplay(
  page: Page,
  options: { origin: string; backend: Backend; candidates: Candidate[]; modelFolder?: string },
): Promise<void> {
  const { backend, candidates, modelFolder } = options;
  if (modelFolder) {
    await page.route('**/replay-model/*', (route) =>
      route.fulfill({ path: join(modelFolder, basename(new URL(route.request().url()).pathname)) }),
    );
  }
  const address = `${options.origin}/replay`;
  await page.route(address, (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Replay</title>' }),
  );
  await page.goto(address);
  await page.evaluate(
    async ({ backend, candidates, model }) => {
      // A variable keeps bundlers and the type checker from looking for the built file.
      const address = '/homebody/homebody.mjs';
      const { createRecommender } = (await import(address)) as {
        createRecommender: (options: Record<string, unknown>) => Recommender;
      };
      const recommender = createRecommender({
        model,
        embedder: false,
        backend,
        consent: 'granted',
        retention: false,
        scope: `replay-${backend}`,
        timeout: 120_000,
      });
      window.replay = { recommender, candidates };
    },
    { backend, candidates, model: modelFolder ? '/replay-model' : '/models/universal' },
  );
}

/** Forgets the customer before, then replays one and ranks the whole catalogue before each basket. */
export async function replayCustomer(page: Page, customer: CustomerCase): Promise<Answer[]> {
  const baskets = customer.baskets.map(({ events, now, bought }) => ({ events, now, limit: 10 + bought.length }));
  return page.evaluate(
    async (asked) => {
      const { recommender, candidates } = window.replay;
      await recommender.forget('all');
      const answers: Answer[] = [];
      for (const { events, now, limit } of asked) {
        for (const event of events) {
          const { status } = await recommender.observe(event);
          if (status !== 'stored') throw new Error(`An event was ${status}: ${event.id}`);
        }
        const ranking = await recommender.rerank(
          { slot: 'replay', items: candidates },
          { now, limit, bought: 'keep', strategy: 'relevance' },
        );
        answers.push({
          ids: ranking.items.map((item) => item.id),
          scores: ranking.items.map((item) => item.score),
          by: ranking.by,
          ...(ranking.backend ? { backend: ranking.backend } : {}),
        });
      }
      return answers;
    },
    baskets as { events: BasketCase['events']; now: number; limit: number }[],
  );
}

export function readDiagnostics(page: Page): Promise<Diagnostics> {
  return page.evaluate(() => window.replay.recommender.diagnostics());
}

export function closeReplay(page: Page): Promise<void> {
  return page.evaluate(() => window.replay.recommender.dispose());
}
