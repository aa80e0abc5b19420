/** What delivers once it is configured: the endpoint, the lane of the run's own batches, and the means for what others left. */
import { addToLedger } from '../../spool/ledger.ts';
import { nowUnixMs } from '../../wall-clock.ts';
import type { DeliveryConfiguration } from '../messages.ts';
import type { Endpoint } from '../post/endpoint.ts';
import { configureEndpoint } from '../post/endpoint-configuration.ts';
import { createWaryPost } from '../post/wary-post.ts';
import type { DeliveryMeans, LaneMeans } from './deliver-file.ts';
import { EndpointAnswers } from './endpoint-answers.ts';
import type { Flights } from './flights.ts';
import type { HeldRequest } from './held-request.ts';
import { type LaneTerms, OwnLane } from './own-lane.ts';
import { RetrySchedule } from './retry-schedule.ts';

/** What the first command of a deliverer gives. */
export interface ConfiguredDelivery {
  readonly configuration: DeliveryConfiguration;
  readonly endpoint: Endpoint;
  readonly problems: readonly string[];
  readonly answers: EndpointAnswers;
  readonly lane: OwnLane;
  /** For what others left; none where no directory can be used. */
  readonly means: DeliveryMeans | undefined;
}

/** What the deliverer has of its own. */
export interface ConfiguredTerms extends Pick<LaneTerms, 'isOnDemand' | 'onChange' | 'onFault'> {
  readonly flights: Flights;
  /** Holds the requests of a delivery on demand. */
  readonly request: HeldRequest;
  /** Asked before each batch of others. */
  readonly mayDrain: () => boolean;
  /** Told how many older batches had to leave `rejected/` for one that came. */
  readonly noteRemovedRejected: (batches: number) => void;
}

/** Opens no connection yet. */
export function configureDelivery(
  configuration: DeliveryConfiguration,
  { flights, request, mayDrain, noteRemovedRejected, ...laneTerms }: ConfiguredTerms,
): ConfiguredDelivery {
  const { endpoint, problems } = configureEndpoint(configuration.env, configuration);
  const { directory } = configuration;
  const answers = new EndpointAnswers(directory, endpoint.url);
  const post = createWaryPost(laneTerms.isOnDemand ? request.holding(endpoint) : endpoint, answers);
  const means: Omit<LaneMeans, 'mayContinue'> = {
    directory,
    post: flights.observing(post, false),
    doubt: { inDoubt: configuration.inDoubt, windowSeconds: () => answers.windowSeconds() },
    nowUnixMs,
    note: (counts) => directory !== undefined && addToLedger(directory, counts),
    limits: configuration.limits,
    noteRemovedRejected,
  };
  const ownMeans: LaneMeans = {
    ...means,
    post: flights.observing(post, true),
    ...(configuration.countsOwnLosses ? {} : { note: () => {} }),
    mayContinue: () => true,
  };
  const lane = new OwnLane(ownMeans, {
    ...laneTerms,
    owner: configuration.owner,
    retry: new RetrySchedule(),
  });
  return {
    configuration,
    endpoint,
    problems,
    answers,
    lane,
    means: directory === undefined ? undefined : { ...means, directory, mayContinue: mayDrain },
  };
}
