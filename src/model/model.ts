import { EVENT_NAMES, type EventName, HomebodyError } from '../domain';
import { type ConversionWeights, conversionSize } from './conversion';
import { familiaritySlots, type SlotPlan } from './counts';
import { inputSize } from './encode';
import type { LstmWeights } from './executor';
import { gateSize } from './gate';
import type { ModelManifest } from './manifest';
import { readTensors, type Tensor } from './safetensors';
import { parseManifest } from './schema';
import { readsWords } from './words';

/** Weights of the fusion `f(U^l, U^s)` (model.md); F hidden units. */
export type FusionWeights =
  /** `fusion.alpha` [1], through a sigmoid: `U = α U^l + (1 − α) U^s`. */
  | { kind: 'weighted'; alpha: number }
  /** `fusion.w1` [F, 2D], `fusion.b1` [F], `fusion.w2` [D, F], `fusion.b2` [D]. */
  | { kind: 'concat'; w1: Float32Array; b1: Float32Array; w2: Float32Array; b2: Float32Array }
  /** `fusion.weight` [D, 2D + 6], `fusion.bias` [D]: gate over `[U^l; U^s; φ(now − last); log1p(n) / 5]`. */
  | { kind: 'attention'; weight: Float32Array; bias: Float32Array };

/** A loaded model: immutable, safe to share. Tensor names as in `weights.safetensors`. */
export interface InterestModel {
  manifest: ModelManifest;
  /** `lstm.weight_ih_l0` …; `decay.weight`, `decay.bias`, `decay.rate` when `timeDecay`. */
  lstm: LstmWeights;
  /** `whitening.mean` [E_raw], `whitening.matrix` [E, E_raw]. */
  whitening?: { mean: Float32Array; matrix: Float32Array };
  /** `item.weight` [D, E], `item.bias` [D]; absent (then D = E): q = e. */
  item?: { weight: Float32Array; bias: Float32Array };
  /** `type.weight` [A, type] by kind; a kind that is not listed is zeros. */
  types: Record<EventName, Float32Array>;
  /** `short.weight` W_short [D, H]. */
  short: Float32Array;
  /** `long.weight` [D, H]: query of the attention over the memories. */
  long: Float32Array;
  fusion: FusionWeights;
  /** `gate.weight` [J, Z], `gate.bias` [J]. */
  gate: { weight: Float32Array; bias: Float32Array; inputs: number };
  /** Present where the manifest has a conversion head. */
  conversion?: ConversionWeights;
  /** Which decayed counts the features need. */
  slots: SlotPlan;
  /** Some column compares words. */
  readsWords: boolean;
}

class Tensors {
  constructor(private readonly all: Map<string, Tensor>) {}
  has(name: string): boolean {
    return this.all.has(name);
  }
  get(name: string, ...shape: number[]): Float32Array {
    const tensor = this.all.get(name);
    const remedy = 'Publish the model folder again: its files are not of one training run.';
    if (!tensor) throw new HomebodyError('model-invalid', `weights.safetensors lacks ${name}`, { remedy });
    const fits = tensor.shape.length === shape.length && shape.every((n, i) => n < 0 || n === tensor.shape[i]);
    if (fits) return tensor.data;
    const message = `${name} is [${tensor.shape}] instead of [${shape}]`;
    throw new HomebodyError('model-invalid', message, { remedy });
  }
}

function readLstm(tensors: Tensors, manifest: ModelManifest): LstmWeights {
  const { input: I, hidden: H } = manifest.sizes;
  return {
    inputSize: I,
    hiddenSize: H,
    weightIh: tensors.get('lstm.weight_ih_l0', 4 * H, I),
    weightHh: tensors.get('lstm.weight_hh_l0', 4 * H, H),
    biasIh: tensors.get('lstm.bias_ih_l0', 4 * H),
    biasHh: tensors.get('lstm.bias_hh_l0', 4 * H),
    ...(manifest.timeDecay
      ? {
          decay: {
            weight: tensors.get('decay.weight', H, H),
            bias: tensors.get('decay.bias', H),
            rate: tensors.get('decay.rate', H),
          },
        }
      : {}),
  };
}

