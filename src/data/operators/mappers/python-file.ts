/** A function in a file. Data-Juicer: python_file_mapper. */
import * as z from "zod";
import { arg } from "../args.ts";
import { defineMapper } from "../operator.ts";
import { createPythonMapper, pythonDiffers } from "../python/apply-python.ts";

export const pythonFileMapper = defineMapper({
  name: "python_file_mapper",
  summary: "Changes rows by a function in a Python file; what it returns is laid over the row.",
  args: {
    file_path: arg(z.string().default(""), "The file, which ends in .py; none changes nothing."),
    function_name: arg(
      z.string().min(1).default("process_single"),
      "A function of the file with one argument, the row.",
    ),
    batched: arg(z.boolean().default(false), "Gives the function a dictionary of lists, and takes one."),
  },
  cost: 50,
  differs: pythonDiffers,
  create: ({ file_path: path, function_name: name, batched }, tools) =>
    path === ""
      ? ({ row }) => row
      : createPythonMapper(
          { file: tools.resolve(path), function: name },
          { where: "python_file_mapper", batched },
          tools,
        ),
});
