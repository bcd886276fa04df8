import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LIMITS, normalizeEvent, parseCandidates, parseItemFacts, parseLoggedEvent, parseVector } from './index';

const now = Date.UTC(2026, 0, 5, 12);
const options = { now, newId: () => 'made', utcOffset: () => 60 };
const normalize = (input: unknown) => normalizeEvent(input, options);

describe('normalizeEvent', () => {
  test('takes a GA4 event as shops push it', () => {
    const result = normalize({
      event: 'add_to_cart',
      currency: 'EUR',
      value: 39.9,
      timestamp_micros: String((now - 1000) * 1000),
      items: [
        {
          item_id: 17,
          item_name: 'Blue teapot',
          item_brand: 'Kettle & Co',
          item_category: 'Kitchen',
          item_category2: 'Tea',
          price: '19.95',
          quantity: 2,
          index: 0,
          coupon: 'SUMMER',
        },
      ],
    });
    expect(result).toEqual({
      event: {
        id: 'made',
        name: 'add_to_cart',
        time: now - 1000,
        utcOffset: 60,
        items: [{ id: '17', quantity: 2, price: 19.95 }],
      },
      facts: [{ id: '17', title: 'Blue teapot', brand: 'Kettle & Co', categories: ['Kitchen', 'Tea'], price: 19.95 }],
      vectors: [],
      issues: [],
    });
  });

  test('clamps a clock that is far ahead, and only that', () => {
    const at = (timestamp: unknown) => normalize({ event: 'view_item', timestamp, items: [{ item_id: 'a' }] });
    expect(at(now + LIMITS.clockSkew).event!.time).toBe(now + LIMITS.clockSkew);
    expect(at(now + LIMITS.clockSkew).issues).toEqual([]);
    expect(at(now + LIMITS.clockSkew + 1)).toMatchObject({ event: { time: now }, issues: [{ code: 'clock-skew' }] });
    expect(at(now - 1e10).event!.time).toBe(now - 1e10);
    expect(at(undefined).event!.time).toBe(now);
    expect(at('yesterday').event!.time).toBe(now);
  });

  test('keeps dwell, progress, rating and offset within their ranges', () => {
    const { event } = normalize({
      event: 'rate',
      items: [{ item_id: 'a' }],
      dwell: 1e9,
      progress: 3,
      rating: 4,
      rating_max: 10,
      utc_offset: 9999,
    });
    expect(event).toMatchObject({ dwell: LIMITS.dwell, progress: 1, rating: 0.4, utcOffset: 60 });
    expect(normalize({ event: 'rate', items: [{ item_id: 'a' }], rating: 5 }).event!.rating).toBe(1);
  });

  test('skips bad items with an issue, cuts at 500, and needs one usable item or a search term', () => {
    const mixed = normalize({ event: 'purchase', items: [{ item_id: 'a' }, null, {}, { item_id: '' }, 'x'] });
    expect(mixed.event!.items).toEqual([{ id: 'a' }]);
    expect(mixed.issues.map(({ code }) => code)).toEqual(Array(4).fill('invalid-event'));
    const many = normalize({ event: 'purchase', items: Array.from({ length: 501 }, (_, i) => ({ item_id: i })) });
    expect(many.event!.items.length).toBe(500);
    expect(many.issues[0]!.code).toBe('too-many');
    expect(normalize({ event: 'view_item', items: [] }).event).toBeUndefined();
    expect(normalize({ event: 'search', search_term: '  lamp ' }).event).toMatchObject({ search: 'lamp', items: [] });
    expect(normalize({ event: 'search', search_term: ' ' }).event).toBeUndefined();
    expect(normalize({ event: 'page_view' }).issues[0]!.code).toBe('invalid-event');
  });

  test('what it makes, an import reads back', () => {
    const { event, facts } = normalize({
      event: 'rate',
      items: [{ item_id: 'a', item_name: 'x'.repeat(5000), price: 3, quantity: 1 }],
      dwell: 3,
      rating: 3,
    });
    const record = { ...event!, seq: 4 };
    expect(parseLoggedEvent(JSON.parse(JSON.stringify(record)))).toEqual(record);
    expect(facts[0]!.title.length).toBe(LIMITS.title);
    expect(parseItemFacts(JSON.parse(JSON.stringify(facts[0])))).toEqual(facts[0]);
    expect(parseLoggedEvent({ ...record, seq: -1 })).toBeUndefined();
    expect(parseItemFacts({ id: 'a' })).toBeUndefined();
  });

  test('never throws, whatever it is given', () => {
    const hostile = {
      event: 'view_item',
      get items(): unknown {
        throw new Error('trap');
      },
    };
    expect(normalize(hostile).event).toBeUndefined();
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (whole, part) => {
        expect(normalize(whole).issues.length).toBeGreaterThan(0);
        const { event } = normalize({
          event: 'view_item',
          items: [part, { item_id: 'a' }],
          timestamp: part,
          dwell: part,
        });
        expect(parseLoggedEvent({ ...event, seq: 1 })).toEqual({ ...event, seq: 1 });
      }),
    );
  });
});

