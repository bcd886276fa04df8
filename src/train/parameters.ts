/** Named tensors of one kind (weights, gradients, Adam's moments); flat, row-major. */
export class Tensors {
  private readonly all = new Map<string, Float32Array>();
  constructor(entries: Iterable<readonly [string, Float32Array]>) {
    for (const [name, data] of entries) this.all.set(name, data);
  }
  get(name: string): Float32Array {
    const data = this.all.get(name);
    if (!data) throw new Error(`no tensor ${name}`);
    return data;
  }
  has(name: string): boolean {
    return this.all.has(name);
  }
  get names(): string[] {
    return [...this.all.keys()];
  }
  /** The same names and sizes, zeros. */
  zeros(): Tensors {
    return new Tensors([...this.all].map(([name, data]) => [name, new Float32Array(data.length)]));
  }
  clone(): Tensors {
    return new Tensors([...this.all].map(([name, data]) => [name, data.slice()]));
  }
  clear(): void {
    for (const data of this.all.values()) data.fill(0);
  }
  entries(): [string, Float32Array][] {
    return [...this.all];
  }
}

export interface AdamOptions {
  /** By tensor name; 0 leaves the tensor as it is. */
  rate(name: string): number;
  /** Decoupled weight decay (Loshchilov & Hutter 2019), per update and unit of rate. */
  decay(name: string): number;
  /** The whole gradient is scaled down to this length. */
  clip: number;
  /** Default 0.999. */
  beta2?: number;
}

/** Adam (Kingma & Ba 2015) with decoupled weight decay. */
export class Adam {
  constructor(
    readonly first: Tensors,
    readonly second: Tensors,
    public updates = 0,
  ) {}

  /** Returns the gradient's length before it is clipped; where that is not finite, nothing is changed. */
  update(weights: Tensors, gradient: Tensors, options: AdamOptions): number {
    let square = 0;
    for (const [, g] of gradient.entries()) for (let i = 0; i < g.length; i += 1) square += g[i]! * g[i]!;
    const length = Math.sqrt(square);
    if (!Number.isFinite(length)) return length;
    this.updates += 1;
    const scale = Math.min(1, options.clip / (length + 1e-12));
    const correct1 = 1 - 0.9 ** this.updates;
    const beta2 = options.beta2 ?? 0.999;
    const correct2 = 1 - beta2 ** this.updates;
    for (const [name, g] of gradient.entries()) {
      const rate = options.rate(name);
      if (rate === 0) continue;
      const [w, m, v] = [weights.get(name), this.first.get(name), this.second.get(name)];
      const shrink = 1 - rate * options.decay(name);
      for (let i = 0; i < g.length; i += 1) {
        const value = g[i]! * scale;
        m[i] = 0.9 * m[i]! + 0.1 * value;
        v[i] = beta2 * v[i]! + (1 - beta2) * value * value;
        w[i] = w[i]! * shrink - (rate * (m[i]! / correct1)) / (Math.sqrt(v[i]! / correct2) + 1e-8);
      }
    }
    return length;
  }
}
