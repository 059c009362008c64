/** A server that speaks what Tunesmith uses of MLflow's REST API, as strict as the real one, and fails on request. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

interface StoredRun {
  readonly experiment: string;
  readonly name: string;
  status: string;
  readonly params: Map<string, string>;
  readonly metrics: { readonly key: string; readonly value: number; readonly step: number }[];
}

export interface MlflowServer {
  readonly url: string;
  readonly experiments: Map<string, string>;
  readonly runs: Map<string, StoredRun>;
  /** Answers so many next requests of log-batch with 503. */
  failing: number;
  /** Headers of the last request. */
  headers: IncomingMessage["headers"];
  readonly close: () => Promise<void>;
}

class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const refuse = (status: number, code: string, message: string): never => {
  throw new Refusal(status, code, message);
};

export async function startMlflowServer(): Promise<MlflowServer> {
  const experiments = new Map([["Default", "0"]]);
  const runs = new Map<string, StoredRun>();
  const runOf = (id: unknown): StoredRun =>
    runs.get(String(id)) ?? refuse(404, "RESOURCE_DOES_NOT_EXIST", `Run '${String(id)}' not found`);

  const answer = (path: string, query: URLSearchParams, body: Readonly<Record<string, unknown>>): object => {
    switch (path) {
      case "experiments/get-by-name": {
        const name = query.get("experiment_name") ?? "";
        const id = experiments.get(name) ?? refuse(404, "RESOURCE_DOES_NOT_EXIST", `no experiment ${name}`);
        return { experiment: { experiment_id: id, name, lifecycle_stage: "active" } };
      }
      case "experiments/create": {
        const id = String(experiments.size);
        experiments.set(String(body["name"]), id);
        return { experiment_id: id };
      }
      case "runs/create": {
        const id = `run${runs.size}`;
        if (![...experiments.values()].includes(String(body["experiment_id"]))) refuse(404, "X", "no experiment");
        const [experiment, name] = [String(body["experiment_id"]), String(body["run_name"])];
        runs.set(id, { experiment, name, status: "RUNNING", params: new Map(), metrics: [] });
        return { run: { info: { run_id: id } } };
      }
      case "runs/get":
        runOf(query.get("run_id"));
        return { run: { info: { run_id: query.get("run_id") } } };
      case "runs/update":
        runOf(body["run_id"]).status = String(body["status"]);
        return {};
      case "runs/log-batch": {
        const { params = [], metrics = [] } = body as {
          readonly params?: readonly { readonly key: string; readonly value: string }[];
          readonly metrics?: readonly { readonly key: string; readonly value: number; readonly step: number }[];
        };
        const run = runOf(body["run_id"]);
        if (params.length > 100 || metrics.length > 1000) refuse(400, "INVALID_PARAMETER_VALUE", "too many");
        for (const { key, value } of params) {
          if (value.length > 500) refuse(400, "INVALID_PARAMETER_VALUE", "too long");
          run.params.set(key, value);
        }
        for (const metric of metrics) {
          const isRight =
            /^[\w\-. :/]+$/.test(metric.key) && Number.isFinite(metric.value) && Number.isInteger(metric.step);
          if (!isRight) refuse(400, "INVALID_PARAMETER_VALUE", `metric ${JSON.stringify(metric)}`);
          run.metrics.push(metric);
        }
        return {};
      }
      default:
        return refuse(404, "ENDPOINT_NOT_FOUND", path);
    }
  };

  const http = createServer((request, response) => {
    let text = "";
    request.on("data", (part: Buffer) => (text += part.toString()));
    request.on("end", () => {
      const url = new URL(request.url ?? "/", "http://localhost");
      const path = url.pathname.replace("/api/2.0/mlflow/", "");
      server.headers = request.headers;
      try {
        if (path === "runs/log-batch" && server.failing > 0) {
          server.failing--;
          refuse(503, "TEMPORARILY_UNAVAILABLE", "busy");
        }
        const body = text === "" ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>);
        response.end(JSON.stringify(answer(path, url.searchParams, body)));
      } catch (error) {
        const { status, code, message } = error as Refusal;
        response.statusCode = status;
        response.end(JSON.stringify({ error_code: code, message }));
      }
    });
  });
  await new Promise<void>((resolve) => {
    http.listen(0, "127.0.0.1", resolve);
  });
  const server: MlflowServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    experiments,
    runs,
    failing: 0,
    headers: {},
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
  return server;
}
