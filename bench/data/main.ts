/**
 * `npm run bench:data`: recipes over a file of real texts, here and in Data-Juicer, in one run on one machine: rows a
 * second, processor time, memory, and whether the results are the same. Then the same recipes over more and more
 * rows. Rounds alternate between the two sides; medians are shown. `PYTHON=path` chooses a Python with py-data-juicer;
 * without one our own numbers are printed alone.
 *
 * BENCH_ROWS (100000), BENCH_ROUNDS (3), BENCH_RECIPES (filters,mixed,exact), BENCH_GROWTH (10000,100000,1000000; "0"
 * for none), BENCH_DATA (../shared/data, the folder of `datasets/`), BENCH_DIR (a new folder for temporary files).
 */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { compareResults, compareStatistics, differences, type Comparison } from "./compare.ts";
import { makeRows, readPassages, type MadeRows } from "./make-rows.ts";
import { measureRecipe, recipes, type RecipeName } from "./recipes.ts";
import { peerStatistics, peerVersion, runOurs, runPeer, type SideRun } from "./sides.ts";

const root = join(import.meta.dirname, "../../..");
const { env } = process;
const numbers = (text: string): readonly number[] =>
  text
    .split(",")
    .map(Number)
    .filter((value) => value > 0);
const rows = Number(env["BENCH_ROWS"] ?? "100000");
const rounds = Number(env["BENCH_ROUNDS"] ?? "3");
const growth = numbers(env["BENCH_GROWTH"] ?? "10000,100000,1000000");
const chosen = (env["BENCH_RECIPES"] ?? "filters,mixed,exact").split(",") as RecipeName[];
const shared = env["BENCH_DATA"] ?? join(root, "../shared/data");
const python = env["PYTHON"] ?? "python3";
const words = join(root, "assets/data/words");

