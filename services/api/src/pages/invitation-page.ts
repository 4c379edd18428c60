import type { InvitationDescription } from '@usher/directory';
import { formatInstant, markup, type Markup } from '@usher/markup';
import type { Page } from './page.ts';

/** What the person typed, and what is wrong with it, by field. */
export interface Filled {
  firstName: string;
  lastName: string;
  problems: { first_name?: string; last_name?: string };
}

const SHOWN_ITEMS = 200;

/** An invitation that can be accepted: what it offers, to whom, until when, and the form to accept. */
export function invitationPage(
  invitation: InvitationDescription,
  token: string,
  filled: Filled = {
    firstName: invitation.firstName ?? '',
    lastName: invitation.lastName ?? '',
    problems: {},
  },
): Page {
  const { organization, email, items, expiresAt } = invitation;
  // The form's address is relative, so that it also works below a path of somebody's proxy.
  return {
    title: `${organization} invited you`,
    body: markup`<p>
        This invitation is for <strong><bdi>${email}</bdi></strong
        >. Accepting gives you access to:
      </p>
      ${listItems(items)}
      <form method="post" action="accept">
        <input type="hidden" name="token" value="${token}" />
        ${nameField('first_name', 'First name', 'given-name', filled.firstName, filled.problems.first_name)}
        ${nameField('last_name', 'Last name', 'family-name', filled.lastName, filled.problems.last_name)}
        <button type="submit">Accept the invitation</button>
      </form>
      <p class="faint">
        You can accept until
        <time datetime="${expiresAt.toISOString()}">${formatInstant(expiresAt)}</time>. If you
        did not expect this invitation, close this page: nothing happens unless you accept.
      </p>`,
  };
}

// Names keep their own reading direction (bdi), so that one cannot reorder the words around it.
function listItems(items: InvitationDescription['items']): Markup {
  const shown = items.slice(0, SHOWN_ITEMS);
  const more = items.length - shown.length;
  return markup`<ul>
    ${shown.map(({ kind, name, role }) => markup`<li><bdi>${name}</bdi> <span class="faint">${kind}, ${role}</span></li> `)}${
      more > 0 ? markup`<li>and ${more} more</li> ` : null
    }
  </ul>`;
}

function nameField(
  name: 'first_name' | 'last_name',
  label: string,
  autocomplete: string,
  value: string,
  problem: string | undefined,
): Markup {
  const describedBy = markup` aria-invalid="true" aria-describedby="${name}_problem"`;
  return markup`<label for="${name}">${label} <span class="faint">(optional)</span></label>
    <input
      id="${name}"
      name="${name}"
      type="text"
      maxlength="255"
      autocomplete="${autocomplete}"
      value="${value}"
      ${problem ? describedBy : null}
    />
    ${problem ? markup`<p class="problem" id="${name}_problem" role="alert">${label} ${problem}.</p>` : null}`;
}
