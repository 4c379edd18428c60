export interface Candidate {
  id: string;
  orgId: string;
  /** Service that sending it gives its organization: its targets, at least 1. */
  cost: number;
  gate: string | null;
}

/**
 * Start-time fair queueing over organizations: each is served in proportion to its weight, whoever
 * has waited least ahead of the clock first. An organization that was idle starts at the clock and
 * saves nothing up. Lives in the dispatcher's memory: a new dispatcher starts everybody level.
 */
export class VirtualTime {
  private clock = 0;
  private readonly finish = new Map<string, number>();

  /** When an organization's next task would start, in virtual time. */
  startOf(orgId: string): number {
    return Math.max(this.finish.get(orgId) ?? 0, this.clock);
  }

  serve(orgId: string, cost: number, weight: number): void {
    const start = this.startOf(orgId);
    this.clock = start;
    this.finish.set(orgId, start + cost / weight);
  }

  /** Forget who is level with the clock anyway. */
  prune(): void {
    for (const [orgId, finish] of this.finish) if (finish <= this.clock) this.finish.delete(orgId);
  }
}

/**
 * Choose up to `free` of the candidates (each organization's in its own order), always for the
 * organization with the least service, and never past what a gate still admits.
 * @param room how many more tasks each gate admits; absent: none.
 */
export function fairPick(
  candidates: readonly Candidate[],
  free: number,
  weights: ReadonlyMap<string, number>,
  room: Map<string, number>,
  time: VirtualTime,
): Candidate[] {
  const waiting = Map.groupBy(candidates, (candidate) => candidate.orgId);
  const picked: Candidate[] = [];
  while (picked.length < free && waiting.size > 0) {
    let orgId = '';
    for (const each of waiting.keys()) {
      if (orgId === '' || time.startOf(each) < time.startOf(orgId)) orgId = each;
    }
    const queue = waiting.get(orgId) ?? [];
    const next = queue.shift();
    if (queue.length === 0) waiting.delete(orgId);
    if (!next) continue;
    if (next.gate !== null) {
      const left = room.get(next.gate) ?? 0;
      if (left <= 0) continue;
      room.set(next.gate, left - 1);
    }
    time.serve(orgId, next.cost, weights.get(orgId) ?? 1);
    picked.push(next);
  }
  return picked;
}
