/** `tunesmith data check`: what training would make of rows, and how to mend those it would leave out. */
import { visible } from "../../base/visible.ts";
import { checkRows, type RowsCheck } from "../../data/check-rows.ts";
import { describeUnread } from "../../data/tally.ts";
import { dataCheckRecipe } from "../../recipes/data-files.ts";
import { formatInteger } from "../../reports/format.ts";
import { createLiveLine } from "../terminal/live-line.ts";
import type { Paint } from "../terminal/paint.ts";
import { table } from "../terminal/table.ts";
import { defineVerb } from "../verb.ts";

export const dataCheckVerb = defineVerb({
  recipe: dataCheckRecipe,
  usage: "FILE... [--for sft|pt|infer] [--model DIR]",
  examples: (assets) => [
    `tunesmith data check ${assets}/fables/train.jsonl --for pt`,
    `tunesmith data check ${assets}/fables/train.jsonl --for pt --json`,
    `tunesmith data check ${assets}/fables/train.jsonl --for pt --model ${assets}/stories260k --max-length 512`,
  ],
  run: async (args, context) => {
    const { stdout, stderr, paintOut, signal } = context;
    const line = createLiveLine(stderr);
    const { model } = args;
    const looker =
      model === undefined
        ? undefined
        : await (await import("./look-with-model.ts")).lookWithModel({ ...args, model }, context);
    const check = await checkRows(args.dataset, {
      purpose: args.for,
      columns: args.columns,
      media: args.media ? "keep" : "refuse",
      ...(looker === undefined ? {} : { look: looker.look }),
      signal,
      onProgress: (rows) => line.update(`${formatInteger(rows)} rows`),
      onNote: line.print,
    });
    line.clear();
    const refused = check.good === 0 ? [] : (looker?.problems() ?? []);
    const told = refused.map((problem) => `${paintOut("red", "✗")} training would not start: ${visible(problem)}`);
    stdout.write(
      args.json
        ? `${JSON.stringify(looker === undefined ? check : { ...check, refused }, null, 2)}\n`
        : `${[...checkLines(check, { ...args, paint: paintOut }), ...told].join("\n")}\n`,
    );
    return check.good === check.rows && check.rows > 0 && refused.length === 0 ? 0 : 1;
  },
});

interface Told {
  readonly for: string;
  readonly model?: string | undefined;
  readonly paint: Paint;
}

function checkLines(check: RowsCheck, { for: purpose, model, paint }: Told): readonly string[] {
  const { rows, good, shapes, patterns, otherColumns, characters, repeated, problems, templateKeys, unread } = check;
  const lines: string[] = [];
  if (rows === 0) return [paint("red", "✗ there are no rows")];
  const all = good === rows;
  const mark = all ? paint("green", "✓") : paint("red", "✗");
  lines.push(`${mark} ${formatInteger(good)} of ${formatInteger(rows)} rows can be used for ${purpose}`);
  const names = Object.entries(shapes).map(([name, count]) => `${name} (${formatInteger(count)})`);
  if (names.length > 0) lines.push(`  shape: ${names.join(", ")}`);
  if (good > 0) {
    lines.push(
      `  length: ${formatInteger(characters.mean)} characters on average, ` +
        `${formatInteger(characters.longest)} at most (${characters.longestAt})`,
    );
  }
  if (repeated > 0) lines.push(paint("yellow", `  ${formatInteger(repeated)} rows repeat an earlier one`));
  if (otherColumns.length > 0) {
    lines.push(
      `  other columns: ${otherColumns
        .slice(0, 12)
        .map(([name]) => visible(name))
        .join(", ")}`,
    );
  }
  // With a model it is known which are read.
  if (templateKeys.length > 0 && model === undefined) {
    const named = templateKeys.slice(0, 12).map(([key, count]) => `${visible(key)} (${formatInteger(count)})`);
    lines.push(`  keys of messages, for the chat template, which may or may not read them: ${named.join(", ")}`);
  }
  const told = describeUnread(unread);
  if (told !== undefined) lines.push(paint("yellow", `  ${told}`));
  if (patterns.length > 0) {
    const shown = patterns.slice(0, 6).map(([roles, count]) => [formatInteger(count), short(roles)]);
    lines.push("", ...table(shown, { head: ["rows", "messages"], right: [0], paint }));
    if (patterns.length > shown.length)
      lines.push(paint("dim", `and ${patterns.length - shown.length} other patterns`));
  }
  for (const { reason, count, examples } of problems) {
    lines.push("", `${paint("red", formatInteger(count))} × ${paint("bold", reason)}`);
    lines.push(...examples.map((example) => `    ${example}`));
  }
  return lines;
}

/** "user assistant user assistant user assistant" is "(user assistant) x 3". */
function short(roles: string): string {
  const [head, turns] = roles.startsWith("system ") ? ["system ", roles.slice(7)] : ["", roles];
  const pairs = turns.split("user assistant").length - 1;
  const whole = pairs > 1 && turns === Array.from({ length: pairs }, () => "user assistant").join(" ");
  const text = whole ? `${head}(user assistant) × ${pairs}` : roles;
  return text.length > 70 ? `${text.slice(0, 67)}...` : text;
}
