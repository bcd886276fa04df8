import type { EventName } from '../domain';

/** `model.json`: what a model folder says of itself (formats.md). Sizes: E embedding, D item, H hidden, K memories. */
export interface ModelManifest {
  format: 1;
  id: string;
  embedder: { id: string; dtype: string; dimension: number };
  /** `weights.safetensors` then holds `whitening.mean` [E_raw] and `whitening.matrix` [E, E_raw] (V^T / sqrt(S)). */
  whitening: boolean;
  /** `type` is the width of a row of `type.weight`; `input` must be `inputSize(manifest)` = D + type + 18. */
  sizes: { embedding: number; item: number; hidden: number; type: number; input: number };
  /** Event kinds in the row order of `type.weight` [A, type]; a kind that is not listed is a zero row. */
  eventTypes: EventName[];
  timeDecay: boolean;
  fusion: 'weighted' | 'concat' | 'attention';
  /** Half-lives in seconds, step decays in (0, 1]; K is the sum of both lengths, half-lives first. */
  memories: { halfLives: number[]; stepDecays: number[] };
  /** Weight w[a] of each event kind in memories, familiarity and text; a kind that is not listed weighs 0. */
  kinds: Partial<Record<EventName, number>>;
  /** How dwell scales a `view_item` or `select_item`; see {@link DwellScale}. */
  dwell: DwellScale;
  /** How many item events text and neighbours look back on; 50 by default. */
  recent: number;
  /** What a candidate's score sums, in order; each has a row in `gate.weight`. */
  features: FeatureSpec[];
  /** What the gate reads, in order: the columns of `gate.weight` [J, Z]; see {@link GateInput}. */
  gate: { inputs: GateInput[]; activation: 'linear' };
  /** The conversion head; false where no log could teach it: its strategy then falls back with a diagnostic. */
  conversion: false | ConversionSpec;
  /** β of each strategy; absent: {@link DEFAULT_STRATEGIES}. */
  strategies?: Partial<Record<'relevance' | 'conversion' | 'explore', StrategyWeights>>;
  /**
   * Median price by category of the shop the model was made for; a shipped vector's own `median` goes before it. Absent (not
   * just empty): the model was trained without relative prices, and an event's is always missing.
   */
  priceMedians?: Record<string, number>;
  training: {
    data: string;
    licence: string;
    credit: string;
    command: string;
    seed: number;
    folds: string;
    /** `fingerprintOf` of the log: the evaluator then knows which customers the model has seen. */
    log?: string;
    /** How the whitening was fitted: one that keeps its axes (`symmetric`) can be fitted to another shop's texts. */
    whitening?: { exponent: number; symmetric: boolean };
  };
  metrics: { data: string; protocol: string; slice: string; metric: string; prior: string; value: number }[];
  files: Record<string, { sha256: string; bytes: number }>;
}

/**
 * A view's weight is multiplied by `floor + (ceiling − floor) · (1 − 2^(−dwell / half))`, dwell and half in seconds;
 * by `missing` when the dwell is not known (by `floor + (ceiling − floor) · progress` when a reader's progress is).
 */
export interface DwellScale {
  missing: number;
  floor: number;
  ceiling: number;
  half: number;
}

/** A glance (0 s) is a quarter of a view, a long look 1.8 views; a view of unknown length is one. */
export const DEFAULT_DWELL: DwellScale = { missing: 1, floor: 0.25, ceiling: 1.8, half: 20 };

/** Kinds that a purchase log does not teach are tied to a purchase by these constants (model.md, Training). */
export const DEFAULT_KINDS: Partial<Record<EventName, number>> = {
  view_item_list: 1,
  select_item: 0.2,
  view_item: 0.2,
  search: 0.2,
  share: 0.4,
  like: 0.4,
  rate: 0.4,
  add_to_wishlist: 0.4,
  add_to_cart: 0.6,
  purchase: 1,
};

/** The head `p_i = σ(w2 · tanh(W1 x_i + b1) + b2)`: the chance that an item of the list is bought. */
export interface ConversionSpec {
  /** C, units of the hidden layer. */
  hidden: number;
  /** Blocks of x_i, in order: the columns of `conversion.w1` [C, X]. */
  inputs: ConversionInput[];
}

/**
 * `interest` [D] `U ⊙ q_i`, U of unit length; `features` [J] the candidate's columns of `manifest.features`; `price` [2] as in
 * an event: log2 of the price over its category's median (± 4, over 4), missing; `recency` [4] of the item's last counted
 * event (impressions count where a feature reads `seen`): `log1p(minutes ago) / 8`, never, `log1p(place) / 5`, place 0, where
 * place is the number of the list's items met after it. A gate input gives all candidates the same values.
 */
export type ConversionInput = 'interest' | 'features' | 'recency' | 'price' | GateInput;

/**
 * β of `s = b + prior · sd(b) · z(prior) + novelty · sd(b) · novelty` with `b = relevance · r + conversion · logit(p)`, sd over
 * the list.
 */
export interface StrategyWeights {
  relevance: number;
  /** 0 by default. */
  conversion?: number;
  prior: number;
  novelty: number;
}

