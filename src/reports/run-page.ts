/** The page of a training run: figures, the loss, what else was measured, a sample, settings, machine. */
import { join } from "node:path";
import { writeFileAtomic } from "../formats/atomic.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatInteger,
  formatLoss,
  formatRate,
  formatShare,
} from "./format.ts";
import { fragment, type Markup } from "./html.ts";
import { evenLabel, lineChart, type LineChartOptions, type Series } from "./line-chart.ts";
import { readRun, type MetricLine, type RunRecord } from "./run-record.ts";
import { page, section } from "./shell.ts";

export const REPORT_FILE = "report.html";

/** Writes report.html of a run's folder from what lies in it; returns its path. @throws E_REPORT_RUN, E_DISK_FULL, E_FILE_WRITE */
export async function writeRunPage(dir: string, path = join(dir, REPORT_FILE)): Promise<string> {
  const { record, lines } = await readRun(dir);
  await writeFileAtomic(path, new TextEncoder().encode(runPage(dir, record, lines)));
  return path;
}

const ends: Readonly<Record<string, string>> = {
  finished: "finished",
  early_stopping: "stopped early, for lack of improvement",
  interrupted: "interrupted",
};

export function runPage(dir: string, record: RunRecord, lines: readonly MetricLine[]): string {
  const { plan, result, settings, machine } = record;
  const end = result === undefined ? "has not ended" : (ends[result.stopped] ?? result.stopped);
  const last = lines.at(-1)?.["step"] ?? plan.startStep;
  return page({
    kicker: "tunesmith training run",
    title: dir.split(/[\\/]/).filter(Boolean).slice(-2).join("/"),
    subtitle: `${plan.tuner} on ${nameOf(settings["model"])}, ${formatInteger(last)} of ${formatInteger(plan.totalSteps)} steps; the run ${end}.`,
    sections: [
      headline(record, lines),
      ...lossSection(lines),
      ...othersSection(lines),
      ...samplesSection(record.samples),
      tableSection(
        "Settings",
        "All arguments of the run, as in args.json of its checkpoints.",
        Object.entries(settings),
      ),
      tableSection("Machine", "", [
        ["tunesmith", machine.tunesmith],
        ["node", machine.node],
        ["system", machine.system],
        ["processor", machine.processor],
        ["cores", machine.cores],
        ["memory", formatBytes(machine.memory_bytes)],
        ["device", plan.device],
        ...(plan.threads === undefined ? [] : [["threads", String(plan.threads)] as const]),
      ]),
    ],
    foot: "One file, nothing is loaded from elsewhere. Losses are means over the trained tokens of a step, in nats; gradient norms are before clipping; memory is that of the process.",
  });
}

const nameOf = (path: unknown): string =>
  String(path)
    .split(/[\\/]/)
    .findLast((part) => part !== "") ?? "a model";

function headline({ plan, result, notes }: RunRecord, lines: readonly MetricLine[]): Markup {
  const trained = lines.filter((line) => line["loss"] !== undefined);
  const first = trained[0]?.["loss"];
  const loss = trained.at(-1)?.["loss"];
  const evaluations = lines.flatMap((line) => line["eval_loss"] ?? []);
  const peak = lines.reduce((most, line) => Math.max(most, line["memory_bytes"] ?? 0), 0);
  const speed = trained.at(-1)?.["tokens_per_second"];
  const seconds = lines.at(-1)?.["seconds"] ?? result?.seconds;
  const figures: (readonly [string, string])[] = [
    ...(loss === undefined
      ? []
      : [[formatLoss(loss), `training loss, ${formatLoss(first ?? loss)} at first`] as const]),
    ...(evaluations.length === 0
      ? []
      : [
          [
            formatLoss(Math.min(...evaluations)),
            `best of ${formatInteger(evaluations.length)} evaluation losses`,
          ] as const,
        ]),
    [
      formatCount(plan.trainableParameters),
      `parameters trained, ${formatShare(plan.trainableParameters / plan.totalParameters)} of all`,
    ],
    [
      formatInteger(plan.trainSamples),
      plan.evalSamples === 0 ? "samples" : `samples, ${formatInteger(plan.evalSamples)} to evaluate on`,
    ],
    ...(speed === undefined ? [] : [[formatInteger(speed), "tokens a second"] as const]),
    ...(seconds === undefined ? [] : [[formatDuration(seconds), "of time"] as const]),
    ...(peak === 0 ? [] : [[formatBytes(peak), "of memory at most"] as const]),
  ];
  return fragment`<div class="figures">
      ${figures.map(([value, what]) => fragment`<div><b>${value}</b><span>${what}</span></div>`)}
    </div>
    <ul class="facts">
      ${notes.map((text) => fragment`<li>${text}</li>`)}
    </ul>`;
}

