/**
 * Text that others wrote, as it may be shown: controls would speak to the terminal, and signs that turn
 * the direction of writing deceive whoever reads it.
 */
export const cleanText = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, '�');
