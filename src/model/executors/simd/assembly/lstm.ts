// The time-aware LSTM in WebAssembly SIMD (AssemblyScript). Deterministic instructions only: no relaxed SIMD, no FMA, so
// that every device gives the same bits. Matrices are packed by ../pack.ts in blocks of 32 outputs: [block][k][32].
// Every output accumulates in the same order, first input, then recurrent, k rising, whatever the number of steps.

// @ts-nocheck

/** Bytes of a block's row: 32 floats. */
const ROW: usize = 128;

/** tanh as the rational function of Eigen's `generic_fast_tanh_float`: odd 13th over even 6th degree, on [-9, 9]. */
// @ts-ignore: decorator
@inline
function tanh4(value: v128): v128 {
  const x = f32x4.max(f32x4.min(value, f32x4.splat(9)), f32x4.splat(-9));
  const x2 = f32x4.mul(x, x);
  let p = f32x4.add(f32x4.mul(x2, f32x4.splat(-2.76076847742355e-16)), f32x4.splat(2.00018790482477e-13));
  p = f32x4.add(f32x4.mul(p, x2), f32x4.splat(-8.60467152213735e-11));
  p = f32x4.add(f32x4.mul(p, x2), f32x4.splat(5.12229709037114e-08));
  p = f32x4.add(f32x4.mul(p, x2), f32x4.splat(1.48572235717979e-05));
  p = f32x4.add(f32x4.mul(p, x2), f32x4.splat(6.37261928875436e-04));
  p = f32x4.add(f32x4.mul(p, x2), f32x4.splat(4.89352455891786e-03));
  let q = f32x4.add(f32x4.mul(x2, f32x4.splat(1.19825839466702e-06)), f32x4.splat(1.18534705686654e-04));
  q = f32x4.add(f32x4.mul(q, x2), f32x4.splat(2.26843463243900e-03));
  q = f32x4.add(f32x4.mul(q, x2), f32x4.splat(4.89352518554385e-03));
  return f32x4.div(f32x4.mul(x, p), q);
}

/** σ(x) = (tanh(x / 2) + 1) / 2 */
// @ts-ignore: decorator
@inline
function sigmoid4(x: v128): v128 {
  const half = f32x4.splat(0.5);
  return f32x4.add(f32x4.mul(tanh4(f32x4.mul(x, half)), half), half);
}

/** exp for x ≤ 0 (Cephes' expf: 2^n · polynomial on [-ln 2 / 2, ln 2 / 2]); under e^-87 it stays at e^-87. */
// @ts-ignore: decorator
@inline
function exp4(value: v128): v128 {
  const x = f32x4.max(value, f32x4.splat(-87));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504088896341)));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.add(f32x4.mul(r, f32x4.splat(1.9875691500e-4)), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), f32x4.splat(1));
  const scale = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, scale);
}

/** acc + w · x, rounded after each of the two. */
// @ts-ignore: decorator
@inline
function madd(acc: v128, w: usize, offset: usize, x: v128): v128 {
  return f32x4.add(acc, f32x4.mul(v128.load(w + offset), x));
}

/**
 * out[t][block][32] = bias[block][32] + Σ_k w[block][k][32] · x[t][k] for `steps` rows of x: the input's part of every
 * step at once, four steps by eight outputs in registers.
 */
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
    const wBlock = w + <usize>block * <usize>inputs * ROW;
    let t = 0;
    for (; t + 4 <= steps; t += 4) {
      const x0 = x + <usize>t * xRow;
      const o0 = out + <usize>t * outRow + <usize>block * ROW;
      for (let pair: usize = 0; pair < ROW; pair += 32) {
        const at = bias + <usize>block * ROW + pair;
        let a0 = v128.load(at), b0 = v128.load(at, 16);
        let a1 = a0, b1 = b0, a2 = a0, b2 = b0, a3 = a0, b3 = b0;
        let wk = wBlock + pair;
        let xk = x0;
        const end = x0 + xRow;
        while (xk < end) {
          const wa = v128.load(wk), wb = v128.load(wk, 16);
          const s0 = v128.load32_splat(xk);
          const s1 = v128.load32_splat(xk + xRow);
          const s2 = v128.load32_splat(xk + 2 * xRow);
          const s3 = v128.load32_splat(xk + 3 * xRow);
          a0 = f32x4.add(a0, f32x4.mul(wa, s0));
          b0 = f32x4.add(b0, f32x4.mul(wb, s0));
          a1 = f32x4.add(a1, f32x4.mul(wa, s1));
          b1 = f32x4.add(b1, f32x4.mul(wb, s1));
          a2 = f32x4.add(a2, f32x4.mul(wa, s2));
          b2 = f32x4.add(b2, f32x4.mul(wb, s2));
          a3 = f32x4.add(a3, f32x4.mul(wa, s3));
          b3 = f32x4.add(b3, f32x4.mul(wb, s3));
          wk += ROW;
          xk += 4;
        }
        let o = o0 + pair;
        v128.store(o, a0); v128.store(o, b0, 16);
        o += outRow; v128.store(o, a1); v128.store(o, b1, 16);
        o += outRow; v128.store(o, a2); v128.store(o, b2, 16);
        o += outRow; v128.store(o, a3); v128.store(o, b3, 16);
      }
    }
    for (; t < steps; t++) {
      multiply(
        x + <usize>t * xRow,
        inputs,
        wBlock,
        bias + <usize>block * ROW,
        out + <usize>t * outRow + <usize>block * ROW,
      );
    }
  }
}

