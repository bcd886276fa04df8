/** `model.json`: what a model folder says of itself (formats.md). Sizes: E embedding, D item, H hidden, K memories. */
export interface ModelManifest {
  format: 1;
  id: string;
  embedder: { id: string; dtype: string; dimension: number };
  /** `weights.safetensors` then holds `whitening.mean` [E_raw] and `whitening.matrix` [E, E_raw] (V^T / sqrt(S)). */
  whitening: boolean;
  sizes: { embedding: number; item: number; hidden: number; type: number; input: number };
  timeDecay: boolean;
  fusion: 'weighted' | 'concat' | 'attention';
  memories: { halfLives: number[]; stepDecays: number[] };
  /** Weight w[a] of each event kind in memories and familiarity, and how dwell scales a view. */
  kinds: Record<string, number>;
  /** What a candidate's score sums, in order; each has a column in `gate.weight`. */
  features: FeatureSpec[];
  /** Terms that a training log could not teach are off, and their strategies fall back with a diagnostic. */
  conversion: boolean;
  training: { data: string; licence: string; credit: string; command: string; seed: number; folds: string };
  metrics: { data: string; protocol: string; slice: string; metric: string; prior: string; value: number }[];
  files: Record<string, { sha256: string; bytes: number }>;
}

/**
 * One learned term of the score: `a_j(state) · x_j(candidate, state)`, where `a(state)` is the gate, linear in
 * the fused reading of the state. Time-decayed entries give `halfLife` (seconds), step-decayed ones `stepDecay` (ρ).
 */
export type FeatureSpec =
  /** `log1p` of the decayed, kind-weighted count of the entity. */
  | {
      kind: 'familiarity';
      entity: 'item' | 'category' | 'brand';
      group: 'seen' | 'considered' | 'cart' | 'purchase' | 'any';
      halfLife?: number;
      stepDecay?: number;
    }
  /** 1 when the item was ever considered, carted or purchased. */
  | { kind: 'met' }
  /** `T_i = Σ_t decay_t · max(0, e_i · e_{i_t})^power` over the last 50 item events. */
  | { kind: 'text'; power: number; halfLife?: number; stepDecay?: number }
  /** `N_i` over recent events. */
  | { kind: 'neighbours'; halfLife?: number; stepDecay?: number }
  /** `κ · normalize(U)ᵀ q_i`. */
  | { kind: 'interest' }
  /** `b_i` of the shipped vector. */
  | { kind: 'bias' }
  /** The server's own score or order, standardised within the list; `fresh`: only on items not met. */
  | { kind: 'prior'; fresh?: boolean };
