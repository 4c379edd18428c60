import { markup, type Markup } from '@usher/markup';

const font = "-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

// Inline styles are the light look; only clients that read <style> can turn it dark.
const style = markup`<style>
@media (prefers-color-scheme: dark) {
.page { background-color: #18181b !important }
.card { background-color: #27272a !important; border-color: #3f3f46 !important }
.card td, .card th { color: #f4f4f5 !important; border-color: #3f3f46 !important }
.faint, .card .faint { color: #a1a1aa !important }
.card .link { color: #93c5fd !important }
.card .button { background-color: #2563eb !important }
}
</style>`;

/** The page around every email: one column, at most 600 pixels wide, no images. */
export function frame(page: {
  title: string;
  preview: string;
  body: Markup;
  footer: string;
}): Markup {
  return markup`<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${page.title}</title>
${style}
</head>
<body class="page" style="margin:0;padding:0;background-color:#f4f4f5">
<div style="display:none;max-height:0;overflow:hidden">${page.preview}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="page" style="background-color:#f4f4f5">
<tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="card" style="max-width:600px;background-color:#ffffff;border:1px solid #e4e4e7;border-radius:8px">
<tr><td align="left" style="padding:32px;font-family:${font};font-size:16px;line-height:24px;color:#18181b">
${page.body}
</td></tr>
</table>
<p class="faint" style="max-width:600px;margin:16px auto 0;font-family:${font};font-size:13px;line-height:20px;color:#71717a">${page.footer}</p>
</td></tr>
</table>
</body>
</html>
`;
}

/** A link that looks like a button everywhere, also where padding on links is ignored. */
export function button(label: string, url: string): Markup {
  return markup`<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:24px 0"><tr>
<td class="button" bgcolor="#1d4ed8" style="background-color:#1d4ed8;border-radius:6px"><a href="${url}" style="display:inline-block;padding:12px 24px;font-family:${font};font-size:16px;font-weight:600;color:#ffffff;text-decoration:none">${label}</a></td>
</tr></table>`;
}