interface Summary {
  readonly rowsPerSecond: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Bytes. */
  readonly pss: number;
  readonly anonymous: number;
  readonly resident: number;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

function summarize(runs: readonly SideRun[], count: number): Summary {
  const of = (name: "seconds" | "cpuSeconds" | "pss" | "anonymous" | "resident"): number =>
    median(runs.map((run) => run[name]));
  const seconds = of("seconds");
  const [pss, anonymous, resident] = [of("pss"), of("anonymous"), of("resident")];
  return { rowsPerSecond: count / seconds, seconds, cpuSeconds: of("cpuSeconds"), pss, anonymous, resident };
}

const print = (line = ""): void => void process.stdout.write(`${line}\n`);
const cells = (first: string, rest: readonly string[]): string =>
  first.padEnd(28) + rest.map((text) => text.padStart(11)).join("");
const mebi = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
const columns = ["rows/s", "seconds", "CPU s", "PSS MiB", "anon MiB", "HWM MiB"];
const summaryCells = (summary: Summary): readonly string[] => [
  summary.rowsPerSecond.toFixed(0),
  summary.seconds.toFixed(1),
  summary.cpuSeconds.toFixed(1),
  mebi(summary.pss),
  mebi(summary.anonymous),
  mebi(summary.resident),
];
const times = (value: number): string => `${value.toFixed(value < 1 ? 2 : 1)}x`;

function printComparison(title: string, comparison: Comparison): void {
  const { statistics, examples, largestDifference } = comparison;
  print(
    `${title}: ${differences(comparison)} differences in ${comparison.rows} rows here, ${comparison.peerRows} there, and ` +
      `${statistics} statistics${largestDifference > 0 ? ` (numbers within ${largestDifference.toExponential(1)})` : ""}`,
  );
  for (const example of examples) print(`    ${example}`);
}

const folder = env["BENCH_DIR"] ?? mkdtempSync(join(tmpdir(), "tunesmith-bench-data-"));
mkdirSync(folder, { recursive: true });
try {
  const version = peerVersion(python);
  const passages = await readPassages(shared);
  const corpora = new Map<number, MadeRows & { readonly path: string }>();
  const corpus = async (count: number): Promise<string> => {
    const path = join(folder, `rows-${count}.jsonl`);
    if (!corpora.has(count)) corpora.set(count, { path, ...(await makeRows(passages, path, count)) });
    return path;
  };
  const recipeFile = (name: string, text: string): string => {
    const path = join(folder, `${name}.yaml`);
    writeFileSync(path, text);
    return path;
  };
  const input = await corpus(rows);
  const { bytes = 0, hash = "" } = corpora.get(rows) ?? {};
  const machine = `${cpus()[0]?.model ?? "?"}, ${availableParallelism()} cores, Node ${process.version}`;
  print(`${rows} rows of ${passages.length} real passages, ${mebi(bytes)} MiB (${hash}), medians of ${rounds} rounds`);
  print(machine);
  print(
    version === undefined ? `No peer beside: ${python} has no py-data-juicer (set PYTHON).` : `Data-Juicer ${version}`,
  );
  print();
  print(cells("", columns));

  const results: Record<string, unknown>[] = [];
  for (const name of chosen) {
    const recipe = recipeFile(name, recipes[name](words));
    const ours: SideRun[] = [];
    const peers: SideRun[] = [];
    for (let round = 0; round < rounds; round++) {
      ours.push(await runOurs({ recipe, rows: input, folder: join(folder, `ours-${name}`) }));
      if (version === undefined) continue;
      peers.push(await runPeer(python, { recipe, rows: input, folder: join(folder, `peer-${name}`) }));
    }
    const own = summarize(ours, rows);
    print(cells(`${name}: Tunesmith`, summaryCells(own)));
    const [lastOurs, lastPeer] = [ours.at(-1), peers.at(-1)];
    if (lastOurs === undefined || lastPeer === undefined) {
      results.push({ recipe: name, ours: own });
      continue;
    }
    const peer = summarize(peers, rows);
    print(cells(`${name}: Data-Juicer`, summaryCells(peer)));
    const ratios = [
      own.rowsPerSecond / peer.rowsPerSecond,
      peer.seconds / own.seconds,
      own.cpuSeconds / peer.cpuSeconds,
      own.pss / peer.pss,
      own.anonymous / peer.anonymous,
      own.resident / peer.resident,
    ];
    print(cells("", ratios.map(times)));
    const comparison = await compareResults(lastOurs, lastPeer);
    printComparison("  kept rows", comparison);
    results.push({ recipe: name, ours: own, peer, comparison });
  }

  if (version !== undefined && chosen.includes("filters")) {
    const recipe = recipeFile("measure", measureRecipe(words));
    const { stats } = await runOurs({ recipe, rows: input, folder: join(folder, "ours-measure") });
    const exact = join(folder, "peer-stats.jsonl");
    peerStatistics(python, recipe, input, exact);
    const comparison = await compareStatistics(stats, exact);
    print();
    printComparison("statistics of every row, to the last bit", comparison);
    results.push({ recipe: "measure", comparison });
  }

  if (growth.length > 0) print(`\n${cells("growth", ["rows", ...columns])}`);
  for (const name of growth.length > 0 ? chosen : []) {
    const recipe = recipeFile(name, recipes[name](words));
    for (const count of growth) {
      const path = await corpus(count);
      const run = await runOurs({ recipe, rows: path, folder: join(folder, `growth-${name}`) });
      const summary = summarize([run], count);
      print(cells(name, [String(count), ...summaryCells(summary)]));
      results.push({ recipe: name, rows: count, growth: summary });
      rmSync(join(folder, `growth-${name}`), { recursive: true, force: true });
    }
  }

  const kept = join(root, "bench/results");
  mkdirSync(kept, { recursive: true });
  const record = { date: new Date().toISOString(), machine, peer: version, rows, bytes, hash, rounds, results };
  appendFileSync(join(kept, "data.jsonl"), `${JSON.stringify(record)}\n`);
} finally {
  if (env["BENCH_DIR"] === undefined) rmSync(folder, { recursive: true, force: true });
}
