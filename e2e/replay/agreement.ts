import type { Answer } from './browser';
import { type BasketCase, type CustomerCase, ndcgOf } from './cases';

/** How far scores of neighbours may lie apart for their order to be free: this share of the list's range. */
export const TIE = 1e-3;

/** How a browser's answers stand to the Node evaluator's. */
export class Agreement {
  baskets = 0;
  /** Baskets whose first ten are not the evaluator's though no tie allows it. */
  readonly differences: string[] = [];
  /** Places that differ within a tie. */
  ties = 0;
  /** Largest difference of a score, as a share of its list's range. */
  largest = 0;
  private readonly sums = { browser: 0, node: 0, browserNew: 0, nodeNew: 0 };
  private fresh = 0;

  add(customer: CustomerCase, answers: readonly Answer[]): void {
    customer.baskets.forEach((basket, at) => {
      this.one(`${customer.user}, basket ${at + 2}`, basket, answers[at]!);
    });
  }

  private one(name: string, basket: BasketCase, answer: Answer): void {
    this.baskets++;
    const tolerance = TIE * basket.range;
    for (let place = 0; place < 10; place++) {
      const id = answer.ids[place]!;
      const score = basket.scores.get(id) ?? Number.NaN;
      const gap = Math.abs(answer.scores[place]! - score);
      this.largest = Math.max(this.largest, gap / basket.range);
      if (id === basket.order[place]) continue;
      const expected = basket.scores.get(basket.order[place]!)!;
      if (Math.abs(score - expected) < tolerance) this.ties++;
      else
        this.differences.push(
          `${name}, place ${place}: ${id} (${score}) instead of ${basket.order[place]} (${expected})`,
        );
    }
    this.sums.browser += ndcgOf(answer.ids.slice(0, 10), basket.relevant);
    this.sums.node += ndcgOf(basket.order.slice(0, 10), basket.relevant);
    const bought = new Set(basket.bought);
    const isNew = (id: string): boolean => !bought.has(id);
    const relevant = basket.relevant.filter(isNew);
    if (relevant.length === 0) return;
    this.fresh++;
    this.sums.browserNew += ndcgOf(answer.ids.filter(isNew).slice(0, 10), relevant);
    this.sums.nodeNew += ndcgOf(basket.order.filter(isNew).slice(0, 10), relevant);
  }

  /** Mean NDCG@10 over all products, and over those new to the customer. */
  get ndcg(): { browser: number; node: number; browserNew: number; nodeNew: number } {
    const { browser, node, browserNew, nodeNew } = this.sums;
    return {
      browser: browser / this.baskets,
      node: node / this.baskets,
      browserNew: browserNew / this.fresh,
      nodeNew: nodeNew / this.fresh,
    };
  }
}
