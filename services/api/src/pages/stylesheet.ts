import { createHash } from 'node:crypto';

/** The one stylesheet of every page. */
export const STYLESHEET = `
:root { color-scheme: light dark; --line: light-dark(#d4d4d8, #52525b); --faint: light-dark(#52525b, #a1a1aa) }
* { box-sizing: border-box }
body { margin: 0; padding: 1.5rem 1rem; font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
  color: light-dark(#18181b, #f4f4f5); background: light-dark(#f4f4f5, #18181b) }
main { max-width: 36rem; margin: 0 auto; padding: 1.5rem; border: 1px solid var(--line); border-radius: .5rem;
  background: light-dark(#fff, #27272a) }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25 }
ul { margin: 1rem 0; padding: 0; list-style: none }
li { display: flex; gap: 1rem; justify-content: space-between; padding: .5rem 0; border-top: 1px solid var(--line) }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600 }
input { width: 100%; min-height: 2.75rem; padding: .5rem .75rem; font: inherit; border: 1px solid var(--faint);
  border-radius: .375rem }
button, .button { display: inline-block; min-height: 2.75rem; margin-top: 1.5rem; padding: .5rem 1.5rem;
  font: inherit; font-weight: 600; color: #fff; background: #1d4ed8; border: 0; border-radius: .375rem;
  text-decoration: none; cursor: pointer }
footer, .faint { color: var(--faint); font-size: .875rem }
footer { max-width: 36rem; margin: 1rem auto }
.problem { margin: .25rem 0 0; color: light-dark(#b91c1c, #fca5a5) }
`;

/** What a Content-Security-Policy names to allow this stylesheet and no other. */
export const STYLESHEET_SOURCE = `'sha256-${createHash('sha256').update(STYLESHEET).digest('base64')}'`;