const curve = (lines: readonly MetricLine[], key: string): Series["points"] =>
  lines.flatMap((line) => {
    const [x, y] = [line["step"], line[key]];
    return x === undefined || y === undefined ? [] : [{ x, y }];
  });

function lossSection(lines: readonly MetricLine[]): readonly Markup[] {
  const groups = [...new Set(lines.flatMap((line) => Object.keys(line)))].filter((key) => key.startsWith("eval_loss/"));
  const series: readonly Series[] = [
    { name: "training", points: curve(lines, "loss") },
    { name: "evaluation", points: curve(lines, "eval_loss"), sparse: true },
  ];
  const chart = lineChart(series, { format: formatLoss, label: evenLabel });
  // A narrow screen would make the letters of the wide one too small to read.
  const narrow = lineChart(series, { format: formatLoss, label: evenLabel, width: 480, height: 300 });
  if (chart === undefined || narrow === undefined) return [];
  const legend = fragment`<p class="legend"><i></i>training <i class="second"></i>evaluation</p>`;
  const table = groups.map((key) => {
    const values = curve(lines, key).map(({ y }) => y);
    return fragment`<tr>
      <td>${key.slice("eval_loss/".length)}</td>
      <td class="right">${formatLoss(values[0] ?? Number.NaN)}</td>
      <td class="right">${formatLoss(values.at(-1) ?? Number.NaN)}</td>
    </tr>`;
  });
  const byGroup =
    table.length === 0
      ? undefined
      : fragment`<div class="card pad" style="margin-top:20px">
          <table>
            <tr>
              <th>evaluated</th>
              <th class="right">first</th>
              <th class="right">last</th>
            </tr>
            ${table}
          </table>
        </div>`;
  return [
    section(
      "Loss",
      "The values of a step show under the pointer.",
      fragment`<div class="card stat">
          ${legend}
          <div class="on-wide">${chart}</div>
          <div class="on-narrow">${narrow}</div>
        </div>${byGroup}`,
    ),
  ];
}

function othersSection(lines: readonly MetricLine[]): readonly Markup[] {
  const charts: readonly (readonly [string, string, string, LineChartOptions])[] = [
    ["learning_rate", "learning rate", "Its course by the schedule.", { format: formatRate }],
    ["grad_norm", "gradient norm", "Before clipping.", { format: formatLoss, label: evenLabel }],
    ["tokens_per_second", "tokens a second", "Since the start, evaluation left out.", { format: formatInteger }],
    ["memory_bytes", "memory", "Of the process.", { format: formatBytes, binary: true }],
  ];
  const cards = charts.flatMap(([key, name, what, options]) => {
    const size = { width: 480, height: 200, fromZero: true };
    const chart = lineChart([{ name, points: curve(lines, key) }], { ...options, ...size });
    if (chart === undefined) return [];
    return [
      fragment`<article class="card stat">
        <h3>${name}</h3>
        <p class="what">${what} <span class="mono">${key}</span></p>
        ${chart}
      </article>`,
    ];
  });
  return cards.length === 0 ? [] : [section("What else was measured", "", fragment`<div class="grid">${cards}</div>`)];
}

function samplesSection(samples: readonly string[]): readonly Markup[] {
  if (samples.length === 0) return [];
  const cards = samples.map((text) => {
    const parts = text
      .split(/(⟦[^⟧]*⟧)/)
      .map((part) => (part.startsWith("⟦") ? fragment`<ins>${part.slice(1, -1)}</ins>` : fragment`${part}`));
    return fragment`<article class="card row"><p class="text">${parts}</p></article>`;
  });
  return [
    section("What it was taught", "A sample as the model sees it; what it is trained to write is marked.", cards),
  ];
}

function tableSection(heading: string, lead: string, entries: readonly (readonly [string, unknown])[]): Markup {
  const rows = entries
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        fragment`<tr>
          <td class="mono">${key}</td>
          <td>${typeof value === "string" ? value : JSON.stringify(value)}</td>
        </tr>`,
    );
  return section(
    heading,
    lead,
    fragment`<div class="card pad">
      <table>
        ${rows}
      </table>
    </div>`,
  );
}
