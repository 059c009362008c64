/** A lambda of the recipe. Data-Juicer: python_lambda_mapper. */
import * as z from "zod";
import { arg } from "../args.ts";
import { defineMapper } from "../operator.ts";
import { createPythonMapper, pythonDiffers } from "../python/apply-python.ts";

export const pythonLambdaMapper = defineMapper({
  name: "python_lambda_mapper",
  summary: "Changes rows by a Python lambda of the recipe; what it returns is laid over the row.",
  args: {
    lambda_str: arg(z.string().default(""), "A lambda with one argument, the row; none changes nothing."),
    batched: arg(z.boolean().default(false), "Gives the lambda a dictionary of lists, and takes one."),
  },
  cost: 50,
  differs: pythonDiffers,
  create: ({ lambda_str: lambda, batched }, tools) =>
    lambda === ""
      ? ({ row }) => row
      : createPythonMapper({ lambda }, { where: "python_lambda_mapper", batched }, tools),
});
