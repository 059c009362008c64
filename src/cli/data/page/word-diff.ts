/**
 * What changed between two texts, word by word: a longest common subsequence of words and of the blanks between them.
 * What stays the same is cut to its ends, so that a change in a long text is seen.
 */

export interface DiffPart {
  readonly kind: "same" | "gone" | "new";
  readonly text: string;
}

/** Words of a stretch that differs; longer ones are shown as gone and new as a whole. */
const MOST_WORDS = 800;

export function wordDiff(before: string, after: string): readonly DiffPart[] {
  const [a, b] = [wordsOf(before), wordsOf(after)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [gone, fresh] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  const middle: readonly DiffPart[] =
    gone.length > MOST_WORDS || fresh.length > MOST_WORDS
      ? [part("gone", gone), part("new", fresh)]
      : commonWords(gone, fresh);
  return joined([part("same", a.slice(0, start)), ...middle, part("same", a.slice(a.length - end))]);
}

const wordsOf = (text: string): readonly string[] => text.match(/\s|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];

const part = (kind: DiffPart["kind"], words: readonly string[]): DiffPart => ({ kind, text: words.join("") });

function commonWords(a: readonly string[], b: readonly string[]): readonly DiffPart[] {
  // lengths[i][j]: common words of a from i on and b from j on.
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const [down, right] = [lengths[(i + 1) * width + j] as number, lengths[i * width + j + 1] as number];
      lengths[i * width + j] = a[i] === b[j] ? (lengths[(i + 1) * width + j + 1] as number) + 1 : Math.max(down, right);
    }
  }
  const parts: DiffPart[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      parts.push({ kind: "same", text: a[i++] as string });
      j++;
    } else if (
      j >= b.length ||
      (i < a.length && (lengths[(i + 1) * width + j] as number) >= (lengths[i * width + j + 1] as number))
    ) {
      parts.push({ kind: "gone", text: a[i++] as string });
    } else parts.push({ kind: "new", text: b[j++] as string });
  }
  return parts;
}

/** Neighbours of one kind are one part. */
function joined(parts: readonly DiffPart[]): readonly DiffPart[] {
  const list: DiffPart[] = [];
  for (const one of parts) {
    const last = list.at(-1);
    if (one.text === "") continue;
    if (last?.kind === one.kind) list[list.length - 1] = { kind: one.kind, text: last.text + one.text };
    else list.push(one);
  }
  return list;
}

const CONTEXT = 90;
const CHANGE = 600;
const SHOWN = 24;

/** The parts with long stretches cut: what is the same to its ends, what changed to its beginning. */
export function shortened(parts: readonly DiffPart[]): readonly DiffPart[] {
  const cut = parts.map(({ kind, text }, i): DiffPart => {
    if (kind !== "same") return { kind, text: text.length > CHANGE ? `${text.slice(0, CHANGE)} …` : text };
    const [first, last] = [i === 0, i === parts.length - 1];
    const most = first || last ? CONTEXT : 2 * CONTEXT;
    if (text.length <= most + 10) return { kind, text };
    const head = first ? "" : text.slice(0, CONTEXT);
    return { kind, text: `${head} … ${last ? "" : text.slice(-CONTEXT)}` };
  });
  return cut.length > SHOWN ? [...cut.slice(0, SHOWN), { kind: "same", text: " …" }] : cut;
}
