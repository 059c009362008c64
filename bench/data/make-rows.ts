/**
 * The corpus of `npm run bench:data`: any number of rows made of real texts (news, encyclopedia, stories, dialogues,
 * web pages, exam questions, code), the same for the same number. A row joins a few passages drawn at random, so that
 * rows differ; some are copies of earlier rows, some copies with a few words changed, and some have what mappers and
 * filters look for: links, addresses, blanks and punctuation of Unicode, a passage over and over.
 *
 * `make-rows SHARED_DATA OUT.jsonl ROWS` writes one file by itself.
 */
import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { once } from "node:events";
import { pathToFileURL } from "node:url";
import { hashAddress, randomAt, type RandomStream } from "../../src/base/random.ts";
import { rowReaderOf } from "../../src/formats/row-readers.ts";

const sources: readonly string[] = [
  "ag-news/test.csv",
  "agieval/logiqa-en.jsonl",
  "alpaca-eval/alpaca-7b_annotations.json",
  "aqua-rat/dev.jsonl",
  "flan-cot/aqua_train.tsv",
  "flan-cot/creak_train.tsv",
  "flan-cot/qasc_train.tsv",
  "flan-cot/strategyqa_train.tsv",
  "gsm8k/train.jsonl",
  "hh-rlhf/harmless-base-test.jsonl",
  "llamafactory-demos/alpaca_en_demo.json",
  "llamafactory-demos/c4_demo.jsonl",
  "llamafactory-demos/dpo_en_demo.json",
  "llamafactory-demos/glaive_toolcall_en_demo.json",
  "llamafactory-demos/kto_en_demo.json",
  "mbpp/mbpp.jsonl",
  "tinyshakespeare/input.txt",
  "tinystories/stories.txt",
  "toolalpaca/eval_simulated.json",
  "truthfulqa/TruthfulQA.csv",
  "wikitext-2/valid.txt",
];

const SHORTEST = 40;
const LONGEST = 900;

/** Texts inside of a value, at any depth, that are long enough to say something. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return value.length < SHORTEST ? [] : cut(value.replaceAll("\\n", "\n").trim());
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** Long texts in parts, cut at the end of a line or a sentence. */
function cut(text: string): readonly string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.length > LONGEST) {
    const line = rest.lastIndexOf("\n", LONGEST);
    const sentence = rest.lastIndexOf(". ", LONGEST) + 1;
    const at = Math.max(line, sentence);
    const end = at > SHORTEST ? at : LONGEST;
    parts.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  parts.push(rest);
  // Surrogates that a cut has parted would not survive UTF-8.
  return parts.filter((part) => part.length >= SHORTEST && !/\p{Surrogate}/u.test(part));
}

export interface Passage {
  readonly source: string;
  readonly text: string;
}

/** All passages, each once. */
export async function readPassages(shared: string): Promise<readonly Passage[]> {
  const found = new Map<string, Passage>();
  for (const name of sources) {
    const path = join(shared, "datasets", name);
    const source = name.slice(0, name.indexOf("/"));
    for await (const text of textsOf(path)) {
      if (!found.has(text)) found.set(text, { source, text });
    }
  }
  return [...found.values()];
}

async function* textsOf(path: string): AsyncGenerator<string> {
  if (path.endsWith(".txt")) {
    for (const paragraph of (await readFile(path, "utf8")).split(/\n\s*\n/)) yield* textsIn(paragraph.trim());
    return;
  }
  const reader = rowReaderOf(path);
  if (reader === undefined) throw new Error(`no reader for ${path}`);
  for await (const { value } of reader(path)) yield* textsIn(value);
}

const words = (text: string): readonly string[] => text.split(" ");

