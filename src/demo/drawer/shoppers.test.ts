import { expect, test } from 'vitest';
import type { EventInput } from '../../domain';
import { catalogue } from '../catalogue';
import { readListing } from '../shop/listing';
import { replay, SHOPPERS } from './shoppers';

const listings = new Map(catalogue().map((product) => [product.id, readListing(product)!]));

test.each(SHOPPERS)('$name: a history of products that the shop has, in order of time', async (shopper) => {
  const events: EventInput[] = [];
  const kept = await replay(
    {
      observe: async (event) => {
        events.push(event);
        return { status: 'stored', eventId: String(events.length) };
      },
    },
    shopper,
    listings,
    Date.UTC(2026, 0, 1),
  );
  expect(kept).toBe(shopper.acts.length);
  const times = events.map((event) => event.timestamp!);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(Math.max(...times)).toBeLessThan(Date.UTC(2026, 0, 1));
});
