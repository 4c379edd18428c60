import type { Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import type { AttemptRow, DeliveryRow, EndpointRow, Facts } from './read-facts.ts';

type Report = Findings['report'];

/**
 * I7: every delivery ended, in the state that its attempts and its endpoint explain; each endpoint counts
 * what was dispatched to it from 1 on, without a gap, and gives no number twice; and none is disabled but
 * those that answered 410.
 */
export function checkDeliveries(evidence: Evidence, facts: Facts, { report }: Findings): void {
  const endpoints = new Map(facts.endpoints.map((each) => [each.id, each]));
  const attempts = Map.groupBy(facts.attempts, ({ delivery_id }) => delivery_id);
  for (const delivery of facts.deliveries) {
    const endpoint = endpoints.get(delivery.endpoint_id);
    const about = `delivery ${delivery.id} to ${endpoint?.url} is ${delivery.state}`;
    const log = attempts.get(delivery.id) ?? [];
    if (log.some(({ number }, index) => number !== index + 1) || log.length !== delivery.attempts) {
      report('I7', `${about} after ${delivery.attempts} attempts, of which ${log.length} are told`);
    }
    const fault = endpoint && faultOfState(evidence, delivery, endpoint, log);
    if (fault !== undefined) report('I7', `${about}, and ${fault}`);
  }
  for (const endpoint of facts.endpoints) checkSequences(facts, endpoint, report);
  for (const { id, before, after } of facts.deliveryChanges) {
    const kept = before?.sequence === null || before?.sequence === after?.sequence;
    if (!kept)
      report('I7', `delivery ${id} was number ${before?.sequence}, then ${after?.sequence}`);
  }
  checkDisabled(evidence, facts, report);
}

function faultOfState(
  { webhooks }: Evidence,
  { state, sequence }: DeliveryRow,
  { disabled, url }: EndpointRow,
  log: readonly AttemptRow[],
): string | undefined {
  const dead = webhooks.dead.includes(url);
  const last = log.at(-1);
  if (state !== 'disabled' && sequence === null) return 'has no sequence';
  switch (state) {
    case 'delivered':
      if (dead) return 'this address takes nothing';
      return last?.code === 'delivered' ? undefined : `its last attempt was ${last?.code}`;
    case 'exhausted':
      return log.length < webhooks.attempts ? `had ${log.length} attempts only` : undefined;
    case 'disabled':
      return disabled ? undefined : 'its endpoint is not';
    default:
      return 'it never ended';
  }
}

function checkSequences(
  { deliveries }: Facts,
  { id, url, last_sequence }: EndpointRow,
  report: Report,
): void {
  const given = deliveries
    .flatMap(({ endpoint_id, sequence }) => (endpoint_id === id ? (sequence ?? []) : []))
    .sort((a, b) => a - b);
  const whole = given.every((sequence, index) => sequence === index + 1);
  if (!whole || given.length !== last_sequence) {
    report('I7', `${url} was sent ${given.join()}, and counts ${last_sequence}`);
  }
}

/** Exactly those endpoints are disabled that answered 410; each of ours was told so once. */
function checkDisabled({ webhooks }: Evidence, { endpoints }: Facts, report: Report): void {
  const gone = new Set(
    webhooks.received.filter(({ answered }) => answered === 410).map(({ url }) => url),
  );
  for (const { url, disabled, disablings } of endpoints) {
    if (disabled !== gone.has(url)) {
      report('I7', `${url} ${gone.has(url) ? 'answered' : 'never answered'} 410: ${disabled}`);
    }
    if (disablings !== (disabled ? 1 : 0)) report('I7', `${url} was disabled ${disablings} times`);
  }
}
