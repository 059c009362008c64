/** `tunesmith deploy`: a model behind OpenAI's API, until a signal ends it. */
import { basename, resolve } from "node:path";
import { serve, type ServerType } from "@hono/node-server";
import { fail } from "../base/errors.ts";
import { createGenerator } from "../generate/index.ts";
import { loadModel } from "../models/index.ts";
import { deployRecipe, type DeployArgs, type Source } from "../recipes/index.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import { createApi } from "../server/openai.ts";
import { encodePrompt } from "../text/index.ts";
import type { Context } from "./context.ts";
import { followPointer, templateOptions, textOrFile } from "./files.ts";
import { hubReporter } from "./hub-reporter.ts";
import { inheritedArgs } from "./inherited.ts";
import { errorText } from "./show-error.ts";
import { defineVerb } from "./verb.ts";

const saved = (given: readonly Source[]): Promise<readonly Source[]> =>
  inheritedArgs(deployRecipe, given, ["system", "allow_config_keys"]);

async function run(args: DeployArgs, context: Context): Promise<undefined> {
  const { stderr, paint, signal } = context;
  const system = args.system === undefined ? undefined : await textOrFile(args.system);
  const reporter = hubReporter(context);
  const dir = await followPointer(args.model ?? args.adapters[0] ?? "");
  const model = await loadModel(dir, {
    allowConfigKeys: args.allow_config_keys,
    allowOtherBase: args.allow_other_base,
    find: { ...reporter, revision: args.revision, signal },
    adapters: args.model === undefined ? [] : await Promise.all(args.adapters.map(followPointer)),
    template: await templateOptions(args.template),
  }).finally(reporter.end);
  const { tokenizer } = model;
  const hasTemplate = args.template !== undefined || tokenizer.chatTemplates.size > 0;
  for (const notice of [...model.notices, ...tokenizer.notices, ...(hasTemplate ? model.template.notices : [])]) {
    stderr.write(`${paint("dim", "note")}  ${notice}\n`);
  }
  const runtime = createNodeRuntime({
    device: args.device === "auto" ? "cpu" : args.device,
    ...(args.threads === undefined ? {} : { threads: args.threads }),
  });
  const generator = await createGenerator(model, runtime, { maxBatch: args.max_batch_size });
  const api = createApi(
    {
      name: args.served_model_name ?? basename(resolve(args.model ?? args.adapters[0] ?? "model")),
      generator,
      encodeChat: (conversation) => {
        const { messages } = conversation;
        const first =
          system !== undefined && messages[0]?.role !== "system" ? [{ role: "system", content: system }] : [];
        const whole = { ...conversation, messages: [...(first as typeof messages), ...messages] };
        // Without a template of its own the checkpoint's is asked for, which says what is missing.
        return encodePrompt(whole, { tokenizer, template: model.template });
      },
      encodeText: (text) =>
        encodePrompt({ messages: [{ role: "user", content: text }] }, { tokenizer, useChatTemplate: false }),
      stopStrings: hasTemplate ? model.template.stop.strings : [],
    },
    {
      apiKey: args.api_key,
      maxQueue: args.max_queue,
      seed: args.seed,
      onFault: (error) => void stderr.write(errorText(error, { debug: false, paint })),
    },
  );
  try {
    const server = await listen(api.fetch, args);
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : args.port;
    const host = args.host.includes(":") ? `[${args.host}]` : args.host;
    stderr.write(`http://${host}:${port}\n`);
    await new Promise<void>((ended) => {
      if (signal.aborted) ended();
      else signal.addEventListener("abort", () => ended(), { once: true });
    });
    // No new connections; what was begun is answered.
    const closed = new Promise<void>((done) => server.close(() => done()));
    await api.idle();
    if ("closeIdleConnections" in server) server.closeIdleConnections();
    await closed;
  } finally {
    await generator.release();
  }
  return undefined;
}

function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  { host, port }: DeployArgs,
): Promise<ServerType> {
  return new Promise((ready, failed) => {
    const server = serve({ fetch, hostname: host, port }, () => ready(server));
    server.on("error", (cause: Error) => {
      try {
        fail("E_SERVER_LISTEN", { where: `${host}:${port}`, what: `${cause.message}.`, cause });
      } catch (error) {
        failed(error);
      }
    });
  });
}

export const deployVerb = defineVerb({
  recipe: deployRecipe,
  usage: "--model DIR [--port 8000] [--api-key KEY] [--flags]",
  examples: (assets) => [`tunesmith deploy --model ${assets}/stories260k --port 8000`],
  saved,
  endsBySignal: true,
  run,
});
