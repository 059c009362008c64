/**
 * MLflow by its REST API 2.0: an experiment, a run, its settings as parameters, its numbers as metrics. Environment
 * variables are those of MLflow's own client and of transformers' callback: MLFLOW_TRACKING_URI, _EXPERIMENT_NAME,
 * _RUN_ID, _TRACKING_TOKEN, _TRACKING_USERNAME and _PASSWORD.
 *
 * A resumed run goes on in the run of the service that mlflow.json of its folder names. Left out: artifacts, stores that
 * are files or databases (they need MLflow's own server), Databricks profiles.
 */
import { basename, join } from "node:path";
import { fail } from "../../base/errors.ts";
import { packageVersion } from "../../base/package-version.ts";
import { writeFileAtomic } from "../../formats/atomic.ts";
import { readTextIfThere } from "../../formats/read-file.ts";
import { ask } from "./ask.ts";
import { createDelivery, type Entry } from "./delivery.ts";
import type { OpenTracker, RunEnd, TrackerStart } from "./tracker.ts";

/** Names the run of the service that belongs to a folder. */
export const MLFLOW_FILE = "mlflow.json";

/** The service takes so many parameters and metrics in one request, and values so long (older servers: 500). */
const MOST_PARAMETERS = 100;
const MOST_METRICS = 1000;
const LONGEST = 500;

const statuses: Readonly<Record<RunEnd, string>> = { finished: "FINISHED", interrupted: "KILLED", failed: "FAILED" };