export const DEFAULT_STRATEGIES: Record<'relevance' | 'conversion' | 'explore', StrategyWeights> = {
  relevance: { relevance: 1, prior: 0, novelty: 0 },
  conversion: { relevance: 0, conversion: 1, prior: 0, novelty: 0 },
  explore: { relevance: 1, prior: 0, novelty: 1.5 },
};

/**
 * One block of the gate's input z, read at ranking time, one value where no size is given:
 * `hidden` [H] the LSTM's state decayed to now; `fused` [D] the fused interest U, not normalised; `items` log1p of the item
 * events that were steps; `distinct` log1p of the distinct items met; `days` log1p of the days since the last event;
 * `age` log1p of the days since the first one; `sessions` log1p of the sessions (30-minute rule); `gap` [5] φ(now − last
 * event); `clock` [5] ψ(now); `hasPrior` 1 when the list has a prior; `known` the share of the list's items already met.
 * Unknown times give 0.
 */
export type GateInput =
  | 'hidden'
  | 'fused'
  | 'items'
  | 'distinct'
  | 'days'
  | 'age'
  | 'sessions'
  | 'gap'
  | 'clock'
  | 'hasPrior'
  | 'known';

/** What only some candidates get of a feature: those met (considered, carted or bought) or those not met. */
export type Only = 'met' | 'unmet';

/**
 * How the server's prior becomes a feature: its z-score, z of `log1p(prior)` (missing: 0; `rank` where one is below 0), or z
 * of `−log(rank + 60)`, rank from 1, ties sharing their mean rank and missing ones tied at the end: a score and a mere
 * position then read the same.
 */
export type PriorScale = 'z' | 'log' | 'rank';

/**
 * One learned term of the score: `a_j(state) · x_j(candidate, state)`, where `a(state)` is the gate, linear in
 * the fused reading of the state. Time-decayed entries give `halfLife` (seconds), step-decayed ones `stepDecay` (ρ,
 * per event); both may be given and multiply; neither means no decay.
 */
export type FeatureSpec =
  /**
   * `log1p` of the decayed, kind-weighted count of the entity. `any` sums considered, cart and purchase. A candidate's
   * category value is the mean over its categories.
   */
  | {
      kind: 'familiarity';
      entity: 'item' | 'category' | 'brand';
      group: FamiliarityGroup;
      halfLife?: number;
      stepDecay?: number;
      only?: Only;
    }
  /** 1 when the item was ever considered, carted or purchased; `weighted`: its kind-weighted count, at most 1. */
  | { kind: 'met'; weighted?: boolean }
  /** What the item's last 8 purchases say of it, against the shopper's other purchases; see {@link PurchaseFact}. */
  | { kind: 'purchases'; of: PurchaseFact }
  /**
   * `T_i = Σ_t w_t decay_t · max(0, e_i · e_{i_t})^power` over the last `recent` item events, w the kind weight; power is
   * an integer from 1. `log`: log1p of the sum. `mean`: divided by Σ w_t decay_t.
   * `words`: in place of `e_i · e_{i_t}` the cosine of their words, each weighed by how rare it is in the list ({@link sharedWords}).
   */
  | {
      kind: 'text';
      words?: boolean;
      power: number;
      halfLife?: number;
      stepDecay?: number;
      log?: boolean;
      mean?: boolean;
      only?: Only;
    }
  /** The product of two columns that come earlier in `manifest.features`; explained as the first of them. */
  | { kind: 'product'; of: [number, number] }
  /**
   * `N_i = Σ_t w_t decay_t · neighbour weight(i, i_t)` over recent events; needs shipped neighbours. `counts`: over
   * everything met instead, `Σ_j min(1, n_j) · weight(i, j)`, n the decayed count of familiarity (group `any`).
   */
  | { kind: 'neighbours'; halfLife?: number; stepDecay?: number; log?: boolean; counts?: boolean; only?: Only }
  /** `cos(U, q_i)`; κ is the gate's. */
  | { kind: 'interest'; only?: Only }
  /** `cos(M_k, q_i)` of one memory, read without the network. */
  | { kind: 'memory'; index: number; only?: Only }
  /** `b_i` of the shipped vector. */
  | { kind: 'bias'; only?: Only }
  /** `repeat` of the shipped vector: how readily this product is bought again. */
  | { kind: 'repeat'; only?: Only }
  /** The server's own score or order, standardised within the list. */
  | { kind: 'prior'; scale?: PriorScale; only?: Only };

/**
 * Of one item's last purchases, at most 8: `quantity` the mean of log1p(quantity), `latest` that of the last one, `spend`
 * log1p(Σ price · quantity), `ago` log1p of the days since the last one, `since` log1p of the days since the first, `rate`
 * their number over the shopper's visits. Each is taken less its mean over everything bought, so that it orders purchases and says
 * nothing of products only looked at; what a log does not tell (a quantity, a price, a time) is 0.
 */
export type PurchaseFact = (typeof PURCHASE_FACTS)[number];
export const PURCHASE_FACTS = ['quantity', 'latest', 'spend', 'ago', 'since', 'rate'] as const;

/** `considered`: select, view, wishlist, share, search, like, rate. `seen`: impressions, not part of `any`. */
export type FamiliarityGroup = 'seen' | 'considered' | 'cart' | 'purchase' | 'any';
