import type { WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu/dist/webgpu_program';

/** Most invocations of a workgroup that every WebGPU device allows. */
const MOST_THREADS = 256;

/**
 * The time-aware LSTM over a whole batch of sequences as one tfjs WebGPU program, one dispatch: a workgroup runs a
 * sequence, a thread a hidden unit (its four gates as one vec4); h and c live in workgroup memory, two barriers a step.
 *
 * Inputs, all flat: `sequence` [B, T, I]; `gaps` [B, T]; `start` [B, 3, H] (h, c, o); `gates` (I + H + 1, H) vec4 of
 * i, f, g, o: input rows, recurrent rows, bias; with decay `forget` (H + 2, H): W_sᵀ, b_s, −softplus(λ).
 * Output: [B, (T when `all`) + 3, H]: the hidden states, then h, c, o.
 */
export class LstmProgram implements WebGPUProgram {
  readonly outputShape: number[];
  readonly dispatch: [number, number, number];
  readonly dispatchLayout = { x: [0] };
  readonly workgroupSize: [number, number, number];
  readonly variableNames: string[];
  readonly variableComponents: number[];
  readonly uniforms = 'steps : i32, keep : i32,';
  readonly shaderKey: string;
  readonly #shape: { inputSize: number; size: number; decay: boolean };

  constructor(inputSize: number, size: number, decay: boolean, batch: number, rows: number) {
    this.#shape = { inputSize, size, decay };
    this.outputShape = [batch * rows * size];
    this.workgroupSize = [Math.min(MOST_THREADS, Math.ceil(size / 32) * 32), 1, 1];
    this.dispatch = [batch, 1, 1];
    this.variableNames = ['sequence', 'gaps', 'start', 'gates', ...(decay ? ['forget'] : [])];
    this.variableComponents = [1, 1, 1, 4, ...(decay ? [1] : [])];
    this.shaderKey = `homebodyLstm_${inputSize}_${size}_${decay}`;
  }

  getUserCode(): string {
    const { inputSize, size, decay } = this.#shape;
    const threads = this.workgroupSize[0];
    const forget = `
          if (gap != 0.0) {
            var s = forget[SIZE * SIZE + j];
            for (var k = 0; k < SIZE; k = k + 1) { s = s + cellState[k] * forget[k * SIZE + j]; }
            memory = memory + homebodyTanh(s) * (exp(max(forget[(SIZE + 1) * SIZE + j] * gap, -87.0)) - 1.0);
          }`;
    return `
      const INPUTS = ${inputSize};
      const SIZE = ${size};
      const THREADS = ${threads};
      const UNITS = ${Math.ceil(size / threads)};
      var<workgroup> hiddenState : array<f32, SIZE>;
      var<workgroup> cellState : array<f32, SIZE>;

      // WGSL's own tanh may be 1e-5 off, or NaN where exp overflows; this is Eigen's generic_fast_tanh_float.
      fn homebodyTanh(value : f32) -> f32 {
        let v = clamp(value, -9.0, 9.0);
        let v2 = v * v;
        var p = v2 * -2.76076847742355e-16 + 2.00018790482477e-13;
        p = p * v2 + -8.60467152213735e-11;
        p = p * v2 + 5.12229709037114e-08;
        p = p * v2 + 1.48572235717979e-05;
        p = p * v2 + 6.37261928875436e-04;
        p = p * v2 + 4.89352455891786e-03;
        var q = v2 * 1.19825839466702e-06 + 1.18534705686654e-04;
        q = q * v2 + 2.26843463243900e-03;
        q = q * v2 + 4.89352518554385e-03;
        return v * p / q;
      }

      fn homebodySigmoid(value : f32) -> f32 {
        return homebodyTanh(value * 0.5) * 0.5 + 0.5;
      }

      fn main(index : i32) {
        let row = i32(workgroupId.x);
        let lane = i32(localId.x);
        let steps = uniforms.steps;
        let rows = steps * uniforms.keep + 3;
        var hNext : array<f32, UNITS>;
        var cNext : array<f32, UNITS>;
        var oNext : array<f32, UNITS>;
        for (var u = 0; u < UNITS; u = u + 1) {
          let j = lane + u * THREADS;
          if (j < SIZE) {
            hiddenState[j] = start[(row * 3) * SIZE + j];
            cellState[j] = start[(row * 3 + 1) * SIZE + j];
            oNext[u] = start[(row * 3 + 2) * SIZE + j];
          }
        }
        workgroupBarrier();
        for (var t = 0; t < steps; t = t + 1) {
          let gap = gaps[row * steps + t];
          let at = (row * steps + t) * INPUTS;
          for (var u = 0; u < UNITS; u = u + 1) {
            let j = lane + u * THREADS;
            if (j < SIZE) {
              var memory = cellState[j];${decay ? forget : ''}
              var sum = gates[(INPUTS + SIZE) * SIZE + j];
              for (var k = 0; k < INPUTS; k = k + 1) { sum = sum + sequence[at + k] * gates[k * SIZE + j]; }
              for (var k = 0; k < SIZE; k = k + 1) { sum = sum + hiddenState[k] * gates[(INPUTS + k) * SIZE + j]; }
              memory = homebodySigmoid(sum.y) * memory + homebodySigmoid(sum.x) * homebodyTanh(sum.z);
              cNext[u] = memory;
              oNext[u] = homebodySigmoid(sum.w);
              hNext[u] = oNext[u] * homebodyTanh(memory);
            }
          }
          workgroupBarrier();
          for (var u = 0; u < UNITS; u = u + 1) {
            let j = lane + u * THREADS;
            if (j < SIZE) {
              cellState[j] = cNext[u];
              hiddenState[j] = hNext[u];
              if (uniforms.keep == 1) { result[(row * rows + t) * SIZE + j] = hNext[u]; }
            }
          }
          workgroupBarrier();
        }
        let last = row * rows + steps * uniforms.keep;
        for (var u = 0; u < UNITS; u = u + 1) {
          let j = lane + u * THREADS;
          if (j < SIZE) {
            result[last * SIZE + j] = hiddenState[j];
            result[(last + 1) * SIZE + j] = cellState[j];
            result[(last + 2) * SIZE + j] = oNext[u];
          }
        }
      }
    `;
  }
}

/** Row-major PyTorch gates [4H, columns] into `into` [columns, H] vec4 of i, f, g, o, from row `first` on. */
export function packGateRows(
  matrix: Float32Array,
  columns: number,
  size: number,
  into: Float32Array,
  first: number,
): void {
  for (let gate = 0; gate < 4; gate += 1) {
    for (let j = 0; j < size; j += 1) {
      const from = (gate * size + j) * columns;
      for (let k = 0; k < columns; k += 1) into[((first + k) * size + j) * 4 + gate] = matrix[from + k]!;
    }
  }
}
