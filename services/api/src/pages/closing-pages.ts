import type { Acceptance, InvitationDescription } from '@usher/directory';
import { markup, type Markup } from '@usher/markup';
import type { Page } from './page.ts';

type Invited = Pick<InvitationDescription, 'organization' | 'email'>;

export interface Product {
  name: string;
  /** Where people go on to, if there is such a place. */
  url: string | undefined;
}

export function unknownPage(): Page {
  return {
    title: 'We do not know this link',
    body: markup`<p>
      Perhaps it was cut short on its way. Please open the link in your email again, or copy all of
      it.
    </p>`,
  };
}

export function expiredPage({ organization }: Invited): Page {
  return {
    title: 'This invitation has expired',
    body: markup`<p>Please ask <bdi>${organization}</bdi> for a new one.</p>`,
  };
}

export function revokedPage({ organization }: Invited): Page {
  return {
    title: 'This invitation was revoked',
    body: markup`<p>
      <bdi>${organization}</bdi> took it back. If you think that is a mistake, please ask there.
    </p>`,
  };
}

export function alreadyAcceptedPage({ organization, email }: Invited, product: Product): Page {
  return {
    title: 'This invitation was already accepted',
    body: markup`<p>
        There is nothing left to do: <bdi>${email}</bdi> has access at <bdi>${organization}</bdi>.
      </p>
      ${goOn(product)}`,
  };
}

export function acceptedPage(acceptance: Acceptance): Page {
  const { organization, email, accepted } = acceptance;
  const many =
    accepted.length === 1 ? 'what you were invited to' : `all ${accepted.length} of them`;
  return {
    title: "You're in",
    body: markup`<p>
      <bdi>${email}</bdi> now has access to ${many} at <bdi>${organization}</bdi>. You can close
      this page.
    </p>`,
  };
}

function goOn({ name, url }: Product): Markup | null {
  return url === undefined
    ? null
    : markup`<p><a class="button" href="${url}">Go on to ${name}</a></p>`;
}
