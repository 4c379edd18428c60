import type { Delivery, DeliveryDetails } from '@usher/sdk';
import { printFields, printLine, printTable } from '../print.ts';
import { describeTime } from './describe-time.ts';

/** One delivery, for a person. */
export function printDelivery(delivery: Delivery): void {
  printFields([
    ['delivery', delivery.id],
    ['endpoint', delivery.endpoint_id],
    ['event', `${delivery.event_type} ${delivery.event_id}`],
    ['job', delivery.job_id],
    ['state', delivery.state],
    ['sequence', delivery.sequence === null ? null : String(delivery.sequence)],
    ['attempts', String(delivery.attempts)],
    ['last', delivery.last_code],
    ['next attempt', describeTime(delivery.next_attempt_at)],
    ['created', describeTime(delivery.created_at)],
    ['ended', describeTime(delivery.ended_at)],
  ]);
}

/** The same, with every attempt and what was sent. */
export function printDeliveryDetails(delivery: DeliveryDetails): void {
  printDelivery(delivery);
  printFields([['url', delivery.url]]);
  if (delivery.log.length > 0) {
    printLine();
    printTable(
      ['attempt', 'at', 'ms', 'status', 'code', 'message'],
      delivery.log.map((attempt) => [
        String(attempt.number),
        describeTime(attempt.at),
        String(attempt.duration_ms ?? ''),
        String(attempt.status ?? ''),
        attempt.code,
        attempt.message ?? '',
      ]),
    );
  }
  if (delivery.body !== null) {
    printLine();
    printFields([['body', delivery.body]]);
  }
}
