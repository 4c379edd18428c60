/** Where a server listens, as a URL: an IPv6 address is in brackets there. */
export const addressOf = (host: string, port: number): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