/** out[32] = start[32] + Σ_k w[k][32] · x[k] */
// @ts-ignore: decorator
@inline
function multiply(x: usize, inputs: i32, w: usize, start: usize, out: usize): void {
  let a = v128.load(start), b = v128.load(start, 16), c = v128.load(start, 32), d = v128.load(start, 48);
  let e = v128.load(start, 64), f = v128.load(start, 80), g = v128.load(start, 96), h = v128.load(start, 112);
  const end = x + (<usize>inputs << 2);
  while (x < end) {
    const s = v128.load32_splat(x);
    a = madd(a, w, 0, s); b = madd(b, w, 16, s); c = madd(c, w, 32, s); d = madd(d, w, 48, s);
    e = madd(e, w, 64, s); f = madd(f, w, 80, s); g = madd(g, w, 96, s); h = madd(h, w, 112, s);
    w += ROW;
    x += 4;
  }
  v128.store(out, a); v128.store(out, b, 16); v128.store(out, c, 32); v128.store(out, d, 48);
  v128.store(out, e, 64); v128.store(out, f, 80); v128.store(out, g, 96); v128.store(out, h, 112);
}

/** One vector of four units of the step: gates in, new memory, output gate and hidden state out. */
// @ts-ignore: decorator
@inline
function cell(i: v128, f: v128, g: v128, o: v128, c: usize, oOut: usize, hOut: usize): void {
  const memory = f32x4.add(f32x4.mul(sigmoid4(f), v128.load(c)), f32x4.mul(sigmoid4(i), tanh4(g)));
  const gate = sigmoid4(o);
  v128.store(c, memory);
  v128.store(oOut, gate);
  v128.store(hOut, f32x4.mul(gate, tanh4(memory)));
}

/**
 * c ← c + tanh(W_s c + b_s) ⊙ (exp(exponent · elapsed) − 1), in place (T-LSTM, Baytas et al. 2017, eq. 1–3).
 * c and scratch hold `blocks` · 32 floats.
 */
// @ts-ignore: decorator
@inline
function decay(
  c: usize,
  units: i32,
  w: usize,
  bias: usize,
  exponent: usize,
  blocks: i32,
  elapsed: f32,
  scratch: usize,
): void {
  for (let block = 0; block < blocks; block++) {
    const at = <usize>block * ROW;
    multiply(c, units, w + <usize>block * <usize>units * ROW, bias + at, scratch + at);
  }
  const gap = f32x4.splat(elapsed);
  const one = f32x4.splat(1);
  const end = <usize>blocks * ROW;
  for (let at: usize = 0; at < end; at += 16) {
    const kept = f32x4.sub(exp4(f32x4.mul(v128.load(exponent + at), gap)), one);
    const s = tanh4(v128.load(scratch + at));
    v128.store(c + at, f32x4.add(v128.load(c + at), f32x4.mul(s, kept)));
  }
}

/**
 * The recurrent part of `steps` steps. `gates` [steps][units / 8][32] comes from `project`; a block holds eight units'
 * i, f, g, o (8 floats each). h, c, o are updated in place; when `all` is not 0, every h is stored there too, `units`
 * floats a step. `decayW` is 0 without decay; `scratch` holds max(units, decayBlocks · 32) floats.
 */
export function recur(
  gates: usize,
  steps: i32,
  units: i32,
  w: usize,
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
  const blocks = units >> 3;
  const bytes = <usize>units << 2;
  for (let t = 0; t < steps; t++) {
    if (decayW != 0) {
      const gap = load<f32>(elapsed + (<usize>t << 2));
      if (gap != 0) decay(c, units, decayW, decayBias, exponent, decayBlocks, gap, scratch);
    }
    for (let block = 0; block < blocks; block++) {
      let wk = w + <usize>block * <usize>units * ROW;
      let i0 = v128.load(gates), i1 = v128.load(gates, 16), f0 = v128.load(gates, 32), f1 = v128.load(gates, 48);
      let g0 = v128.load(gates, 64), g1 = v128.load(gates, 80), o0 = v128.load(gates, 96), o1 = v128.load(gates, 112);
      let hk = h;
      const end = h + bytes;
      while (hk < end) {
        const s = v128.load32_splat(hk);
        i0 = madd(i0, wk, 0, s); i1 = madd(i1, wk, 16, s); f0 = madd(f0, wk, 32, s); f1 = madd(f1, wk, 48, s);
        g0 = madd(g0, wk, 64, s); g1 = madd(g1, wk, 80, s); o0 = madd(o0, wk, 96, s); o1 = madd(o1, wk, 112, s);
        wk += ROW;
        hk += 4;
      }
      const at = <usize>block << 5;
      // The new h goes to scratch first: the other blocks still read the old one.
      cell(i0, f0, g0, o0, c + at, o + at, scratch + at);
      cell(i1, f1, g1, o1, c + at + 16, o + at + 16, scratch + at + 16);
      gates += ROW;
    }
    memory.copy(h, scratch, bytes);
    if (all != 0) {
      memory.copy(all, h, bytes);
      all += bytes;
    }
  }
}
