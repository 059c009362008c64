/**
 * Nearly equal texts by MinHash and bands. Data-Juicer: document_minhash_deduplicator.
 *
 * A key holds 64 bits for each band instead of the band's rows. Among n rows two different bands then look the same
 * with a chance of n^2 / 2^65 for each band: for ten million rows and 25 bands 1 in 15,000 for the whole run.
 * Texts too short for one window have no shingle; as in Data-Juicer they all look the same, and the first one stays,
 * unless short_texts says apart.
 */
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { arg } from "../args.ts";
import { defineDeduplicator, type KeyTable } from "../operator.ts";
import { matchEqualKeys } from "./equal-keys.ts";
import { bestBands, type Bands } from "./lsh-bands.ts";
import { wideIntegers } from "./mersenne-twister.ts";
import { createMinHashKernel, type Permutation } from "./minhash-kernel.ts";
import { createSha1Lanes } from "./sha1-lanes.ts";
import { createShingler, shingleArgs, type Shingles } from "./shingles.ts";
import { unionFind } from "./union-find.ts";

const NAME = "document_minhash_deduplicator";
const BAND_BYTES = 8;
/** As many shingles as are hashed in one go. */
const CHUNK = 512;
const PRIME = (1n << 61n) - 1n;

const count = z.number().int().min(1);

/** The permutations that Data-Juicer draws: always from seed 42, whatever the run's. */
export function drawPermutations(length: number): readonly Permutation[] {
  const draw = wideIntegers(42);
  return Array.from({ length }, () => ({ a: draw(1n, PRIME), b: draw(0n, PRIME) }));
}

export const documentMinhashDeduplicator = defineDeduplicator({
  name: NAME,
  summary: "Keeps the first of rows whose texts share most of their windows of words.",
  args: {
    tokenization: arg(
      z.enum(["space", "punctuation", "character", "sentencepiece"]).default("space"),
      "What windows are made of: words between spaces, parts between punctuation, characters, or tokens of tokenizer_model.",
    ),
    window_size: arg(count.default(5), "Words, parts, characters or tokens in a window."),
    ...shingleArgs,
    num_permutations: arg(count.max(65536).default(256), "Permutations: more are more exact and slower."),
    jaccard_threshold: arg(
      z.number().min(0).max(1).default(0.7),
      "Share of common windows from which two texts are likely found to be duplicates.",
    ),
    num_bands: arg(
      count.nullable().default(null),
      "Bands; found from jaccard_threshold unless num_rows_per_band is given too.",
    ),
    num_rows_per_band: arg(count.nullable().default(null), "Permutations in a band, given together with num_bands."),
    tokenizer_model: arg(
      z.string().min(1).nullable().default(null),
      "Folder of a Hugging Face tokenizer (tokenizer.json) for the tokenization sentencepiece.",
    ),
  },
  cost: 20,
  differs: "With the tokenization sentencepiece the tokenizer is a tokenizer.json instead of a SentencePiece model.",
  create: async (args, tools) => {
    const shape = bandsOf(args);
    const cut = await createShingler(args, NAME, tools);
    const sign = createSigner(args.num_permutations, shape);
    return {
      keyBytes: shape.bands * BAND_BYTES,
      bands: { count: shape.bands, width: BAND_BYTES },
      key: (sample) => sign(cut(sample.text(args.text_key))),
      originals: (keys) => joinBands(keys, shape.bands),
    };
  },
});

interface BandArgs {
  readonly num_permutations: number;
  readonly jaccard_threshold: number;
  readonly num_bands: number | null;
  readonly num_rows_per_band: number | null;
}

function bandsOf(args: BandArgs): Bands {
  const { num_permutations: permutations, num_bands: bands, num_rows_per_band: rows } = args;
  if (bands === null || rows === null) return bestBands(args.jaccard_threshold, permutations);
  if (bands * rows <= permutations) return { bands, rows };
  return fail("E_DATA_OPERATOR", {
    where: NAME,
    what: `${bands} bands of ${rows} rows need ${bands * rows} permutations, but num_permutations is ${permutations}.`,
    fix: "Lower num_bands or num_rows_per_band, or raise num_permutations.",
  });
}

/** Makes the key of a text from its shingles. */
function createSigner(permutations: number, { bands, rows }: Bands): (shingles: Shingles) => Uint8Array {
  const kernel = createMinHashKernel(drawPermutations(permutations));
  const hash = createSha1Lanes();
  return ({ bytes, starts, ends, count }) => {
    kernel.start();
    for (let from = 0; from < count; from += CHUNK) {
      const to = Math.min(count, from + CHUNK);
      hash(bytes, starts, ends, from, to, kernel.hashes);
      kernel.add(to - from);
    }
    return kernel.bandKeys(bands, rows);
  };
}

/** Rows that share a band are duplicates, and so are duplicates of duplicates. */
function joinBands(keys: KeyTable, bands: number): Uint32Array {
  const sets = unionFind(keys.rows);
  for (let band = 0; band < bands; band++) matchEqualKeys(keys, band * BAND_BYTES, BAND_BYTES, sets.join);
  return sets.firsts();
}
