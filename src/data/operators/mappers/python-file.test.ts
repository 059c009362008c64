import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { codeTools, hasPython } from "../testing/python.ts";
import { readyOf, runMapper } from "../testing/ready.ts";
import { pythonFileMapper } from "./python-file.ts";

const file_path = "test/fixtures/python/functions.py";

const run = (given: Readonly<Record<string, unknown>>, rows: Parameters<typeof runMapper>[1] = [{ text: "a", n: 0 }]) =>
  runMapper(pythonFileMapper, rows, { file_path, ...given }, codeTools);

describe.runIf(hasPython)("python_file_mapper", () => {
  it.each(goldenCases("python_file_mapper"))("changes rows as Data-Juicer: $args", async (golden) => {
    expect(await runMapper(pythonFileMapper, golden.rows, golden.args, codeTools)).toEqual(golden.result);
  });

  it("loads the file once, and what it prints disturbs nothing", async () => {
    const rows = await run({ function_name: "count" }, [{}, {}, {}]);
    expect(rows).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it("makes several rows of a batch, which holds one row", async () => {
    const rows = await run({ function_name: "repeat", batched: true });
    expect(rows).toEqual([
      { text: "a", n: 0 },
      { text: "a", n: 0 },
    ]);
  });

  it("names the row and the line of the file", async () => {
    const problem =
      "E_DATA_ROW: rows.jsonl:1: python_file_mapper: the code failed: ZeroDivisionError: division by zero (line 25).";
    await expect(run({ function_name: "divide" })).rejects.toThrow(problem);
  });

  it.each([
    [{ function_name: "nothing" }, `ValueError: ${file_path} has no function nothing.`],
    [{ function_name: "NUMBER" }, `ValueError: ${file_path} has no function NUMBER.`],
    [{ function_name: "two" }, "ValueError: two must take exactly one argument."],
    [{ file_path: "no.py" }, "ValueError: there is no file no.py."],
    [{ file_path: "package.json" }, "ValueError: package.json is no file of Python: its name does not end in .py."],
  ])("refuses %j as an operator", async (given, problem) => {
    const what = `E_DATA_OPERATOR: python_file_mapper: Python cannot use the function: ${problem}`;
    await expect(run(given)).rejects.toThrow(what);
  });
});

it("runs nothing where code is not allowed", () => {
  const refused = () => readyOf(pythonFileMapper, { file_path });
  expect(refused).toThrow("E_DATA_OPERATOR: python_file_mapper: the recipe wants to run Python code of its own");
});

it("needs no leave and no Python to change nothing", async () => {
  expect(await runMapper(pythonFileMapper, [{ n: 1 }])).toEqual([{ n: 1 }]);
});
