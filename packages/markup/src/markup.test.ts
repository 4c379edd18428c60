import { expect, test } from 'vitest';
import { markup } from './markup.ts';

test('every value is escaped, in text and in attributes', () => {
  const evil = `"><script>alert('1')</script>&\``;
  const escaped = '&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&#96;';
  expect(markup`<p title="${evil}">${evil}</p>`.toString()).toBe(
    `<p title="${escaped}">${escaped}</p>`,
  );
});

test('HTML within HTML stays as it is, one piece or many, and null is nothing', () => {
  const items = ['a', '<b>'].map((name) => markup`<li>${name}</li>`);
  const list = markup`<p>${markup`<i>${2}</i>`}${null}${items}</p>`;
  expect(list.toString()).toBe('<p><i>2</i><li>a</li><li>&lt;b&gt;</li></p>');
});
