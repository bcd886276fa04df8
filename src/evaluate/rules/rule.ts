import type { Query } from '../query';

/** A rule with constants to choose. */
export interface Rule<S> {
  readonly name: string;
  /** What is tried; the first is taken where nothing can be chosen. */
  readonly settings: readonly S[];
  /** A setting in words. */
  describe(setting: S): string;
  /** One score a candidate. */
  score(query: Query, setting: S): ArrayLike<number>;
}