describe('parseCandidates', () => {
  test('takes our names and GA4’s', () => {
    const vector = { model: 'm', q: 'AAAA', qScale: 0.5 };
    const list = {
      slot: 'home',
      requestId: 'r1',
      items: [
        { id: 'a', title: 'Lamp', brand: 'B', category: ['Home', 'Light', 7], prior: 3, vector, url: '/lamp' },
        { item_id: 2, item_name: 'Cup', item_brand: 'C', item_category: 'Kitchen', item_category2: 'Cups', price: '4' },
      ],
    };
    expect(parseCandidates(list)).toEqual({
      slot: 'home',
      requestId: 'r1',
      candidates: [
        {
          id: 'a',
          facts: { id: 'a', title: 'Lamp', brand: 'B', categories: ['Home', 'Light'], url: '/lamp' },
          prior: 3,
          vector,
          position: 0,
        },
        {
          id: '2',
          facts: { id: '2', title: 'Cup', brand: 'C', categories: ['Kitchen', 'Cups'], price: 4 },
          position: 1,
        },
      ],
      invalid: [],
      rest: [],
      issues: [],
    });
  });

  test('keeps what is over the bound aside, and says so once', () => {
    const items = Array.from({ length: 100_000 }, (_, i) => ({ id: `i${i}` }));
    const parsed = parseCandidates({ slot: 's', items });
    expect(parsed.candidates.length).toBe(LIMITS.candidates);
    expect(parsed.rest.length).toBe(100_000 - LIMITS.candidates);
    expect(parsed.rest[0]).toEqual({ id: `i${LIMITS.candidates}`, position: LIMITS.candidates });
    expect(parsed.issues.map(({ code }) => code)).toEqual(['too-many']);
  });

  test('lists invalid entries by place, with one issue for all', () => {
    const parsed = parseCandidates({
      slot: 's',
      items: [null, { title: 'no id' }, { id: 'a' }, { id: 'x'.repeat(201) }],
    });
    expect(parsed.candidates.map(({ id }) => id)).toEqual(['a']);
    expect(parsed.invalid.map(({ position }) => position)).toEqual([0, 1, 3]);
    expect(parsed.issues.map(({ code }) => code)).toEqual(['invalid-candidate']);
  });

  test.each([undefined, null, 'items', [], { slot: 's' }, { slot: 's', items: { length: 3 } }])(
    '%j is no list',
    (list) => {
      expect(parseCandidates(list)).toMatchObject({ candidates: [], issues: [{ code: 'invalid-input' }] });
    },
  );

  test('prototype-pollution keys do nothing', () => {
    const list = JSON.parse(
      '{"slot":"s","__proto__":{"bad":1},"items":[{"id":"a","__proto__":{"bad":1},"constructor":{"prototype":{"bad":1}}},{"id":"__proto__","title":"t"}]}',
    );
    const parsed = parseCandidates(list);
    expect(parsed.candidates.map(({ id }) => id)).toEqual(['a', '__proto__']);
    expect(({} as Record<string, unknown>).bad).toBeUndefined();
    expect(JSON.stringify(parsed)).not.toContain('bad');
  });

  test('HTML in a title stays text, and addresses that run code are left out', () => {
    const title = '<img src=x onerror=alert(1)>';
    const items = ['javascript:alert(1)', ' JaVaScript:alert(1)', 'vbscript:x', 'data:text/html,x'].map((url, i) => ({
      id: i,
      title,
      url,
    }));
    for (const { facts } of parseCandidates({ slot: 's', items }).candidates) {
      expect(facts).toEqual({ id: facts.id, title, categories: [] });
    }
    for (const url of ['https://a.example/x', '/x?y=a:b', 'x/y', '//cdn.example/x', 'data:image/png;base64,AA==']) {
      expect(parseCandidates({ slot: 's', items: [{ id: 1, url }] }).candidates[0]!.facts.url).toBe(url);
    }
  });

  test('never throws, and never makes a number that is not one', () => {
    fc.assert(
      fc.property(fc.anything(), (part) => {
        parseCandidates(part);
        const item = { id: 'a', title: part, prior: part, price: part, vector: part, category: part, url: part };
        const [candidate] = parseCandidates({ slot: 's', items: [item] }).candidates;
        expect(Number.isFinite(candidate!.prior ?? 0)).toBe(true);
        expect(parseItemFacts(candidate!.facts)).toEqual(candidate!.facts);
      }),
    );
  });
});

test('a vector that is not one is undefined; a lone surrogate is not cut in two', () => {
  expect(parseVector({ model: 'm', q: 'not base64!', qScale: 1 })).toBeUndefined();
  expect(parseVector({ model: 'm', q: 'AAAA', qScale: 1, neighbours: [['a', 'b']] })).toEqual({
    model: 'm',
    q: 'AAAA',
    qScale: 1,
  });
  const title = `${'x'.repeat(LIMITS.title - 1)}🫖`;
  const [candidate] = parseCandidates({ slot: 's', items: [{ id: 'a', title }] }).candidates;
  expect(candidate!.facts.title).toBe('x'.repeat(LIMITS.title - 1));
});
