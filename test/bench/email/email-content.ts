/** As long an email, in text and HTML, as the product's for so many websites. */
export function contentOf(websites: number, id: string) {
  const link = `http://usher.test/accept/${id}.${'x'.repeat(43)}`;
  const names = Array.from({ length: websites }, (_, n) => `site-${n + 1}.example.com`);
  const list = names.map((name) => `  - ${name} (website, as viewer)`).join('\n');
  const rows = names
    .map(
      (name) =>
        `<tr><td style="padding:4px 12px 4px 0">${name}</td><td style="padding:4px 0">website, as viewer</td></tr>`,
    )
    .join('\n');
  return {
    subject: `You are invited to ${websites} websites of Bench`,
    text: `Hello,\n\nBench invites you to:\n\n${list}\n\nAccept: ${link}\n`,
    html: `<!doctype html><html><body><p>Hello,</p><p>Bench invites you to:</p><table>${rows}</table><p><a href="${link}">Accept</a></p></body></html>`,
  };
}
