import { type BillingReportContent, renderBillingReport } from './billing-report.ts';
import { type EndpointDisabledContent, renderEndpointDisabled } from './endpoint-disabled.ts';
import { type InvitationContent, renderInvitation } from './invitation.ts';

/** What an email says, by `template`. A new template is one file here, one member, one case. */
export type EmailContent = InvitationContent | BillingReportContent | EndpointDisabledContent;

export type RenderedEmail = { subject: string; html: string; text: string };

/** Throws `InvalidEmail` if the content cannot make an email. */
export function renderContent(content: EmailContent, productName: string): RenderedEmail {
  switch (content.template) {
    case 'invitation':
      return renderInvitation(content, productName);
    case 'billing-report':
      return renderBillingReport(content, productName);
    case 'endpoint-disabled':
      return renderEndpointDisabled(content, productName);
  }
}
