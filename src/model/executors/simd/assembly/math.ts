// Four lanes at a time, for the kernels that serve and that train (AssemblyScript): scripts/build-wasm.mjs compiles
// each of them together with this file, whose functions are global. Deterministic instructions only:
// no relaxed SIMD, no FMA.

// @ts-nocheck

/** tanh as the rational function of Eigen's `generic_fast_tanh_float`: odd 13th over even 6th degree, on [-9, 9]. */
// @ts-ignore: decorator
@global @inline
function tanh4(value: v128): v128 {
  const x = f32x4.pmax(f32x4.pmin(value, f32x4.splat(9)), f32x4.splat(-9));
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
@global @inline
function sigmoid4(x: v128): v128 {
  const half = f32x4.splat(0.5);
  return f32x4.add(f32x4.mul(tanh4(f32x4.mul(x, half)), half), half);
}

/** exp for x ≤ 0 (Cephes' expf: 2^n · polynomial on [-ln 2 / 2, ln 2 / 2]); under e^-87 it stays at e^-87. */
// @ts-ignore: decorator
@global @inline
function exp4(value: v128): v128 {
  const x = f32x4.pmax(value, f32x4.splat(-87));
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
@global @inline
function madd(acc: v128, w: v128, x: v128): v128 {
  return f32x4.add(acc, f32x4.mul(w, x));
}
