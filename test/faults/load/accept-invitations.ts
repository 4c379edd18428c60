import type { AcceptedMail, Answer } from '../checker/evidence.ts';
import { askUntilAnswered } from './careful-client.ts';

const TOKEN = /[?&]token=([\w.-]+)/;

export interface Acceptances {
  /** Told of every email; some recipients follow its link at once. */
  onMail(mail: AcceptedMail): void;
  /** Every token that was seen in an email. */
  tokens: Set<string>;
  /** Those under way now. */
  settled(): Promise<void>;
}

/** People who open the link of their email and accept, over either API, until they are told how it went. */
export function acceptInvitations(options: {
  accepting: readonly string[];
  apiUrls: readonly string[];
  signal: AbortSignal;
  answers: Answer[];
}): Acceptances {
  const { accepting, apiUrls, signal, answers } = options;
  const tokens = new Set<string>();
  const underWay = new Set<Promise<void>>();

  async function follow(token: string, to: string, first: number): Promise<void> {
    const say = (what: string) => (reply: { status: number; body: unknown }) =>
      void answers.push({ at: Date.now(), tag: null, to, what, ...reply });
    const page = { method: 'GET', path: `/accept?token=${token}`, headers: {} } as const;
    const post = {
      method: 'POST',
      path: '/api/v1/invitations/accept',
      headers: {},
      body: { token },
    } as const;
    await askUntilAnswered(apiUrls, page, { signal, first, onReply: say('GET /accept') });
    await askUntilAnswered(apiUrls, post, { signal, first, onReply: say(`POST ${post.path}`) });
  }
  return {
    tokens,
    onMail(mail) {
      const token = TOKEN.exec(mail.text)?.[1];
      if (token === undefined || tokens.has(token)) return;
      tokens.add(token);
      if (!accepting.includes(mail.to)) return;
      const following = follow(token, mail.to, tokens.size).finally(() =>
        underWay.delete(following),
      );
      underWay.add(following);
    },
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