/** What is put between or into passages of some rows. */
const spices: readonly ((random: RandomStream, text: string) => string)[] = [
  (random, text) =>
    insert(random, text, `https://www.example.org/${random.integer(1e6)}/page?part=${random.integer(9)}`),
  (random, text) => insert(random, text, `(see http://example.com/a_(${random.integer(1000)})_b.html)`),
  (random, text) => insert(random, text, `name.${random.integer(1e5)}@mail.example.org`),
  (random, text) => text.replaceAll(", ", random.uniform() < 0.5 ? "\u00a0, " : "\u3000\u200b"),
  (_random, text) => `\u2003${text.replaceAll(", ", "，").replaceAll(". ", "。")}\t\u3000`,
  (_random, text) => text.replaceAll('"', "“").replaceAll("(", "（").replaceAll(")", "）"),
  (random, text) => `${text}\n${`${text.slice(0, 60)}\n`.repeat(2 + random.integer(12))}`,
  (random, text) => `${text}\n${"| --- | === | 12,345.67 | ### ".repeat(1 + random.integer(30))}`,
  (random, text) => `${text} ${"😀🎉 ✅ ".repeat(1 + random.integer(20))}`,
];

function insert(random: RandomStream, text: string, what: string): string {
  const list = words(text);
  const at = random.integer(list.length);
  return [...list.slice(0, at), what, ...list.slice(at)].join(" ");
}

const COPIES = 0.03;
const NEAR_COPIES = 0.08;
const SPICED = 0.2;
/** Rows of one passage are rare: there are not many more passages than rows in a large corpus. */
const MEAN_MORE = 2.5;

interface MadeText {
  readonly sources: readonly string[];
  readonly text: string;
}

/** The text of row `number`, a function of the passages and the number alone. */
function textAt(passages: readonly Passage[], number: number): MadeText {
  const random = randomAt("bench-data", number);
  const kind = random.uniform();
  if (kind < NEAR_COPIES && number > 0) {
    const copied = textAt(passages, random.integer(number));
    return kind < COPIES ? copied : { ...copied, text: changeWords(random, copied.text, passages) };
  }
  const count = 2 + Math.min(40, Math.floor(-Math.log(1 - random.uniform()) * MEAN_MORE));
  const chosen = Array.from({ length: count }, () => passages[random.integer(passages.length)] as Passage);
  const between = ["\n\n", "\n", " "][random.integer(3)] as string;
  const text = chosen.map((passage) => passage.text).join(between);
  const spice = spices[random.integer(spices.length)];
  return {
    sources: [...new Set(chosen.map(({ source }) => source))],
    text: random.uniform() < SPICED && spice !== undefined ? spice(random, text) : text,
  };
}

/** One word in fifty, and at least one, becomes a word of another text. */
function changeWords(random: RandomStream, text: string, passages: readonly Passage[]): string {
  const list = [...words(text)];
  for (let changes = Math.ceil(list.length / 50); changes > 0; changes--) {
    const other = words((passages[random.integer(passages.length)] as Passage).text);
    list[random.integer(list.length)] = other[random.integer(other.length)] as string;
  }
  return list.join(" ");
}

export interface MadeRows {
  readonly bytes: number;
  /** Tells two corpora apart. */
  readonly hash: string;
}

/** Writes rows of three columns: id, source, text. */
export async function makeRows(passages: readonly Passage[], path: string, rows: number): Promise<MadeRows> {
  const file = createWriteStream(path, { highWaterMark: 1 << 22 });
  let bytes = 0;
  let hash = 0;
  for (let id = 0; id < rows; id++) {
    const { sources: source, text } = textAt(passages, id);
    const line = Buffer.from(`${JSON.stringify({ id, source: source.join("+"), text })}\n`);
    bytes += line.length;
    hash = hashAddress([hash, line.length, text.slice(0, 50)]);
    if (!file.write(line)) await once(file, "drain");
  }
  file.end();
  await once(file, "finish");
  return { bytes, hash: hash.toString(16).padStart(8, "0") };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [shared = "", out = "", rows = "0"] = process.argv.slice(2);
  const passages = await readPassages(shared);
  const made = await makeRows(passages, out, Number(rows));
  process.stdout.write(`${JSON.stringify({ passages: passages.length, ...made })}\n`);
}
