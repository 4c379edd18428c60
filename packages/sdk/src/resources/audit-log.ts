import { createPaged, type Paged, type PageQuery } from '../paging.ts';
import { exportList, type ExportOptions } from '../streams/export-list.ts';
import type { CallOptions } from '../transport/call.ts';
import type { Transport } from '../transport/transport.ts';
import type { AuditEntry, AuditFilter } from '../types.ts';

const LIST = { path: '/audit-log', field: 'entries' };

export const createAuditLog = (transport: Transport) => ({
  /** Newest first, page by page. */
  list: (filter: AuditFilter & PageQuery = {}, options?: CallOptions): Paged<AuditEntry> =>
    createPaged(transport, LIST, filter, options),

  /** All of it, newest first, as one stream of lines; one that breaks off goes on where it was. */
  export: (
    filter: AuditFilter = {},
    options: ExportOptions = {},
  ): AsyncGenerator<AuditEntry, void, undefined> =>
    exportList<AuditEntry>(
      transport,
      { path: LIST.path, query: filter, cursorOf: ({ id }) => id },
      options,
    ),
});
