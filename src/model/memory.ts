import { halfLifeDecay } from './linear';
import type { ModelManifest } from './manifest';
import type { InterestState } from './state';

/**
 * Factor of each memory between (memoryTime, memoryStep) and (time, step): `2^(−Δt/τ_k)` for the half-lives, `ρ_k^Δstep`
 * for the step decays. Where the time is unknown a half-life does not fade.
 */
export function memoryDecay(
  { halfLives, stepDecays }: ModelManifest['memories'],
  from: Pick<InterestState, 'memoryTime' | 'memoryStep'>,
  time: number,
  step: number,
): number[] {
  const seconds = (time - from.memoryTime) / 1000;
  const steps = Math.max(0, step - from.memoryStep);
  return [...halfLives.map((tau) => halfLifeDecay(seconds, tau)), ...stepDecays.map((rho) => rho ** steps)];
}

/** `M_k ← decay_k M_k + w q` (model.md, Long-term interest), in place. */
export function updateMemories(
  manifest: ModelManifest,
  state: InterestState,
  q: Float32Array,
  weight: number,
  time: number,
  step: number,
): void {
  const size = q.length;
  const factors = memoryDecay(manifest.memories, state, time, step);
  const { memories } = state;
  factors.forEach((factor, k) => {
    for (let i = k * size; i < (k + 1) * size; i += 1) memories[i] = factor * memories[i]! + weight * q[i - k * size]!;
  });
  if (!Number.isNaN(time) && !(time < state.memoryTime)) state.memoryTime = time;
  state.memoryStep = Math.max(state.memoryStep, step);
}
