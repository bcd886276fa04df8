import type { Count, ItemCount } from './counts';
import type { LstmState } from './executor';
import type { InterestModel } from './model';

/** One of the last item events, for text similarity T, neighbours N and explanations. */
export interface RecentItem {
  id: string;
  /** Whitened text embedding [E]; zeros when only `q` was known. */
  e: Float32Array;
  /** Of its title ({@link wordsOf}); empty where the model does not read them. */
  words: readonly string[];
  /** Unix ms; NaN when unknown. */
  time: number;
  /** Event number. */
  step: number;
  /** Kind weight, dwell included. */
  weight: number;
}

/**
 * The interest state: a pure function of (model, log, fact table). {@link advance} alone changes it, in place;
 * {@link serializeState} gives equal bytes for equal states.
 */
export interface InterestState {
  modelId: string;
  lstm: LstmState;
  /** [K, D], half-lives first; values at (memoryTime, memoryStep). Float64: added to for years. */
  memories: Float64Array;
  memoryTime: number;
  memoryStep: number;
  /** Unix ms of the last step of the LSTM and of the last event; NaN when there is none or it is unknown. */
  stepTime: number;
  lastTime: number;
  /** Unix ms of the first event that had a time; NaN when there is none. */
  firstTime: number;
  /** Visits so far: a gap of over 30 minutes starts another. */
  sessions: number;
  /** Items of events so far, with or without a vector. */
  itemEvents: number;
  /** Events so far that are steps, with or without a vector. The unit of step decays. */
  events: number;
  /** Steps that the LSTM took. */
  steps: number;
  /** Distinct items met (considered, carted or bought). */
  distinct: number;
  items: Map<string, ItemCount>;
  categories: Map<string, Count>;
  brands: Map<string, Count>;
  /** Oldest first, at most `manifest.recent`. */
  recent: RecentItem[];
}

/** A visitor of whom nothing is known. */
export function createState(model: InterestModel): InterestState {
  const { hidden, item } = model.manifest.sizes;
  const { halfLives, stepDecays } = model.manifest.memories;
  return {
    modelId: model.manifest.id,
    lstm: { h: new Float32Array(hidden), c: new Float32Array(hidden), o: new Float32Array(hidden) },
    memories: new Float64Array((halfLives.length + stepDecays.length) * item),
    memoryTime: Number.NaN,
    memoryStep: 0,
    stepTime: Number.NaN,
    lastTime: Number.NaN,
    firstTime: Number.NaN,
    sessions: 0,
    itemEvents: 0,
    events: 0,
    steps: 0,
    distinct: 0,
    items: new Map(),
    categories: new Map(),
    brands: new Map(),
    recent: [],
  };
}

function cloneCounts(counts: Map<string, Count>): Map<string, Count> {
  return new Map([...counts].map(([key, count]) => [key, { ...count, values: count.values.slice() }]));
}

/** A deep copy: advancing one leaves the other as it is. */
export function cloneState(state: InterestState): InterestState {
  const { h, c, o } = state.lstm;
  return {
    ...state,
    lstm: { h: h.slice(), c: c.slice(), o: o.slice() },
    memories: state.memories.slice(),
    items: new Map(
      [...state.items].map(([id, count]) => [
        id,
        { ...count, values: count.values.slice(), bought: count.bought.map((purchase) => ({ ...purchase })) },
      ]),
    ),
    categories: cloneCounts(state.categories),
    brands: cloneCounts(state.brands),
    recent: state.recent.slice(),
  };
}
