import { expect, test } from 'vitest';
import { columnsWithout, withoutBlocks } from './blocks';
import { startManifest } from './defaults';
import { PRESETS } from './presets';

test('a block’s columns go, and products of them; other products find their factors again', () => {
  const features = columnsWithout(
    [
      { kind: 'met' },
      { kind: 'text', power: 1 },
      { kind: 'prior' },
      { kind: 'bias' },
      { kind: 'product', of: [2, 0] },
      { kind: 'product', of: [2, 3] },
      { kind: 'product', of: [5, 3] },
    ],
    ['familiarity', 'text'],
  );
  expect(features).toEqual([
    { kind: 'prior' },
    { kind: 'bias' },
    { kind: 'product', of: [0, 1] },
    { kind: 'product', of: [2, 1] },
  ]);
});

test('nothing taken out leaves the preset as it is', () => {
  const preset = PRESETS.shop();
  expect(withoutBlocks(preset, [])).toBe(preset);
  expect(withoutBlocks(preset, ['time-decay'])).toEqual({ ...preset, cellDecay: false });
});

test('parts that are no columns: the gate, the memories, and tables that nothing reads', () => {
  const preset = withoutBlocks(PRESETS.shop(), ['network', 'memories', 'neighbours', 'popularity']);
  expect(preset.tables).toBe(false);
  const sizes = { embedding: 4, item: 4, hidden: 2, type: 2 };
  const manifest = startManifest({ id: 'e', dtype: 'q8', dimension: 4 }, sizes, preset.features, preset);
  expect(manifest.gate.inputs).not.toContain('hidden');
  expect(manifest.memories).toEqual({ halfLives: [], stepDecays: [] });
  expect(manifest.features.map(({ kind }) => kind)).not.toContain('interest');
  expect(withoutBlocks(PRESETS.shop(), ['neighbours']).tables).toBe(true);
});
