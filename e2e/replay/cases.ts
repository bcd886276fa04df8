import {
  candidateVectors,
  type DataFolder,
  embedItems,
  eventsOf,
  factsOf,
  itemVectors,
  openEmbedder,
  readFolder,
  readModelFolder,
} from '../../src/data';
import type { Candidate, EventInput, Vector } from '../../src/domain';
import { evaluateNextBasket, modelRanker, ndcgAt, orderOf } from '../../src/evaluate';
import { createPlainExecutor, type InterestModel } from '../../src/model';

/** One basket of a customer: what the browser observes first, and how the Node evaluator ranks the catalogue then. */
export interface BasketCase {
  events: EventInput[];
  /** Unix ms of the basket: `now` of the ranking. */
  now: number;
  relevant: string[];
  /** Products that the customer has bought before. */
  bought: string[];
  /** Best first, all products. */
  order: string[];
  /** Score by product id. */
  scores: Map<string, number>;
  /** Highest less lowest score. */
  range: number;
}

export interface CustomerCase {
  user: string;
  baskets: BasketCase[];
}

/** What the browser is asked and what the Node evaluator answers, customer by customer. */
export interface ReplayCases {
  model: InterestModel;
  /** The whole catalogue as a shop's server would send it. */
  candidates: Candidate[];
  /** User ids that have a basket to predict. */
  users: string[];
  customer(user: string): Promise<CustomerCase>;
}

/** Reads a log and a model folder; the Node evaluator runs on the plain executor. */
export async function replayCases(folder: string, modelFolder: string): Promise<ReplayCases> {
  const data = await readFolder(folder);
  const model = await readModelFolder(modelFolder);
  const embedder = await openEmbedder({ path: modelFolder, embedderId: model.manifest.embedder.id });
  const raw = await embedItems(data.items, embedder);
  await embedder.dispose();
  const vectors = candidateVectors(model, raw);
  const lstm = await createPlainExecutor().load(model.lstm);
  const ranker = modelRanker(data, { model, lstm, vectors: itemVectors(model, raw) });
  const products = [...data.items.ids.keys()].filter((row) => data.items.isProduct[row]);
  const rowOfUser = new Map(data.events.users.map((id, row) => [id, row]));

  return {
    model,
    candidates: products.map((row) => candidateOf(data, row, vectors[row]!)),
    users: data.events.users.filter((_, user) => new Set(purchaseTimes(data, user)).size > 1),
    async customer(user) {
      const baskets: BasketCase[] = [];
      const row = rowOfUser.get(user)!;
      let from = data.events.offsets[row]!;
      const bought = new Set<string>();
      await evaluateNextBasket(data, [ranker], {
        users: [row],
        resamples: 1,
        onRanked: (_name, query, values) => {
          const events = eventsOf(data, row, from, query.to);
          from = query.to;
          for (const event of events) {
            if (event.name === 'purchase') for (const item of event.items) bought.add(item.id);
          }
          baskets.push({
            events: events.map((event) => ({
              event: event.name,
              id: event.id,
              timestamp: event.time,
              utc_offset: event.utcOffset,
              items: event.items.map((item) => {
                const facts = factsOf(data.items, data.items.rowOf.get(item.id)!);
                return {
                  item_id: item.id,
                  item_name: facts.title,
                  ...(item.quantity === undefined ? {} : { quantity: item.quantity }),
                  ...(facts.price === undefined ? {} : { price: facts.price }),
                  vector: vectors[data.items.rowOf.get(item.id)!]!,
                };
              }),
            })),
            now: query.time * 1000,
            relevant: [...query.judgements[0]!.relevant].map((item) => data.items.ids[item]!),
            bought: [...bought],
            order: [...orderOf(Int32Array.from(products.keys()), values)].map(
              (place) => data.items.ids[products[place]!]!,
            ),
            scores: new Map(products.map((item, place) => [data.items.ids[item]!, values[place]!])),
            range: Math.max(...Array.from(values)) - Math.min(...Array.from(values)),
          });
        },
      });
      return { user, baskets };
    },
  };
}

function candidateOf(data: DataFolder, row: number, vector: Vector): Candidate {
  const { id, title, brand, categories, price } = factsOf(data.items, row);
  return {
    id,
    title,
    ...(brand ? { brand } : {}),
    ...(categories.length > 0 ? { category: categories } : {}),
    ...(price === undefined ? {} : { price }),
    vector,
  };
}

function purchaseTimes(data: DataFolder, user: number): number[] {
  return eventsOf(data, user)
    .filter((event) => event.name === 'purchase')
    .map((event) => event.time);
}

/** Binary NDCG@10 of a list of ids, as the evaluator counts it. */
export function ndcgOf(top: readonly string[], relevant: readonly string[]): number {
  const numbers = new Map<string, number>();
  const numberOf = (id: string): number => {
    if (!numbers.has(id)) numbers.set(id, numbers.size);
    return numbers.get(id)!;
  };
  return ndcgAt(10, top.map(numberOf), new Set(relevant.map(numberOf)));
}
