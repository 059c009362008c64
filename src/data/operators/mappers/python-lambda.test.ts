import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { codeTools, hasPython } from "../testing/python.ts";
import { readyOf, runMapper } from "../testing/ready.ts";
import { pythonLambdaMapper } from "./python-lambda.ts";

const run = (lambda_str: string, rows: Parameters<typeof runMapper>[1], batched = false) =>
  runMapper(pythonLambdaMapper, rows, { lambda_str, batched }, codeTools);

describe.runIf(hasPython)("python_lambda_mapper", () => {
  it.each(goldenCases("python_lambda_mapper"))("changes rows as Data-Juicer: $args", async (golden) => {
    expect(await runMapper(pythonLambdaMapper, golden.rows, golden.args, codeTools)).toEqual(golden.result);
  });

  it("makes several rows of a batch, which holds one row", async () => {
    const rows = await run("lambda b: {k: v * 2 for k, v in b.items()}", [{ text: "a", n: 1 }], true);
    expect(rows).toEqual([
      { text: "a", n: 1 },
      { text: "a", n: 1 },
    ]);
  });

  it.each([
    ["lambda s: {'n': 1 / s['n']}", "the code failed: ZeroDivisionError: division by zero."],
    ["lambda s: s['missing']", "the code failed: KeyError: 'missing'."],
    ["lambda s: 1", "the code failed: ValueError: the function must return a dictionary, got int."],
    ["lambda s: {'x': {1, 2}}", "the code failed: TypeError: Object of type set is not JSON serializable."],
    ["lambda s: {'x': float('nan')}", "the code failed: ValueError: Out of range float values"],
    ["lambda s: exit(3)", "the code failed: SystemExit: 3."],
    ["lambda s: __import__('os')._exit(3)", "the process of the code ended with code 3."],
  ])("%s: the row is bad, and the next one is worked on", async (lambda, problem) => {
    const map = await readyOf(pythonLambdaMapper, { lambda_str: lambda }, codeTools);
    const { createSample } = await import("../sample.ts");
    for (const line of [1, 2]) {
      const bad = async () => map(createSample({ n: 0 }, `rows.jsonl:${line}`));
      await expect(bad()).rejects.toThrow(`E_DATA_ROW: rows.jsonl:${line}: python_lambda_mapper: ${problem}`);
    }
  });

  it("refuses a batch whose columns do not fit", async () => {
    const problem = "E_DATA_ROW: rows.jsonl:1: the code gave a batch whose columns are no lists of one length.";
    await expect(run("lambda b: {'text': b['text'] * 2}", [{ text: "a", n: 1 }], true)).rejects.toThrow(problem);
    await expect(run("lambda b: {'text': 'x'}", [{ text: "a" }], true)).rejects.toThrow(problem);
  });

  it.each([
    ["lambda a, b: a", "ValueError: the lambda must take exactly one argument."],
    ["lambda s: (", "SyntaxError: "],
    ["print", "ValueError: the text is no lambda."],
  ])("refuses %s as an operator", async (lambda, problem) => {
    const what = `E_DATA_OPERATOR: python_lambda_mapper: Python cannot use the function: ${problem}`;
    await expect(run(lambda, [{ text: "a" }])).rejects.toThrow(what);
  });
});

it("runs nothing where code is not allowed", () => {
  const refused = () => readyOf(pythonLambdaMapper, { lambda_str: "lambda s: s" });
  expect(refused).toThrow("E_DATA_OPERATOR: python_lambda_mapper: the recipe wants to run Python code of its own");
  expect(refused).toThrow("--allow-code");
});

it("needs no leave and no Python to change nothing", async () => {
  expect(await runMapper(pythonLambdaMapper, [{ n: 1 }])).toEqual([{ n: 1 }]);
});
