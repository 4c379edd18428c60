/** A time of the API's, as people read it: to the second, in UTC. */
export const describeTime = (iso: string | null): string =>
  iso === null ? '' : `${iso.slice(0, 19).replace('T', ' ')}Z`;
