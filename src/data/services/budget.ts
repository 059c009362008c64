/**
 * How much a run may ask. Every request and the tokens of every answer are noted in a file as they come, so that a
 * run that was killed goes on with what is left of its budget.
 */
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fail } from "../../base/errors.ts";
import { explainWriteError } from "../../formats/write-error.ts";

export interface BudgetOptions {
  /** Read at the first request, not before: a new run clears its work folder first. */
  readonly file: string;
  readonly maxRequests?: number;
  readonly maxTokens?: number;
}

export interface Budget {
  /** Takes one request, noted before it is sent. @throws E_DATA_ENDPOINT when the budget is used up */
  readonly take: () => Promise<void>;
  readonly spend: (tokens: number) => Promise<void>;
  /** Of this run and those that it goes on from. */
  readonly used: () => { readonly requests: number; readonly tokens: number };
}

export function createBudget({ file, maxRequests, maxTokens }: BudgetOptions): Budget {
  let requests = 0;
  let tokens = 0;
  let loaded: Promise<void> | undefined;
  const load = async (): Promise<void> => {
    const text = await readFile(file, "utf8").catch(() => "");
    for (const line of text.split("\n")) {
      // A line that a crash cut short says less, never more.
      const [, kind, number] = /^(request|tokens)(?: (\d+))?$/.exec(line) ?? [];
      if (kind === "request") requests++;
      else if (kind === "tokens") tokens += Number(number ?? 0);
    }
    await mkdir(dirname(file), { recursive: true });
  };
  const note = async (line: string): Promise<void> => {
    await appendFile(file, `${line}\n`).catch(async (error: unknown) => {
      throw await explainWriteError(error, file);
    });
  };
  const check = (name: string, used: number, most: number | undefined): void => {
    if (most === undefined || used < most) return;
    fail("E_DATA_ENDPOINT", {
      where: `api_max_${name}`,
      what: `the budget of ${most} ${name} is used up (${requests} requests and ${tokens} tokens so far).`,
      fix: "What was answered is kept: raise the budget and run the same command again.",
    });
  };
  return {
    take: async () => {
      await (loaded ??= load());
      check("requests", requests, maxRequests);
      check("tokens", tokens, maxTokens);
      requests++;
      await note("request");
    },
    spend: async (more) => {
      tokens += more;
      await note(`tokens ${more}`);
    },
    used: () => ({ requests, tokens }),
  };
}
