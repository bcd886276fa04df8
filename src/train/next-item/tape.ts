import {
  add,
  concat,
  div,
  gather,
  matMul,
  maximum,
  mul,
  pad,
  reshape,
  scatterND,
  sigmoid,
  slice,
  softmax,
  sqrt,
  square,
  step,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor2d,
  transpose,
} from '@tensorflow/tfjs-core';

/** A value of a computation and, after {@link Tape.backward}, the gradient of the loss by it. */
export interface Node<T extends Tensor = Tensor2D> {
  value: T;
  grad: T | undefined;
}

/**
 * Reverse-mode differentiation over tfjs tensors for the few operations that the model is made of. tfjs' own gradients
 * are not registered in Node's build, and that of matMul asks for transposed products, ten times slower on tfjs-wasm:
 * here transposes come first. Use it inside `tidy`: what it makes is freed by the scope.
 */
export class Tape {
  private readonly steps: (() => void)[] = [];

  /** A leaf: a weight, or an input that nobody asks the gradient of. */
  leaf<T extends Tensor>(value: T): Node<T> {
    return { value, grad: undefined };
  }

  /** An operation of a caller's own: `backward` takes the gradient of `value` and calls {@link give} for its inputs. */
  record<T extends Tensor>(value: T, backward: (grad: T) => void): Node<T> {
    const node: Node<T> = { value, grad: undefined };
    this.steps.push(() => {
      if (node.grad) backward(node.grad);
    });
    return node;
  }

  /** Adds to a node's gradient. */
  give<T extends Tensor>(node: Node<T>, grad: T): void {
    node.grad = node.grad ? add<T>(node.grad, grad) : grad;
  }

  /** Runs all that was recorded backwards. The last nodes' gradients must have been given. */
  backward(): void {
    for (const step of this.steps.reverse()) step();
    this.steps.length = 0;
  }

  /** `x Wᵀ` (torch.nn.Linear's layout): x [m, k], W [n, k] → [m, n]. */
  linear(x: Node, weight: Node): Node {
    return this.record(matMul(x.value, transpose(weight.value)), (dy) => {
      this.give(x, matMul(dy, weight.value));
      this.give(weight, matMul(transpose(dy), x.value));
    });
  }

  /** x [m, n] + b [n] */
  addBias(x: Node, bias: Node<Tensor1D>): Node {
    return this.record(add<Tensor2D>(x.value, bias.value), (dy) => {
      this.give(x, dy);
      this.give(bias, sum(dy, 0));
    });
  }

  add(a: Node, b: Node): Node {
    return this.record(add<Tensor2D>(a.value, b.value), (dy) => {
      this.give(a, dy);
      this.give(b, dy);
    });
  }

  /** Of one shape. */
  multiply(a: Node, b: Node): Node {
    return this.record(mul<Tensor2D>(a.value, b.value), (dy) => {
      this.give(a, mul(dy, b.value));
      this.give(b, mul(dy, a.value));
    });
  }

  /** x times a constant that broadcasts to its shape: dropout masks, flags. */
  scale(x: Node, factor: Tensor): Node {
    return this.record(mul<Tensor2D>(x.value, factor), (dy) => this.give(x, mul(dy, factor)));
  }

  /** `x · w` where w [m, 1] has one factor a row. */
  scaleRows(x: Node, w: Node): Node {
    return this.record(mul<Tensor2D>(x.value, w.value), (dy) => {
      this.give(x, mul(dy, w.value));
      this.give(w, sum(mul(dy, x.value), 1, true) as Tensor2D);
    });
  }

  sigmoid(x: Node): Node {
    const y = sigmoid(x.value);
    return this.record(y, (dy) => this.give(x, mul(dy, mul(y, sub(1, y)))));
  }

  tanh(x: Node): Node {
    const y = tanhOf(x.value);
    return this.record(y, (dy) => this.give(x, mul(dy, sub(1, mul(y, y)))));
  }

  relu(x: Node): Node {
    const y = maximum(x.value, 0) as Tensor2D;
    return this.record(y, (dy) => this.give(x, mul(dy, step(y))));
  }

  /** Rows by number; the gradient adds up where a row is read more than once. */
  rows(table: Node, index: Tensor1D): Node {
    const shape = table.value.shape;
    return this.record(gather(table.value, index) as Tensor2D, (dy) => {
      this.give(table, scatterND(reshape(index, [-1, 1]), dy, shape) as Tensor2D);
    });
  }

  /** Side by side. */
  join(parts: readonly Node[]): Node {
    return this.record(
      concat(
        parts.map((one) => one.value),
        1,
      ),
      (dy) => {
        let at = 0;
        for (const one of parts) {
          this.give(one, columnsOf(dy, at, one.value.shape[1]));
          at += one.value.shape[1];
        }
      },
    );
  }

  /** Some of the columns. */
  columns(x: Node, from: number, count: number): Node {
    const width = x.value.shape[1];
    return this.record(columnsOf(x.value, from, count), (dy) => {
      this.give(
        x,
        pad(dy, [
          [0, 0],
          [from, width - from - count],
        ]) as Tensor2D,
      );
    });
  }

  /** Every row divided by its length; a row shorter than 1e-6 becomes all but zeros, never NaN. */
  unit(x: Node): Node {
    const length = maximum(sqrt(sum(square(x.value), 1, true)), 1e-6) as Tensor2D;
    const y = div<Tensor2D>(x.value, length);
    return this.record(y, (dy) => {
      const along = sum(mul(dy, y), 1, true);
      this.give(x, div(sub(dy, mul(y, along)), length));
    });
  }

  /** Softmax of each row. */
  softmax(x: Node): Node {
    const y = softmax(x.value);
    return this.record(y, (dy) => this.give(x, mul(y, sub(dy, sum(mul(dy, y), 1, true)))));
  }
}

/** Columns `from .. from + count` of x. */
export function columnsOf(x: Tensor2D, from: number, count: number): Tensor2D {
  return slice(x, [0, from], [-1, count]) as Tensor2D;
}

/** tanh by way of the logistic function: tfjs-wasm has SIMD for that one alone (fifteen times faster). */
export function tanhOf(x: Tensor2D): Tensor2D {
  return sub(mul(sigmoid(mul(x, 2)), 2), 1);
}

/** A constant [m, n] from plain values. */
export function constant(values: Float32Array, rows: number): Tensor2D {
  return tensor2d(values, [rows, rows ? values.length / rows : 0]);
}
