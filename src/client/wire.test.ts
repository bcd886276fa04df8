import { expect, test } from 'vitest';
import type { Candidate, EventItemInput, Vector } from '../domain';
import { wireEvent, wireList } from './wire';

// Required: a field added to the format does not compile here until it is listed, and fails until the wire carries it.
const vector: Required<Vector> = {
  model: 'm',
  q: 'AQ==',
  qScale: 1,
  e: 'AQ==',
  eScale: 1,
  bias: 0.5,
  repeat: 0.25,
  median: 9,
  neighbours: [['b', 0.5]],
};
const candidate: Required<Candidate> = {
  id: 'a',
  title: 'Lamp',
  brand: 'B',
  category: ['Home', 'Light'],
  price: 3,
  currency: 'GBP',
  url: '/lamp',
  image: '/lamp.png',
  prior: 4,
  vector,
};

test('every field of a candidate reaches the engine, and nothing else does', () => {
  const given = { ...candidate, onClick: () => {} };
  expect(wireList({ slot: 'home', requestId: 'r', items: [given] }, [given])).toEqual({
    slot: 'home',
    requestId: 'r',
    items: [candidate],
  });
});

test('an event’s item keeps its vector', () => {
  const item: EventItemInput = { item_id: 'a', item_name: 'Lamp', vector };
  expect(wireEvent({ event: 'view_item', items: [item] })?.items).toEqual([item]);
});