function readFusion(tensors: Tensors, { fusion, sizes: { item: D } }: ModelManifest): FusionWeights {
  if (fusion === 'weighted') return { kind: fusion, alpha: tensors.get('fusion.alpha', 1)[0]! };
  if (fusion === 'attention') {
    return {
      kind: fusion,
      weight: tensors.get('fusion.weight', D, 2 * D + 6),
      bias: tensors.get('fusion.bias', D),
    };
  }
  const b1 = tensors.get('fusion.b1', -1);
  return {
    kind: fusion,
    w1: tensors.get('fusion.w1', b1.length, 2 * D),
    b1,
    w2: tensors.get('fusion.w2', D, b1.length),
    b2: tensors.get('fusion.b2', D),
  };
}

function readConversion(tensors: Tensors, manifest: ModelManifest): ConversionWeights | undefined {
  if (!manifest.conversion) return undefined;
  const { hidden: C, inputs } = manifest.conversion;
  return {
    w1: tensors.get('conversion.w1', C, conversionSize(manifest, inputs)),
    b1: tensors.get('conversion.b1', C),
    w2: tensors.get('conversion.w2', 1, C),
    b2: tensors.get('conversion.b2', 1),
  };
}

function checkSizes(manifest: ModelManifest): void {
  const { sizes, memories, features, embedder } = manifest;
  const remedy = 'Train the model again with the version of the package that the page loads.';
  if (sizes.input !== inputSize(manifest)) {
    const message = `sizes.input is ${sizes.input}, but an event takes ${inputSize(manifest)} values`;
    throw new HomebodyError('model-invalid', message, { remedy });
  }
  if (!manifest.whitening && sizes.embedding !== embedder.dimension) {
    const message = 'without whitening sizes.embedding must be the embedder’s dimension';
    throw new HomebodyError('model-invalid', message, { remedy });
  }
  const count = memories.halfLives.length + memories.stepDecays.length;
  features.forEach((spec, j) => {
    if (spec.kind === 'product' && spec.of.some((column) => column >= j)) {
      throw new HomebodyError('model-invalid', `feature ${j} multiplies a column that does not come before it`, {
        remedy,
      });
    }
    if (spec.kind === 'memory' && spec.index >= count) {
      throw new HomebodyError('model-invalid', `a feature reads memory ${spec.index} of ${count}`, { remedy });
    }
  });
}

/**
 * Makes a model from `model.json` (parsed JSON, untrusted) and the bytes of `weights.safetensors`. Throws
 * `model-invalid` with a remedy on anything missing, of a wrong shape or not finite. Hashes: {@link verifyFiles}.
 */
export function loadModel(source: { manifest: unknown; weights: ArrayBuffer }): InterestModel {
  const manifest = parseManifest(source.manifest);
  checkSizes(manifest);
  const tensors = new Tensors(readTensors(source.weights));
  const { embedding: E, item: D, hidden: H, type } = manifest.sizes;
  const rows = tensors.get('type.weight', manifest.eventTypes.length, type);
  const types = {} as Record<EventName, Float32Array>;
  for (const name of EVENT_NAMES) {
    const row = manifest.eventTypes.indexOf(name);
    types[name] = row < 0 ? new Float32Array(type) : rows.slice(row * type, (row + 1) * type);
  }
  const hasItem = D !== E || tensors.has('item.weight');
  const conversion = readConversion(tensors, manifest);
  const inputs = gateSize(manifest);
  const J = manifest.features.length;
  return {
    manifest,
    lstm: readLstm(tensors, manifest),
    ...(manifest.whitening
      ? {
          whitening: {
            mean: tensors.get('whitening.mean', manifest.embedder.dimension),
            matrix: tensors.get('whitening.matrix', E, manifest.embedder.dimension),
          },
        }
      : {}),
    ...(hasItem ? { item: { weight: tensors.get('item.weight', D, E), bias: tensors.get('item.bias', D) } } : {}),
    types,
    short: tensors.get('short.weight', D, H),
    long: tensors.get('long.weight', D, H),
    fusion: readFusion(tensors, manifest),
    gate: { weight: tensors.get('gate.weight', J, inputs), bias: tensors.get('gate.bias', J), inputs },
    ...(conversion ? { conversion } : {}),
    slots: familiaritySlots(manifest),
    readsWords: manifest.features.some(readsWords),
  };
}
