import { expect, test } from 'vitest';
import { columnsWithout, settingsWithout, withoutBlocks } from './blocks';
import { startManifest } from './defaults';
import { PRESETS } from './presets';
import { SYSTEMS } from './systems';

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
  expect(manifest.gate.inputs).toEqual(PRESETS.shop().gate);
  const reading = withoutBlocks({ ...PRESETS.shop(), gate: ['hidden', 'items', 'fused', 'hasPrior'] }, ['network']);
  expect(reading.gate).toEqual(['items', 'hasPrior']);
  expect(manifest.memories).toEqual({ halfLives: [], stepDecays: [] });
  expect(manifest.features.map(({ kind }) => kind)).not.toContain('interest');
  expect(withoutBlocks(PRESETS.shop(), ['neighbours']).tables).toBe(true);
});

test('the next-item trainer’s settings lose the same blocks', () => {
  const { settings } = SYSTEMS.whole;
  expect(settingsWithout(settings, [])).toBe(settings);
  const kinds = (...blocks: Parameters<typeof settingsWithout>[1]) =>
    new Set(settingsWithout(settings, blocks).features!.map(({ kind }) => kind));
  expect(kinds('text', 'familiarity')).toEqual(new Set(['interest', 'bias', 'neighbours']));
  expect(kinds('neighbours', 'popularity')).toEqual(new Set(['interest', 'text', 'met', 'familiarity']));
  expect(settingsWithout(settings, ['text']).itemVector).toBe('residual');
  expect(settingsWithout(settings, ['residual', 'time-decay'])).toEqual({
    ...settings,
    itemVector: 'text',
    timeDecay: false,
  });
  const memoryless = settingsWithout(settings, ['memories', 'network']);
  expect(memoryless.memories).toEqual({ halfLives: [], stepDecays: [] });
  expect(memoryless.gate).toEqual(['items', 'sessions', 'days', 'known']);
});
