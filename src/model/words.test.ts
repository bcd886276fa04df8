import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { indexWords, sharedWords, wordsOf } from './words';

describe('the words of a text', () => {
  test('are letters and digits, in lower case, without accents, each once', () => {
    expect(wordsOf('Crème Brûlée — crème, 0.5-Fluid oz (2 Pcs)')).toEqual('creme brulee 0 5 fluid oz 2 pcs'.split(' '));
    expect(wordsOf('ＦＵＬＬ ﬁne Straße 東京')).toEqual(['full', 'fine', 'straße', '東京']);
    expect(wordsOf(' … ')).toEqual([]);
  });
});

describe('shared words', () => {
  const titles = ['red lunch bag', 'blue lunch bag', 'red kettle', '', 'bag'];
  const index = indexWords(titles.map(wordsOf));

  test('are the cosine of vectors of words, written out', () => {
    const idf = (word: string) => Math.log(6 / (titles.filter((title) => title.split(' ').includes(word)).length + 1));
    const length = (words: string[]) => Math.hypot(...words.map(idf));
    const [red, lunch, bag] = [idf('red'), idf('lunch'), idf('bag')];
    const own = length(['red', 'lunch', 'bag', 'new']);
    const expected = [
      (red ** 2 + lunch ** 2 + bag ** 2) / (length(['red', 'lunch', 'bag']) * own),
      (lunch ** 2 + bag ** 2) / (length(['blue', 'lunch', 'bag']) * own),
      red ** 2 / (length(['red', 'kettle']) * own),
      0,
      bag ** 2 / (length(['bag']) * own),
    ];
    sharedWords(index, wordsOf('red lunch bag new')).forEach((value, row) => {
      expect(value).toBeCloseTo(expected[row]!, 12);
    });
  });

  test('are 0 where there is none, and 1 with itself', () => {
    expect([...sharedWords(index, [])]).toEqual([0, 0, 0, 0, 0]);
    expect([...sharedWords(index, ['chair'])]).toEqual([0, 0, 0, 0, 0]);
    expect(sharedWords(index, wordsOf(titles[0]!))[0]).toBeCloseTo(1, 12);
  });

  test('say nothing where all candidates have them', () => {
    expect([...sharedWords(indexWords([['bag'], ['bag']]), ['bag'])]).toEqual([0, 0]);
  });

  test('are between 0 and 1 whatever the titles', () => {
    const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('red bag', 'bag', 'constructor __proto__'));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 8 }), text, (candidates, past) => {
        for (const value of sharedWords(indexWords(candidates.map(wordsOf)), wordsOf(past))) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1 + 1e-12);
        }
      }),
    );
  });
});
