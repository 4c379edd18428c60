import { DELIVERY_STATES, EVENT_TYPES, TEST_EVENT, uuid } from '@usher/contracts';
import type { Delivery } from '@usher/sdk';
import { Option, type Command } from 'commander';
import { addApiCommand } from '../../api/api-command.ts';
import { callApi, type ApiOptions } from '../../api/call-api.ts';
import { addPageOptions, readPage, toPage, type PageOptions } from '../../page-options.ts';
import { as, pointInTime } from '../../parse-arguments.ts';
import { printJson, printLine, printTable } from '../../print.ts';
import { describeTime } from '../../render/describe-time.ts';
import { paintState } from '../../render/paint-state.ts';

interface Options extends ApiOptions, PageOptions {
  endpoint?: string;
  event?: string;
  job?: string;
  eventType?: Delivery['event_type'];
  state?: Delivery['state'];
  from?: string;
  to?: string;
}

export function addDeliveryList(parent: Command): void {
  const command = addApiCommand(parent, 'list', 'what was sent to endpoints, newest first', [
    'delivery list --state exhausted',
    'delivery list --endpoint ENDPOINT --from 2030-01-01',
    "delivery list --job JOB --json | jq '.deliveries[0]'",
  ])
    .option('--endpoint <id>', 'to this endpoint', as(uuid))
    .option('--event <id>', 'of this event', as(uuid))
    .option('--job <id>', 'of this job', as(uuid))
    .addOption(
      new Option('--event-type <type>', 'of this type').choices([...EVENT_TYPES, TEST_EVENT]),
    )
    .addOption(new Option('--state <state>', 'only these').choices(DELIVERY_STATES))
    .option('--from <time>', 'made at or after it, as 2030-12-31T23:59:59Z', pointInTime)
    .option('--to <time>', 'made before it', pointInTime);
  addPageOptions(command).action((options: Options) =>
    callApi(options, async ({ usher, signal }) => {
      const list = usher.deliveries.list({ ...toFilter(options), ...toPage(options) }, { signal });
      const { items: deliveries, next_cursor } = await readPage(list, options.json);
      if (options.json) return printJson({ deliveries, next_cursor });
      if (deliveries.length === 0) return printLine('No such deliveries.');
      printTable(
        ['delivery', 'state', 'event', 'attempts', 'last', 'created'],
        deliveries.map((each) => [
          each.id,
          each.state,
          each.event_type,
          String(each.attempts),
          each.last_code ?? '',
          describeTime(each.created_at),
        ]),
        { state: paintState },
      );
    }),
  );
}

const toFilter = ({ endpoint, event, job, eventType, state, from, to }: Options) => ({
  endpoint_id: endpoint,
  event_id: event,
  job_id: job,
  event_type: eventType,
  state,
  from,
  to,
});
