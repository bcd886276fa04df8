import { type Protocol, type ReplayOptions, replayLog } from '../../evaluate';
import { conversionInput, prepareCandidates, scoreCandidates } from '../../model';

/** The candidates of one purchase. */
export interface ConversionList {
  /** Row of the user in the log. */
  user: number;
  fold: number;
  /** [n, X] of `conversionInput`. */
  x: Float32Array;
  /** [n] 1 for what was bought. */
  bought: Uint8Array;
  /** [n] item rows. */
  items: Int32Array;
}

/** The lists of some users, with what the head reads of them as the browser would make it. */
export async function* conversionLists(
  protocol: Protocol,
  options: ReplayOptions,
  users: readonly number[],
): AsyncGenerator<ConversionList> {
  const { model } = options;
  const replay = replayLog(protocol.data, options);
  for (const user of users) {
    for (const query of protocol.queriesOf(user)) {
      const state = await replay.stateFor(query);
      const batch = prepareCandidates(model, Array.from(query.candidates, replay.candidate));
      const scored = scoreCandidates(model, state, batch, { now: query.time * 1000, utcOffset: 0 });
      const { relevant } = query.judgements[0]!;
      yield {
        user,
        fold: query.fold,
        x: conversionInput(model, state, batch, scored, 0),
        bought: Uint8Array.from(query.candidates, (item) => (relevant.has(item) ? 1 : 0)),
        items: query.candidates,
      };
    }
  }
}