interface Api {
  readonly uri: string;
  readonly get: (path: string) => Promise<Answer>;
  readonly post: (path: string, body: object) => Promise<Answer>;
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export const openMlflow: OpenTracker = async (start) => {
  const api = apiOf(start.environment);
  const run = await findRun(api, start).catch((error: Error) =>
    fail("E_TRACKER", { where: api.uri, what: `MLflow cannot be used: ${error.message}.`, cause: error }),
  );
  const delivery = createDelivery({
    name: "MLflow",
    onNote: start.onNote,
    send: async (batch) => {
      const metrics = batch.flatMap(metricsOf);
      for (let i = 0; i < metrics.length; i += MOST_METRICS) {
        await api.post("runs/log-batch", { run_id: run, metrics: metrics.slice(i, i + MOST_METRICS) });
      }
    },
  });
  return {
    log: (step, values) => delivery.add({ step, values, time: Date.now() }),
    end: async (end) => {
      await delivery.close();
      await api
        .post("runs/update", { run_id: run, status: statuses[end], end_time: Date.now() })
        .catch((error: Error) => start.onNote(`MLflow was not told that the run ended: ${error.message}.`));
    },
  };
};

/** JSON has no word for what is not finite. */
const metricsOf = ({ step, values, time }: Entry) =>
  Object.entries(values)
    .filter(([, value]) => Number.isFinite(value))
    .map(([key, value]) => ({ key, value, timestamp: time, step }));

function apiOf(environment: TrackerStart["environment"]): Api {
  const uri = (environment["MLFLOW_TRACKING_URI"] ?? "").trim().replace(/\/+$/, "");
  if (!/^https?:\/\//i.test(uri)) {
    fail("E_TRACKER", {
      where: "MLFLOW_TRACKING_URI",
      what: uri === "" ? "the address of the MLflow server is not set." : `"${uri}" is no address of an MLflow server.`,
      fix: "Set it to one that begins with http:// or https:// (`mlflow server` starts one on http://127.0.0.1:5000), or leave mlflow out of report_to.",
    });
  }
  const { MLFLOW_TRACKING_TOKEN: token, MLFLOW_TRACKING_USERNAME: user, MLFLOW_TRACKING_PASSWORD: word } = environment;
  const basic = user === undefined ? undefined : Buffer.from(`${user}:${word ?? ""}`).toString("base64");
  const authorization = token === undefined ? (basic === undefined ? undefined : `Basic ${basic}`) : `Bearer ${token}`;
  const headers = {
    "content-type": "application/json",
    "user-agent": `tunesmith/${packageVersion()}`,
    ...(authorization === undefined ? {} : { authorization }),
  };
  const call = async (path: string, init: RequestInit): Promise<Answer> => {
    const { status, body } = await ask(`${uri}/api/2.0/mlflow/${path}`, { ...init, headers });
    const json = typeof body === "object" && body !== null ? (body as Answer["body"]) : { message: body };
    if (status < 400 || json["error_code"] === "RESOURCE_DOES_NOT_EXIST") return { status, body: json };
    throw new Error(`it answers ${status} to ${path.split("?")[0]}: ${String(json["message"]).slice(0, 300)}`);
  };
  return {
    uri,
    get: (path) => call(path, { method: "GET" }),
    post: async (path, body) => {
      const answer = await call(path, { method: "POST", body: JSON.stringify(body) });
      if (answer.status >= 400) throw new Error(`it does not know ${path}: ${String(answer.body["message"])}`);
      return answer;
    },
  };
}

/** The run that is gone on with, else a new one with the settings as its parameters. */
async function findRun(
  api: Api,
  { outputDir, settings, startStep, environment, onNote }: TrackerStart,
): Promise<string> {
  const earlier = environment["MLFLOW_RUN_ID"] ?? (startStep > 0 ? await readRun(outputDir, api.uri) : undefined);
  if (earlier !== undefined) {
    const { status } = await api.get(`runs/get?run_id=${encodeURIComponent(earlier)}`);
    if (status < 400) {
      await api.post("runs/update", { run_id: earlier, status: "RUNNING" });
      return earlier;
    }
    onNote(`MLflow no longer has the run ${earlier}: the numbers go into a new one.`);
  }
  const { body } = await api.post("runs/create", {
    experiment_id: await experimentOf(api, environment["MLFLOW_EXPERIMENT_NAME"] ?? "Default"),
    run_name: basename(outputDir),
    start_time: Date.now(),
    tags: [
      { key: "mlflow.source.name", value: "tunesmith" },
      { key: "tunesmith.version", value: packageVersion() },
    ],
  });
  const id = (body["run"] as { readonly info: { readonly run_id: string } }).info.run_id;
  await writeFileAtomic(
    join(outputDir, MLFLOW_FILE),
    new TextEncoder().encode(`${JSON.stringify({ tracking_uri: api.uri, run_id: id })}\n`),
  );
  const { parameters, cut } = parametersOf(settings);
  for (let i = 0; i < parameters.length; i += MOST_PARAMETERS) {
    await api.post("runs/log-batch", { run_id: id, params: parameters.slice(i, i + MOST_PARAMETERS) });
  }
  if (cut.length > 0) onNote(`MLflow takes ${LONGEST} characters of a parameter: ${cut.join(", ")} are cut there.`);
  return id;
}

function parametersOf(settings: TrackerStart["settings"]) {
  const texts = Object.entries(settings).flatMap(([key, value]) =>
    value === undefined || value === null
      ? []
      : [{ key, text: typeof value === "string" ? value : JSON.stringify(value) }],
  );
  return {
    parameters: texts.map(({ key, text }) => ({ key, value: text.slice(0, LONGEST) })),
    cut: texts.filter(({ text }) => text.length > LONGEST).map(({ key }) => key),
  };
}

async function experimentOf(api: Api, name: string): Promise<string> {
  const { status, body } = await api.get(`experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`);
  const found = body["experiment"] as { readonly experiment_id: string; readonly lifecycle_stage?: string } | undefined;
  if (status < 400 && found !== undefined) {
    if (found.lifecycle_stage === "deleted") throw new Error(`the experiment "${name}" is deleted there`);
    return found.experiment_id;
  }
  const made = await api.post("experiments/create", { name });
  return made.body["experiment_id"] as string;
}

/** The run of the service that belongs to a folder, where that is the same service. */
async function readRun(outputDir: string, uri: string): Promise<string | undefined> {
  const text = await readTextIfThere(join(outputDir, MLFLOW_FILE), { code: "E_TRACKER", limit: 65_536 });
  if (text === undefined) return undefined;
  try {
    const { tracking_uri: there, run_id: id } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return there === uri && typeof id === "string" ? id : undefined;
  } catch {
    // A file that is no JSON names no run: a new one is made.
    return undefined;
  }
}
