// The recurrence of the LSTM for training, in WebAssembly SIMD (AssemblyScript): forward and backward of one step of a
// batch of sequences. Deterministic instructions only: no relaxed SIMD, no FMA, so that every machine gives the same
// weights. Matrices [K, N] are packed in blocks of 8 columns, [N / 8][K][8]; H is a multiple of 8.
// tanh and exp are those of the kernel that serves.

// @ts-nocheck

/** out [m, n] += a [m, k] · w, w packed; rows of `a` and `out` are k and n floats apart. */
export function gemm(a: usize, w: usize, out: usize, m: i32, k: i32, n: i32): void {
  const aRow = <usize>k << 2;
  const outRow = <usize>n << 2;
  for (let column = 0; column < n; column += 8) {
    let x = a, to = out + (<usize>column << 2), row = 0;
    for (; row + 4 <= m; row += 4) {
      const to1 = to + outRow, to2 = to1 + outRow, to3 = to2 + outRow;
      let a0 = v128.load(to), b0 = v128.load(to, 16), a1 = v128.load(to1), b1 = v128.load(to1, 16);
      let a2 = v128.load(to2), b2 = v128.load(to2, 16), a3 = v128.load(to3), b3 = v128.load(to3, 16);
      let at = w, xk = x;
      const end = x + aRow;
      while (xk < end) {
        const wa = v128.load(at), wb = v128.load(at, 16);
        const s0 = v128.load32_splat(xk), s1 = v128.load32_splat(xk + aRow);
        const s2 = v128.load32_splat(xk + 2 * aRow), s3 = v128.load32_splat(xk + 3 * aRow);
        a0 = madd(a0, wa, s0); b0 = madd(b0, wb, s0);
        a1 = madd(a1, wa, s1); b1 = madd(b1, wb, s1);
        a2 = madd(a2, wa, s2); b2 = madd(b2, wb, s2);
        a3 = madd(a3, wa, s3); b3 = madd(b3, wb, s3);
        at += 32;
        xk += 4;
      }
      v128.store(to, a0); v128.store(to, b0, 16);
      v128.store(to1, a1); v128.store(to1, b1, 16);
      v128.store(to2, a2); v128.store(to2, b2, 16);
      v128.store(to3, a3); v128.store(to3, b3, 16);
      x += 4 * aRow;
      to += 4 * outRow;
    }
    for (; row < m; row++) {
      let a0 = v128.load(to), b0 = v128.load(to, 16);
      let at = w, xk = x;
      const end = x + aRow;
      while (xk < end) {
        const s0 = v128.load32_splat(xk);
        a0 = madd(a0, v128.load(at), s0);
        b0 = madd(b0, v128.load(at, 16), s0);
        at += 32;
        xk += 4;
      }
      v128.store(to, a0); v128.store(to, b0, 16);
      x += aRow;
      to += outRow;
    }
    w += aRow << 3;
  }
}

/** short ← tanh(short); decayed = c + short ⊙ (exp(exponent · elapsed) − 1), row by row; [m, h]. */
export function decayForward(
  short: usize,
  c: usize,
  exponent: usize,
  elapsed: usize,
  decayed: usize,
  m: i32,
  h: i32,
): void {
  const bytes = <usize>h << 2;
  const one = f32x4.splat(1);
  for (let row = 0; row < m; row++) {
    const gap = v128.load32_splat(elapsed);
    for (let at: usize = 0; at < bytes; at += 16) {
      const s = tanh4(v128.load(short + at));
      v128.store(short + at, s);
      const lost = f32x4.sub(exp4(f32x4.mul(v128.load(exponent + at), gap)), one);
      v128.store(decayed + at, madd(v128.load(c + at), s, lost));
    }
    short += bytes;
    c += bytes;
    decayed += bytes;
    elapsed += 4;
  }
}

/** gates [m, 4h] through their functions, in place; c = f ⊙ decayed + i ⊙ g, tanhC, h = o ⊙ tanhC; [m, h]. */
export function stepForward(gates: usize, decayed: usize, c: usize, tanhC: usize, hidden: usize, m: i32, h: i32): void {
  const bytes = <usize>h << 2;
  for (let row = 0; row < m; row++) {
    for (let at: usize = 0; at < bytes; at += 16) {
      const gi = gates + at, gf = gi + bytes, gg = gf + bytes, go = gg + bytes;
      const i = sigmoid4(v128.load(gi)), f = sigmoid4(v128.load(gf));
      const g = tanh4(v128.load(gg)), o = sigmoid4(v128.load(go));
      v128.store(gi, i); v128.store(gf, f); v128.store(gg, g); v128.store(go, o);
      const cell = f32x4.add(f32x4.mul(f, v128.load(decayed + at)), f32x4.mul(i, g));
      const t = tanh4(cell);
      v128.store(c + at, cell);
      v128.store(tanhC + at, t);
      v128.store(hidden + at, f32x4.mul(o, t));
    }
    gates += 4 * bytes;
    decayed += bytes;
    c += bytes;
    tanhC += bytes;
    hidden += bytes;
  }
}

