import { expect, test } from 'vitest';
import { cleanText } from './clean-text.ts';

test('what would speak to the terminal, or turn the direction of writing, is taken out', () => {
  expect(cleanText('\u001B[2Jgone\u0007\r\n\u009B31m\u202Eexe')).toBe('�[2Jgone����31m�exe');
});

test('names in any script stay as they are', () => {
  for (const name of ['Žofie', '日本', 'نادیه', '👩‍🚀', "O'Neil"]) expect(cleanText(name)).toBe(name);
});
