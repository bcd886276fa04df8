import type { DataFolder } from '../data';

/** One way to judge a ranking: one list of candidates may be judged as a whole and as what is new to the customer. */
export interface Judgement {
  /** The rows of the report that this counts in. */
  slices: readonly string[];
  /** Item rows; never empty. */
  relevant: ReadonlySet<number>;
  /** Item rows that are taken out of the order before it is judged, beside those of the query. */
  excluded?: ReadonlySet<number>;
}

/** What a ranker is asked: order these candidates for this customer as things stand just before `time`. */
export interface Query {
  user: number;
  /** Rows `from .. to` of the log are what is known of this customer. */
  from: number;
  to: number;
  /** Unix seconds of what is predicted; NaN where only the order is known. */
  time: number;
  /** Item rows, rising. The same array for all queries where the whole catalogue is ranked. */
  candidates: Int32Array;
  /** Item rows that are not ranked: already seen, where the protocol says so. */
  excluded?: ReadonlySet<number>;
  /** Places in a list that was shown, where there was one: its own order is a baseline. */
  positions?: Float32Array;
  /** `foldOf` the customer: what was fitted or trained on other folds may be used. */
  fold: number;
  judgements: readonly Judgement[];
}

/** A rule or a model under test. Queries of one user come in order of time, users one after another. */
export interface Ranker {
  readonly name: string;
  /** What was chosen and how, for the record: constants of a rule and on what they were tuned. */
  readonly settings?: string;
  /** One score a candidate, in the order of `query.candidates`; higher is better, equal ones stay in the order given. */
  score(query: Query): ArrayLike<number> | Promise<ArrayLike<number>>;
}

/** A way to measure: which rankings are asked for, and what may be known beforehand. */
export interface Protocol {
  readonly name: string;
  /** The log as the protocol sees it: items that are too rare may be gone. */
  readonly data: DataFolder;
  /** Item rows that are ranked, rising. */
  readonly candidates: Int32Array;
  /** Users with something to predict. */
  readonly users: readonly number[];
  /** Whether what a customer has met may be ranked again. */
  readonly ranksSeen: boolean;
  queriesOf(user: number): Iterable<Query>;
  /** Whether rankings of customers of `fold` may be made with statistics of a row: neither their own future nor later ones. */
  mayFit(row: number, user: number, fold: number): boolean;
  /** Folds of one key may use the same fit and the same settings. */
  fitKey(fold: number): number;
  /** What constants of rules are chosen on for customers of `fold`: not the rankings that are judged, unless those are validation. */
  tuning(fold: number): Tuning;
}

/** Rankings to choose on. */
export interface Tuning {
  protocol: Protocol;
  users: readonly number[];
}