/**
 * Backward of stepForward: from dh, dc, dO [m, h] (the gradients by h, c and o of the step) to dGates [m, 4h] (by the
 * gates' inputs); dc becomes the gradient by `decayed`.
 */
export function stepBackward(
  gates: usize,
  decayed: usize,
  tanhC: usize,
  dh: usize,
  dc: usize,
  dO: usize,
  dGates: usize,
  m: i32,
  h: i32,
): void {
  const bytes = <usize>h << 2;
  const one = f32x4.splat(1);
  for (let row = 0; row < m; row++) {
    for (let at: usize = 0; at < bytes; at += 16) {
      const gate = gates + at;
      const i = v128.load(gate), f = v128.load(gate + bytes);
      const g = v128.load(gate + 2 * bytes), o = v128.load(gate + 3 * bytes);
      const t = v128.load(tanhC + at), d = v128.load(dh + at);
      const slope = f32x4.mul(o, f32x4.sub(one, f32x4.mul(t, t)));
      const dCell = f32x4.add(v128.load(dc + at), f32x4.mul(d, slope));
      const dOut = f32x4.add(f32x4.mul(d, t), v128.load(dO + at));
      const to = dGates + at;
      v128.store(to, f32x4.mul(f32x4.mul(dCell, g), f32x4.mul(i, f32x4.sub(one, i))));
      const dForget = f32x4.mul(dCell, v128.load(decayed + at));
      v128.store(to + bytes, f32x4.mul(dForget, f32x4.mul(f, f32x4.sub(one, f))));
      v128.store(to + 2 * bytes, f32x4.mul(f32x4.mul(dCell, i), f32x4.sub(one, f32x4.mul(g, g))));
      v128.store(to + 3 * bytes, f32x4.mul(dOut, f32x4.mul(o, f32x4.sub(one, o))));
      v128.store(dc + at, f32x4.mul(dCell, f));
    }
    gates += 4 * bytes;
    dGates += 4 * bytes;
    decayed += bytes;
    tanhC += bytes;
    dh += bytes;
    dc += bytes;
    dO += bytes;
  }
}

/**
 * Backward of decayForward: from dDecayed [m, h] to dShort [m, h] (by the input of its tanh); what the rate gets,
 * −Σ_rows dDecayed ⊙ short ⊙ exp(exponent elapsed) elapsed, is added to dExponent [h] without its sign.
 */
export function decayBackward(
  short: usize,
  exponent: usize,
  elapsed: usize,
  dDecayed: usize,
  dShort: usize,
  dExponent: usize,
  m: i32,
  h: i32,
): void {
  const bytes = <usize>h << 2;
  const one = f32x4.splat(1);
  for (let row = 0; row < m; row++) {
    const gap = v128.load32_splat(elapsed);
    for (let at: usize = 0; at < bytes; at += 16) {
      const s = v128.load(short + at), d = v128.load(dDecayed + at);
      const left = exp4(f32x4.mul(v128.load(exponent + at), gap));
      const slope = f32x4.sub(one, f32x4.mul(s, s));
      v128.store(dShort + at, f32x4.mul(f32x4.mul(d, f32x4.sub(left, one)), slope));
      v128.store(dExponent + at, madd(v128.load(dExponent + at), f32x4.mul(d, s), f32x4.mul(left, gap)));
    }
    short += bytes;
    dDecayed += bytes;
    dShort += bytes;
    elapsed += 4;
  }
}

/** y [n] += factor · x [n]; n is a multiple of 4. */
export function addScaled(y: usize, x: usize, factor: f32, n: i32): void {
  const by = f32x4.splat(factor);
  const end = y + (<usize>n << 2);
  while (y < end) {
    v128.store(y, madd(v128.load(y), v128.load(x), by));
    y += 16;
    x += 16;
  }
}

/** out [n] = factor · y [n] + weight · x [n]; n is a multiple of 4. */
export function decayAdd(out: usize, y: usize, factor: f32, x: usize, weight: f32, n: i32): void {
  const by = f32x4.splat(factor), w = f32x4.splat(weight);
  const end = out + (<usize>n << 2);
  while (out < end) {
    v128.store(out, madd(f32x4.mul(v128.load(y), by), v128.load(x), w));
    out += 16;
    y += 16;
    x += 16;
  }
}
