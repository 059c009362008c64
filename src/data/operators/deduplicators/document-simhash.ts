/**
 * Nearly equal texts by SimHash: most bits of their fingerprints are the same. Data-Juicer: document_simhash_deduplicator
 * (simhash-pybind). Texts too short for one window all have the fingerprint 0 there, hence here,
 * unless short_texts says apart.
 */
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { arg } from "../args.ts";
import { defineDeduplicator, type KeyTable } from "../operator.ts";
import { asWords, matchEqualKeys } from "./equal-keys.ts";
import { md5Head } from "./md5.ts";
import { countChoices, matchNearHashes } from "./near-hashes.ts";
import { createShingler, shingleArgs, type Shingles } from "./shingles.ts";
import { unionFind } from "./union-find.ts";

const NAME = "document_simhash_deduplicator";
const KEY_BYTES = 8;
/** Passes over all fingerprints that a choice of num_blocks and hamming_distance may take. */
const MOST_PASSES = 10_000;

const count = z.number().int().min(1);

export const documentSimhashDeduplicator = defineDeduplicator({
  name: NAME,
  summary: "Keeps the first of rows whose texts have nearly the same fingerprint.",
  args: {
    tokenization: arg(
      z.enum(["space", "punctuation", "character"]).default("space"),
      "What windows are made of: words between spaces, parts between punctuation, or characters.",
    ),
    window_size: arg(count.default(6), "Words, parts or characters in a window."),
    ...shingleArgs,
    num_blocks: arg(
      count.max(64).default(6),
      "Blocks that fingerprints are cut into for the search, more than hamming_distance; results do not depend on it.",
    ),
    hamming_distance: arg(count.default(4), "Bits (of 64) in which fingerprints of duplicates differ at most."),
  },
  cost: 20,
  create: async (args, tools) => {
    const { num_blocks: blocks, hamming_distance: distance } = args;
    checkSearch(blocks, distance);
    const cut = await createShingler(args, NAME, tools);
    return {
      keyBytes: KEY_BYTES,
      key: (sample) => fingerprint(cut(sample.text(args.text_key))),
      originals: (keys) => joinNear(keys, blocks, distance),
    };
  },
});

function checkSearch(blocks: number, distance: number): void {
  if (distance >= blocks) {
    fail("E_DATA_OPERATOR", {
      where: NAME,
      what: `hamming_distance is ${distance}, wants less than num_blocks (${blocks}).`,
      fix: "Lower hamming_distance or raise num_blocks.",
    });
  }
  const passes = countChoices(blocks, distance);
  if (passes > MOST_PASSES) {
    fail("E_DATA_OPERATOR", {
      where: NAME,
      what: `${blocks} blocks with ${distance} differing bits take ${passes} passes over all fingerprints.`,
      fix: "Give a num_blocks nearer to hamming_distance + 1.",
    });
  }
}

const word = new Uint32Array(2);
const ones = new Uint32Array(64);

/** Each bit is what most hashes of shingles have there; 0 when as many have 0 as 1. */
function fingerprint({ bytes, starts, ends, count }: Shingles): Uint8Array {
  ones.fill(0);
  for (let i = 0; i < count; i++) {
    md5Head(bytes, starts[i] as number, ends[i] as number, word);
    const [high, low] = [word[0] as number, word[1] as number];
    for (let bit = 0; bit < 32; bit++) {
      ones[bit] = (ones[bit] as number) + ((high >>> (31 - bit)) & 1);
      ones[32 + bit] = (ones[32 + bit] as number) + ((low >>> (31 - bit)) & 1);
    }
  }
  const bits = new Uint32Array(2);
  for (let bit = 0; bit < 64; bit++) {
    if ((ones[bit] as number) * 2 > count) bits[bit >> 5] = (bits[bit >> 5] as number) | (1 << (31 - (bit & 31)));
  }
  return new Uint8Array(bits.buffer);
}

/** Rows with near fingerprints are duplicates, and so are duplicates of duplicates. */
function joinNear(keys: KeyTable, blocks: number, distance: number): Uint32Array {
  const sets = unionFind(keys.rows);
  const repeated = new Uint8Array(keys.rows);
  matchEqualKeys(keys, 0, KEY_BYTES, (row, first) => {
    repeated[row] = 1;
    sets.join(row, first);
  });
  const rows = Uint32Array.from({ length: keys.rows }, (_, row) => row).filter(
    (row) => repeated[row] === 0 && keys.has(row),
  );
  const hashes = asWords(keys.column(0, KEY_BYTES));
  matchNearHashes(hashes, rows, { blocks, distance }, sets.join);
  return sets.firsts();
}
