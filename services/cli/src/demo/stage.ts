import type { ApiClient } from './api-client.ts';
import type { Checks } from './checks.ts';
import type { Inbox } from './inbox.ts';
import type { DemoOrganization } from './prepare-organization.ts';
import type { Receiver } from './start-receiver.ts';
import type { StandIn } from './start-stand-in.ts';

/** What every part of the demo works with. */
export interface Stage {
  apiUrl: string;
  api: ApiClient;
  inbox: Inbox;
  billing: StandIn;
  /** Where the job of the last part tells of its end. */
  receiver: Receiver;
  organization: DemoOrganization;
  checks: Checks;
  signal: AbortSignal;
}
