const SMALLEST = 6;

/**
 * Widths of columns that fit a terminal: the widest give way first, and to the last those that are to
 * be copied.
 * @param widths as wide as each column would be, in cells of the terminal.
 * @param available for all of them together.
 * @param kept the columns that give way last.
 */
export function fitColumns(
  widths: readonly number[],
  available: number,
  kept: ReadonlySet<number> = new Set(),
): number[] {
  const fitted = [...widths];
  let excess = fitted.reduce((sum, width) => sum + width, 0) - available;
  for (const mayShrink of [(index: number) => !kept.has(index), () => true]) {
    while (excess > 0) {
      const widest = fitted.reduce(
        (best, width, index) =>
          mayShrink(index) && width > (fitted[best] ?? SMALLEST) ? index : best,
        -1,
      );
      if (widest < 0) break;
      fitted[widest] = (fitted[widest] as number) - 1;
      excess -= 1;
    }
  }
  return fitted;
}
