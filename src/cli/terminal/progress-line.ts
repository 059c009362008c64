/**
 * One line about a running training: bar, loss, speed, time left. Parts that do not fit are left out, the least
 * needed first. Pure: numbers in, text out.
 */
import { displayWidth, type Paint } from "./paint.ts";
import { formatDuration, formatInteger, formatLoss, formatRate } from "../../reports/format.ts";
import { sparkline } from "./sparkline.ts";

export interface ProgressNumbers {
  readonly step: number;
  readonly totalSteps: number;
  readonly loss: number;
  readonly measures: Readonly<Record<string, number>>;
  readonly gradNorm: number;
  readonly learningRate: number;
  readonly tokensPerSecond: number;
  readonly secondsLeft: number;
}

/** A bar of `width` characters, filled to a half character. */
export function bar(share: number, width: number, paint: Paint): string {
  const halves = Math.round(Math.min(1, Math.max(0, share)) * width * 2);
  const full = Math.floor(halves / 2);
  const half = halves % 2 === 1;
  const rest = width - full - (half ? 1 : 0);
  return paint("green", "━".repeat(full) + (half ? "╸" : "")) + paint("dim", "─".repeat(rest));
}

/** The live line. `losses` are all losses so far, oldest first. */
export function progressLine(
  numbers: ProgressNumbers,
  losses: readonly number[],
  options: { readonly columns: number; readonly paint: Paint },
): string {
  const { columns, paint } = options;
  const { step, totalSteps } = numbers;
  const share = totalSteps === 0 ? 1 : step / totalSteps;
  const count = `${String(step).padStart(String(totalSteps).length)}/${totalSteps}`;
  // Order of the line, and behind each part how gladly it is kept.
  const parts: { readonly text: string; readonly worth: number }[] = [
    { text: bar(share, 16, paint), worth: 4 },
    { text: `${paint("bold", count)} ${String(Math.floor(share * 100)).padStart(3)}%`, worth: 9 },
    { text: `loss ${paint("cyan", formatLoss(numbers.loss))}`, worth: 8 },
    { text: paint("cyan", sparkline(losses, 12)), worth: 5 },
    { text: `${formatInteger(numbers.tokensPerSecond)} tok/s`, worth: 6 },
    { text: `eta ${formatDuration(numbers.secondsLeft)}`, worth: 7 },
    { text: paint("dim", `lr ${formatRate(numbers.learningRate)}`), worth: 2 },
    { text: paint("dim", `grad ${formatLoss(numbers.gradNorm)}`), worth: 3 },
  ];
  const kept = [...parts];
  while (kept.length > 1 && displayWidth(kept.map(({ text }) => text).join("  ")) > columns) {
    const least = Math.min(...kept.map(({ worth }) => worth));
    kept.splice(
      kept.findIndex(({ worth }) => worth === least),
      1,
    );
  }
  return kept.map(({ text }) => text).join("  ");
}

/** The line of a log, where nothing can be overwritten. */
/** "  stop_loss 0.012" for what is measured beside the loss. */
export function measuresText(measures: Readonly<Record<string, number>>): string {
  return Object.entries(measures)
    .map(([name, value]) => `  ${name} ${formatLoss(value)}`)
    .join("");
}

export function logLine(numbers: ProgressNumbers): string {
  return [
    `step ${numbers.step}/${numbers.totalSteps}`,
    `loss ${formatLoss(numbers.loss)}${measuresText(numbers.measures)}`,
    `grad_norm ${formatLoss(numbers.gradNorm)}`,
    `lr ${formatRate(numbers.learningRate)}`,
    `${Math.round(numbers.tokensPerSecond)} tok/s`,
    `eta ${formatDuration(numbers.secondsLeft)}`,
  ].join("  ");
}
