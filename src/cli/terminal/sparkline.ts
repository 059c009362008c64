/** A line of numbers in one row of eighth blocks: ▇▆▅▃▂. Values that are no numbers leave a gap. */

const blocks = "▁▂▃▄▅▆▇█";

/** Draws the last values in at most `width` characters; each is the mean of its share of the values. */
export function sparkline(values: readonly number[], width: number): string {
  const columns = binned(values, width);
  const finite = columns.filter(Number.isFinite);
  const low = Math.min(...finite);
  const high = Math.max(...finite);
  return columns
    .map((value) => {
      if (!Number.isFinite(value)) return " ";
      const level = high === low ? 3 : Math.round(((value - low) / (high - low)) * 7);
      return blocks.charAt(level);
    })
    .join("");
}

/** Means of `count` equal shares; the values themselves when there are fewer. */
export function binned(values: readonly number[], count: number): readonly number[] {
  if (values.length <= count) return values;
  return Array.from({ length: count }, (_, i) => {
    const share = values
      .slice(Math.floor((i * values.length) / count), Math.floor(((i + 1) * values.length) / count))
      .filter(Number.isFinite);
    return share.reduce((sum, value) => sum + value, 0) / share.length;
  });
}

/** Counts as a row of blocks: the tallest is full, what is not empty shows, what is empty is blank. */
export function histogramLine(counts: readonly number[], width: number): string {
  // As many bins in each column: else some would look taller than their neighbours.
  const together = Math.ceil(counts.length / width);
  const columns = Array.from({ length: Math.ceil(counts.length / together) }, (_, i) =>
    counts.slice(i * together, (i + 1) * together).reduce((sum, count) => sum + count, 0),
  );
  const most = Math.max(...columns);
  return columns
    .map((count) => (count === 0 ? " " : blocks.charAt(Math.max(0, Math.ceil((count / most) * 8) - 1))))
    .join("");
}
