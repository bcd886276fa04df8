import { type DataFolder, kindOf } from '../../data';
import { HomebodyError } from '../../domain';
import {
  frequencyRanker,
  impressions,
  leaveOneOut,
  nextBasket,
  type Prior,
  type Protocol,
  popularityRanker,
  type Ranker,
  RecentPurchases,
  type RulesOptions,
  recentPopularityRanker,
  sessions,
  shownOrder,
  textRule,
  timeSplit,
  trainingPrior,
  tunedRules,
} from '../../evaluate';
import type { ItemVector } from '../../model';
import type { Arguments } from '../command';

/** Names for --protocol. */
export const PROTOCOLS = ['next-basket', 'leave-one-out', 'time-split', 'sessions', 'impressions'] as const;

/** @throws HomebodyError `invalid-input` when the log has nothing for the protocol */
export function protocolOf(args: Arguments, data: DataFolder): Protocol {
  const slices = args.flag('slices');
  switch (args.text('protocol') as (typeof PROTOCOLS)[number]) {
    case 'next-basket':
      return nextBasket(data);
    case 'time-split':
      return timeSplit(data, { share: args.number('test-share')!, slices });
    case 'sessions':
      return sessions(data);
    case 'impressions':
      return impressions(data);
    case 'leave-one-out': {
      const history = args.number('history');
      return leaveOneOut(data, {
        split: args.text('split') as 'test' | 'validation',
        minItemEvents: args.number('min-item-events')!,
        slices,
        ...(history === undefined ? {} : { history }),
      });
    }
  }
}

/** Recent popularity, where the protocol knows when it is asked; of all kinds of events in a log without purchases. */
export function recentOf(protocol: Protocol): RecentPurchases | undefined {
  if (!protocol.ranksSeen) return undefined;
  return new RecentPurchases(protocol.data, !protocol.data.events.kind.includes(kindOf('purchase')));
}

/** Names for --prior. */
export const PRIORS = ['none', 'popularity', 'trending'] as const;

export type PriorName = (typeof PRIORS)[number];

/**
 * What the candidates get of `--prior`.
 * @throws HomebodyError `invalid-input` for `trending` where the protocol does not know when it is asked
 */
export function priorOf(name: PriorName, protocol: Protocol, recent: RecentPurchases | undefined): Prior | undefined {
  if (name === 'none') return undefined;
  if (name === 'popularity') return recent ? ({ time, user }) => recent.before(time, user) : trainingPrior(protocol);
  if (recent) return ({ time, user }) => recent.fading(time, user);
  throw new HomebodyError(
    'invalid-input',
    `--prior trending: ${protocol.name} does not know when a list was asked for.`,
    {
      remedy: 'Take --prior popularity.',
    },
  );
}

/** Rules with fixed constants first, then those whose constants are chosen on validation. */
export async function rulesOf(
  protocol: Protocol,
  vectors: readonly ItemVector[],
  options: RulesOptions,
): Promise<Ranker[]> {
  const { data } = protocol;
  const { recent } = options;
  const fixed: Ranker[] = [];
  if (protocol.name === 'impressions') fixed.push(shownOrder());
  if (protocol.name === 'next-basket') fixed.push(popularityRanker(data));
  if (recent) fixed.push(recentPopularityRanker(recent));
  if (protocol.name === 'next-basket') fixed.push(frequencyRanker(data, 'popularity'), frequencyRanker(data, 'none'));
  fixed.push(
    textRule(
      protocol,
      vectors.map(({ e }) => e),
    ),
  );
  const tuned = await tunedRules(protocol, options);
  return [...fixed, ...tuned.filter(({ name }) => !fixed.some((rule) => rule.name === name))];
}
