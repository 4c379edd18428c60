import { markup, Markup } from '@usher/markup';
import { STYLESHEET } from './stylesheet.ts';

export interface Page {
  title: string;
  body: Markup;
}

const style = new Markup(`<style>${STYLESHEET}</style>`);

/** A whole document around a page's body. */
export function renderPage({ title, body }: Page, productName: string): string {
  return markup`<!doctype html>
    <html lang="en" dir="ltr">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · ${productName}</title>
        ${style}
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
        <footer>${productName}</footer>
      </body>
    </html> `.toString();
}
