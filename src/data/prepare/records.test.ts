import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldsOf, RecordSplitter } from './records';

interface Seen {
  records: [line: number, text: string, fields: number][];
  rejects: [line: number, why: string][];
}

/** Splits text that arrives in pieces of `size` bytes. */
function split(text: string | Buffer, options: { size?: number; delimiter?: string; maxBytes?: number } = {}): Seen {
  const { size = 7, delimiter = ',', maxBytes = 1000 } = options;
  const seen: Seen = { records: [], rejects: [] };
  const splitter = new RecordSplitter(
    {
      record: (bytes, from, to, line, fields) => seen.records.push([line, bytes.toString('utf8', from, to), fields]),
      reject: (line, why) => seen.rejects.push([line, why]),
    },
    { maxBytes, ...(delimiter === '' ? {} : { delimiter: delimiter.charCodeAt(0) }) },
  );
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) splitter.push(bytes.subarray(at, at + size));
  splitter.end();
  return seen;
}

describe.each([1, 3, 7, 10_000])('in pieces of %i bytes', (size) => {
  test('records carry the line they start on; quoted line breaks and blank lines count as lines', () => {
    const { records, rejects } = split('a,b\r\n"x\ny",2\n\n,3\nlast,4', { size });
    expect(records).toEqual([
      [1, 'a,b', 2],
      [2, '"x\ny",2', 2],
      [5, ',3', 2],
      [6, 'last,4', 2],
    ]);
    expect(rejects).toEqual([]);
  });

  test('an open quote costs its own line, whether text, the end or the bound tells of it', () => {
    const byText = split('a,"b,1\nc,d,2\ne,"f",3\ng,h,4\n', { size });
    expect(byText.rejects).toEqual([[1, 'unclosed-quote']]);
    expect(byText.records.map(([line]) => line)).toEqual([2, 3, 4]);
    const byEnd = split('a,b,1\nc,"d,2\ne,f,3\n', { size });
    expect(byEnd.rejects).toEqual([[2, 'unclosed-quote']]);
    expect(byEnd.records.map(([line]) => line)).toEqual([1, 3]);
    const byBound = split(`a,"b,1\n${'c,d,2\n'.repeat(40)}`, { size, maxBytes: 100 });
    expect(byBound.rejects).toEqual([[1, 'unclosed-quote']]);
    expect(byBound.records).toHaveLength(40);
  });

  test('a line over the bound is skipped, and reading goes on with the next', () => {
    const { records, rejects } = split(`a,1\n${'x'.repeat(5000)},2\nb,3\n`, { size, maxBytes: 100 });
    expect(rejects).toEqual([[2, 'line-too-long']]);
    expect(records.map(([line, text]) => [line, text])).toEqual([
      [1, 'a,1'],
      [3, 'b,3'],
    ]);
  });

  test('bytes that are not UTF-8, and UTF-16 in the stream, cost their lines alone', () => {
    const bytes = Buffer.concat([
      Buffer.from('a,é\n'),
      Buffer.from('b,é\n', 'latin1'),
      Buffer.from('c,日本\n'),
      Buffer.from('d,1\n', 'utf16le'),
      Buffer.from('\ne,1\n'),
    ]);
    const { records, rejects } = split(bytes, { size });
    expect(records.map(([, text]) => text)).toEqual(['a,é', 'c,日本', 'e,1']);
    expect(rejects.map(([, why]) => why)).toEqual(['bad-encoding', 'bad-encoding', 'bad-encoding']);
    expect(rejects[0]![0]).toBe(2);
  });

  test('without a delimiter a line is a record, whatever its quotes', () => {
    const { records } = split('{"a":"x"}\n{"b":"\n', { size, delimiter: '' });
    expect(records.map(([line, text]) => [line, text])).toEqual([
      [1, '{"a":"x"}'],
      [2, '{"b":"'],
    ]);
  });
});

const field = fc.string({ unit: fc.constantFrom('a', 'é', ' ', ',', '"', '\n', '\r', '日'), maxLength: 6 });
const quoted = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

test('whatever RFC 4180 can write is read back, in pieces of any size', () => {
  const rows = fc.array(fc.array(field, { minLength: 2, maxLength: 3 }), { maxLength: 8 });
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 40 }), (rows, size) => {
      const text = rows.map((row) => `${row.map(quoted).join(',')}\r\n`).join('');
      const { records, rejects } = split(text, { size });
      expect(rejects).toEqual([]);
      expect(records.map(([, record]) => fieldsOf(record, ','))).toEqual(rows);
      expect(records.map(([, , fields]) => fields)).toEqual(rows.map((row) => row.length));
    }),
  );
});

test('any bytes give records and rejects, never an error and never more lines than there are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 50 }), (bytes, size) => {
      const lines = Buffer.from(bytes).toString('latin1').split('\n').length;
      const { records, rejects } = split(Buffer.from(bytes), { size, maxBytes: 40 });
      const seen = [...records.map(([line]) => line), ...rejects.map(([line]) => line)];
      expect(new Set(seen).size).toBe(seen.length);
      for (const line of seen) expect(line).toBeLessThanOrEqual(lines);
    }),
  );
});

test('a quote in the wrong place is text', () => {
  expect(fieldsOf('5" pipe,"a"b,"c ""d"""', ',')).toEqual(['5" pipe', '"a"b', 'c "d"']);
});
