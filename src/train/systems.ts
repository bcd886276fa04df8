import type { NextItemSettingsInput } from './next-item';

/** One of the five systems in the literature behind this project (product design: S1 to S5), or all of them together. */
export interface System {
  title: string;
  /** What it has that the others lack, in words for a table of results. */
  has: string;
  /** As settings of `homebody train --objective next-item`; what is absent is the trainer's default. */
  settings: NextItemSettingsInput;
}

const HOUR = 3600;
const DAY = 24 * HOUR;
const NO_MEMORIES = { halfLives: [], stepDecays: [] };
const BY_STEP = { halfLives: [], stepDecays: [0.5, 0.8, 0.95, 0.99] };
const BY_TIME_AND_STEP = { halfLives: [HOUR, DAY, 7 * DAY, 60 * DAY], stepDecays: BY_STEP.stepDecays };

const interest = { kind: 'interest' } as const;
const bias = { kind: 'bias' } as const;
const text = [
  { kind: 'text', power: 1, stepDecay: 0.5, mean: true },
  { kind: 'text', power: 3, stepDecay: 0.8 },
] as const;
const memories = BY_STEP.stepDecays.map((_, index) => ({ kind: 'memory', index }) as const);
const familiarity = [
  { kind: 'met' },
  { kind: 'familiarity', entity: 'item', group: 'any' },
  { kind: 'familiarity', entity: 'item', group: 'any', stepDecay: 0.8 },
  { kind: 'familiarity', entity: 'category', group: 'any', stepDecay: 0.95 },
  { kind: 'familiarity', entity: 'brand', group: 'any', stepDecay: 0.95 },
] as const;
const fading = [
  { kind: 'familiarity', entity: 'item', group: 'any', halfLife: DAY },
  { kind: 'familiarity', entity: 'item', group: 'any', halfLife: 60 * DAY },
  { kind: 'familiarity', entity: 'category', group: 'any', halfLife: 7 * DAY },
] as const;

const neighbours = [
  { kind: 'neighbours', stepDecay: 0.9, log: true },
  { kind: 'neighbours', stepDecay: 0.5, log: true },
] as const;

/**
 * The systems as configurations of the one model definition. A model folder that one of them was trained into is measured by
 * `homebody evaluate --model` like any other.
 */
export const SYSTEMS = {
  s1: {
    title: 'S1: LSTM interest and text semantics of each step, linear scorer',
    has: 'text of items in the LSTM and in the score; no memories, no decay, weights that only the length of the history moves',
    settings: {
      timeDecay: false,
      fusion: 'weighted',
      memories: NO_MEMORIES,
      features: [interest, bias, ...text],
      gate: ['items'],
    },
  },
  s2: {
    title: 'S2: text features as the LSTM’s input, many kinds of events, cold start',
    has: 'kinds, values and gaps beside the text vector; popularity where nothing else is known',
    settings: {
      timeDecay: false,
      fusion: 'weighted',
      memories: NO_MEMORIES,
      type: 16,
      itemDropout: 0.1,
      biasStart: 'popularity',
      features: [interest, bias, text[1]],
      gate: ['hidden', 'items', 'sessions'],
    },
  },
  s3: {
    title: 'S3: LSTM features into a deep network',
    has: 'interest and memory through a two-layer network, counts of what was met; its chance of a purchase is --objective conversion on top',
    settings: {
      timeDecay: false,
      fusion: 'concat',
      memories: { halfLives: [], stepDecays: [0.95] },
      features: [interest, bias, ...familiarity],
      gate: ['hidden', 'fused', 'items', 'known'],
    },
  },
  s4: {
    title: 'S4: interest that fades with time',
    has: 'the LSTM’s memory decays over gaps, long-term memories and counts fade by time, calendar in the gate',
    settings: {
      timeDecay: true,
      fusion: 'weighted',
      memories: BY_TIME_AND_STEP,
      features: [interest, bias, ...fading],
      gate: ['hidden', 'items', 'gap', 'clock', 'days', 'sessions'],
    },
  },
  s5: {
    title: 'S5: long-term and short-term interest, fused by attention',
    has: 'two vectors and a gate between them; each memory is a term of its own as well',
    settings: {
      timeDecay: false,
      fusion: 'attention',
      memories: BY_STEP,
      features: [interest, bias, ...memories],
      gate: ['hidden', 'fused', 'items'],
    },
  },
  whole: {
    title: 'The whole model',
    has: 'all of them, and what co-occurs in histories',
    settings: {
      timeDecay: true,
      fusion: 'attention',
      memories: BY_TIME_AND_STEP,
      type: 16,
      features: [interest, bias, ...text, ...neighbours, ...familiarity, ...fading],
      gate: ['hidden', 'fused', 'items', 'sessions', 'days', 'known'],
    },
  },
} satisfies Record<string, System>;

/** Names for `--system`. */
export type SystemName = keyof typeof SYSTEMS;
