// The time-aware LSTM in WebAssembly SIMD (AssemblyScript). Deterministic instructions only: no relaxed SIMD, no FMA, so
// that every device gives the same bits. Matrices are packed by ../pack.ts in blocks of 24 outputs: [block][k][24].
// Every output accumulates in the same order, first input, then recurrent, k rising, whatever the number of steps.
// Why 24: V8 moves all loads of a loop's body before its arithmetic, so six sums, six weights and one input fill the
// 15 registers of x86-64; with 32 outputs a sum goes through the stack at every k, which takes twice the time.

// @ts-nocheck

/** Bytes of a block's row: 24 floats. */
const ROW: usize = 96;

/** out[24] = start[24] + Σ_k w[k][24] · x[k] */
// @ts-ignore: decorator
@inline
function multiply(x: usize, inputs: i32, w: usize, start: usize, out: usize): void {
  let a = v128.load(start), b = v128.load(start, 16), c = v128.load(start, 32);
  let d = v128.load(start, 48), e = v128.load(start, 64), f = v128.load(start, 80);
  const end = x + (<usize>inputs << 2);
  while (x < end) {
    const s = v128.load32_splat(x);
    a = madd(a, v128.load(w), s);
    b = madd(b, v128.load(w, 16), s);
    c = madd(c, v128.load(w, 32), s);
    d = madd(d, v128.load(w, 48), s);
    e = madd(e, v128.load(w, 64), s);
    f = madd(f, v128.load(w, 80), s);
    w += ROW;
    x += 4;
  }
  v128.store(out, a); v128.store(out, b, 16); v128.store(out, c, 32);
  v128.store(out, d, 48); v128.store(out, e, 64); v128.store(out, f, 80);
}

/** The same for four rows of x, `xRow` bytes apart, and eight of the 24 outputs: the sums stay in registers. */
// @ts-ignore: decorator
@inline
function multiply4(x: usize, xRow: usize, w: usize, start: usize, out: usize, outRow: usize): void {
  let a0 = v128.load(start), b0 = v128.load(start, 16);
  let a1 = a0, b1 = b0, a2 = a0, b2 = b0, a3 = a0, b3 = b0;
  const end = x + xRow;
  while (x < end) {
    const wa = v128.load(w), wb = v128.load(w, 16);
    const s0 = v128.load32_splat(x), s1 = v128.load32_splat(x + xRow);
    const s2 = v128.load32_splat(x + 2 * xRow), s3 = v128.load32_splat(x + 3 * xRow);
    a0 = madd(a0, wa, s0); b0 = madd(b0, wb, s0);
    a1 = madd(a1, wa, s1); b1 = madd(b1, wb, s1);
    a2 = madd(a2, wa, s2); b2 = madd(b2, wb, s2);
    a3 = madd(a3, wa, s3); b3 = madd(b3, wb, s3);
    w += ROW;
    x += 4;
  }
  v128.store(out, a0); v128.store(out, b0, 16); out += outRow;
  v128.store(out, a1); v128.store(out, b1, 16); out += outRow;
  v128.store(out, a2); v128.store(out, b2, 16); out += outRow;
  v128.store(out, a3); v128.store(out, b3, 16);
}

/** out[t][block][24] = bias[block][24] + Σ_k w[block][k][24] · x[t][k]: the input's part of `steps` steps at once. */
export function project(
  x: usize,
  steps: i32,
  inputs: i32,
  w: usize,
  bias: usize,
  blocks: i32,
  out: usize,
): void {
  const xRow = <usize>inputs << 2;
  const outRow = <usize>blocks * ROW;
  for (let block = 0; block < blocks; block++) {
    let xt = x, to = out, t = 0;
    for (; t + 4 <= steps; t += 4) {
      for (let pair: usize = 0; pair < ROW; pair += 32) multiply4(xt, xRow, w + pair, bias + pair, to + pair, outRow);
      xt += 4 * xRow;
      to += 4 * outRow;
    }
    for (; t < steps; t++) {
      multiply(xt, inputs, w, bias, to);
      xt += xRow;
      to += outRow;
    }
    w += <usize>inputs * ROW;
    bias += ROW;
    out += ROW;
  }
}

/** out = start + W x for a whole packed matrix. */
// @ts-ignore: decorator
@inline
function transform(x: usize, inputs: i32, w: usize, start: usize, out: usize, blocks: i32): void {
  for (let block = 0; block < blocks; block++) {
    multiply(x, inputs, w, start, out);
    w += <usize>inputs * ROW;
    start += ROW;
    out += ROW;
  }
}

/**
 * The recurrent part of `steps` steps. `units` is the hidden size rounded up to fours. `gates` comes from `project`:
 * i, f, g, o of `units` floats each, padded to `blocks` · 24 a step; it is overwritten. h, c, o [units] are updated in
 * place; when `all` is not 0, every h is stored there too, `units` floats a step. `decayW` is 0 without decay; then
 * c ← c + tanh(W_s c + b_s) ⊙ (exp(exponent · elapsed) − 1) comes before a step (T-LSTM, Baytas et al. 2017, eq. 1–3);
 * `scratch` holds `decayBlocks` · 24 floats. Where elapsed is 0, c stays as it is.
 */
export function recur(
  gates: usize,
  steps: i32,
  units: i32,
  w: usize,
  blocks: i32,
  h: usize,
  c: usize,
  o: usize,
  elapsed: usize,
  decayW: usize,
  decayBias: usize,
  exponent: usize,
  decayBlocks: i32,
  scratch: usize,
  all: usize,
): void {
  const bytes = <usize>units << 2;
  const one = f32x4.splat(1);
  for (let t = 0; t < steps; t++) {
    const elapsedNow = load<f32>(elapsed);
    if (decayW != 0 && elapsedNow != 0) {
      transform(c, units, decayW, decayBias, scratch, decayBlocks);
      const gap = f32x4.splat(elapsedNow);
      for (let at: usize = 0; at < bytes; at += 16) {
        const lost = f32x4.sub(exp4(f32x4.mul(v128.load(exponent + at), gap)), one);
        v128.store(c + at, madd(v128.load(c + at), tanh4(v128.load(scratch + at)), lost));
      }
    }
    transform(h, units, w, gates, gates, blocks);
    for (let at: usize = 0; at < bytes; at += 16) {
      let gate = gates + at;
      const i = sigmoid4(v128.load(gate));
      gate += bytes;
      const f = sigmoid4(v128.load(gate));
      gate += bytes;
      const g = tanh4(v128.load(gate));
      gate += bytes;
      const out = sigmoid4(v128.load(gate));
      const cell = f32x4.add(f32x4.mul(f, v128.load(c + at)), f32x4.mul(i, g));
      v128.store(c + at, cell);
      v128.store(o + at, out);
      v128.store(h + at, f32x4.mul(out, tanh4(cell)));
    }
    if (all != 0) {
      memory.copy(all, h, bytes);
      all += bytes;
    }
    gates += <usize>blocks * ROW;
    elapsed += 4;
  }
}
