/**
 * ROUGE-L between two texts of several sentences (Lin 2004, section 3.2), as the Python package `rouge` computes it,
 * which Data-Juicer uses: sentences end at full stops, and words count once however often they come.
 */

/** F1, from 0 to 1. */
export function rougeL(hypothesis: string, reference: string): number {
  const [written, wanted] = [sentencesOf(hypothesis), sentencesOf(reference)];
  if (written.length === 0 || wanted.length === 0) return 0;
  const union = new Set<string>();
  for (const sentence of wanted) {
    for (const other of written) for (const word of commonWords(sentence, other)) union.add(word);
  }
  const recall = union.size / new Set(wanted.flat()).size;
  const precision = union.size / new Set(written.flat()).size;
  return 2 * ((precision * recall) / (precision + recall + 1e-8));
}

const sentencesOf = (text: string): readonly (readonly string[])[] =>
  text
    .split(".")
    .filter((sentence) => sentence !== "")
    .map((sentence) => sentence.trim().split(/\s+/));

/** Longer sentences are compared by their first words: the table grows with the product of both lengths. */
const LONGEST = 2000;

/** Words of the longest common subsequence; where there are several, the one that `rouge` finds. */
function commonWords(a: readonly string[], b: readonly string[]): readonly string[] {
  const [x, y] = [a.slice(0, LONGEST), b.slice(0, LONGEST)];
  const width = y.length + 1;
  const table = new Uint16Array((x.length + 1) * width);
  const at = (i: number, j: number): number => table[i * width + j] as number;
  for (let i = 1; i <= x.length; i++) {
    for (let j = 1; j <= y.length; j++) {
      table[i * width + j] = x[i - 1] === y[j - 1] ? at(i - 1, j - 1) + 1 : Math.max(at(i - 1, j), at(i, j - 1));
    }
  }
  const words: string[] = [];
  for (let i = x.length, j = y.length; i > 0 && j > 0;) {
    if (x[i - 1] === y[j - 1]) {
      words.push(x[i - 1] as string);
      [i, j] = [i - 1, j - 1];
    } else if (at(i - 1, j) > at(i, j - 1)) i--;
    else j--;
  }
  return words;
}
