import type { Backend } from '../domain';

/**
 * Weights of the time-aware LSTM in `torch.nn.LSTM`'s names, shapes and gate order (i, f, g, o).
 * I = input size, H = hidden size. Row-major.
 */
export interface LstmWeights {
  inputSize: number;
  hiddenSize: number;
  /** `weight_ih_l0` [4H, I] */
  weightIh: Float32Array;
  /** `weight_hh_l0` [4H, H] */
  weightHh: Float32Array;
  /** `bias_ih_l0` [4H] */
  biasIh: Float32Array;
  /** `bias_hh_l0` [4H] */
  biasHh: Float32Array;
  /** T-LSTM's decay (Baytas et al. 2017, eq. 1–3); absent: exactly `torch.nn.LSTM`. */
  decay?: {
    /** `decay.weight` W_s [H, H] */
    weight: Float32Array;
    /** `decay.bias` b_s [H] */
    bias: Float32Array;
    /** `decay.rate` λ [H], used through softplus */
    rate: Float32Array;
  };
}

/** Recurrent state of B sequences. `o` is the output gate of the last step: reading at a later time needs it. */
export interface LstmState {
  /** [B, H] */
  h: Float32Array;
  /** [B, H] */
  c: Float32Array;
  /** [B, H] */
  o: Float32Array;
}

/** Input of a run: B sequences of T steps. */
export interface LstmInput {
  batch: number;
  steps: number;
  /** [B, T, I] */
  x: Float32Array;
  /** [B, T] `log1p(Δt / 60 s)` since the step before; 0 where the gap is unknown or zero (the decay is then 1). */
  elapsed: Float32Array;
}

export interface LstmOutput extends LstmState {
  /** [B, T, H] hidden state after every step, when `all` was asked. */
  all?: Float32Array;
}

/** Weights made ready on a device. */
export interface LoadedLstm {
  /** Runs the sequences from `state` (absent: zeros) and returns the last state; never writes into its arguments. */
  run(input: LstmInput, state?: LstmState, options?: { all?: boolean }): Promise<LstmOutput>;
  dispose(): void;
}

/**
 * One way to run the LSTM. Within one executor, steps one by one and a whole sequence give the same bits; executors agree to 1e-4.
 */
export interface LstmExecutor {
  readonly name: 'plain' | 'simd' | 'tfjs-wasm' | 'tfjs-webgpu';
  /** The backend option that this executor serves. */
  readonly backend: Backend;
  /** Executor, its build and the device it runs on; stored in checkpoints: a change triggers a replay. */
  readonly fingerprint: string;
  load(weights: LstmWeights): Promise<LoadedLstm>;
  /** Resolves when the device is lost (WebGPU only). */
  readonly lost?: Promise<string>;
  /** WebGPU only: the adapter and the number of compute dispatches so far. */
  gpu?(): { vendor: string; architecture: string; description: string; dispatches: number };
  dispose(): void;
}
