/** Made from the recipes; change those and run `UPDATE_DOCS=1 npx vitest run --project unit test/docs`. */
import type * as z from "zod";
import type { dataAnalyzeShape } from "./data-analyze.ts";
import type { dataProcessShape } from "./data-process.ts";

type DataAnalyzeKeys = z.input<z.ZodObject<typeof dataAnalyzeShape>>;

/** Arguments of `dataAnalyze`, but for keys without effect. */
export interface DataAnalyzeInput {
  /** Files, folders or globs of rows. Default: dataset_path. */
  files?: DataAnalyzeKeys["files"];
  /**
   * Looks at so many rows, drawn at random; 0 at all of them. In rows. Default: all rows of up to 32 MB, else
   * 20000.
   */
  sample?: DataAnalyzeKeys["sample"];
  /**
   * Measures with every filter that needs no argument, even if the recipe has a process list. Default: false.
   */
  auto?: DataAnalyzeKeys["auto"];
  /** Shares to be shown beside the quartiles, such as 0.05 and 0.95. */
  percentiles?: DataAnalyzeKeys["percentiles"];
  /**
   * Reads about so many instructions, drawn at random, for their verb and its object; each takes a millisecond. In
   * rows. Default: 1500.
   */
  instructions?: DataAnalyzeKeys["instructions"];
  /**
   * File of the page, one HTML file that asks for nothing else. none writes no page. Default: analysis/NAME.html;
   * none with --json.
   */
  report?: DataAnalyzeKeys["report"];
  /**
   * File of the suggested recipe: thresholds at three standard deviations around the mean. none writes no recipe.
   * Default: analysis/NAME.yaml; none with --json.
   */
  suggest?: DataAnalyzeKeys["suggest"];
  /**
   * Replace files of the result that are there already; what is there stays until the new is whole. Default:
   * false.
   */
  overwrite?: DataAnalyzeKeys["overwrite"];
  /** Prints everything that was found as JSON. Default: false. */
  json?: DataAnalyzeKeys["json"];
  /**
   * Files, folders or globs: jsonl, json, csv, tsv, parquet, also with .gz or .zst. Text files (txt, md, tex, py,
   * html and the like) are one document each. Of a folder every file that can be read is, whatever split its name
   * speaks of.
   */
  dataset_path?: DataAnalyzeKeys["dataset_path"];
  /** The other way to name data: {configs: [{type: local, path: ...}]}. dataset_path wins over it. */
  dataset?: DataAnalyzeKeys["dataset"];
  /**
   * Column of the text that operators work on; of several the first. Rows without it that are conversations are
   * worked on message by message. Default: text.
   */
  text_keys?: DataAnalyzeKeys["text_keys"];
  /** Reads only files with these suffixes. */
  suffixes?: DataAnalyzeKeys["suffixes"];
  /** Column of the images. Default: images. */
  image_key?: DataAnalyzeKeys["image_key"];
  /** Column of the audios. Default: audios. */
  audio_key?: DataAnalyzeKeys["audio_key"];
  /** Column of the videos. Default: videos. */
  video_key?: DataAnalyzeKeys["video_key"];
  /**
   * List of operators: its filters measure, and what writes tags; others are passed over. Default: every filter
   * that needs no argument.
   */
  process?: DataAnalyzeKeys["process"];
  /**
   * Worker threads. 0 works in the main thread, where nothing ends an operator that hangs. Default: one for each
   * core.
   */
  np?: DataAnalyzeKeys["np"];
  /**
   * Ceiling of the memory, for example 512MiB: rows wait on disk, not in memory. Where it is too little for np
   * workers there are fewer. A row group of a Parquet file may take an eighth of it. Default: 192MiB and 320MiB
   * for each worker.
   */
  max_memory?: DataAnalyzeKeys["max_memory"];
  /** An operator that takes longer on one row is ended; the row is bad. In seconds. Default: 30. */
  row_timeout?: DataAnalyzeKeys["row_timeout"];
  /** Ends at the first bad row instead of setting it aside. Default: false. */
  strict?: DataAnalyzeKeys["strict"];
  /** Seed of all draws. Default: 42. */
  seed?: DataAnalyzeKeys["seed"];
  /**
   * Lets the recipe run code of its own (python_lambda_mapper, python_file_mapper). Only for recipes you trust; a
   * recipe cannot say it. Default: false.
   */
  allow_code?: DataAnalyzeKeys["allow_code"];
  /**
   * Address of an OpenAI-compatible API for operators that ask a model. It gets the key in OPENAI_API_KEY, unless
   * OPENAI_BASE_URL is another one, or a recipe names the address. Default: OPENAI_BASE_URL.
   */
  api_endpoint?: DataAnalyzeKeys["api_endpoint"];
  /** Model for operators that name none. Default: the only one of the server. */
  api_model?: DataAnalyzeKeys["api_model"];
  /** Questions under way at one time. Default: 8. */
  api_concurrency?: DataAnalyzeKeys["api_concurrency"];
  /** Time for one answer. In seconds. Default: 120. */
  api_timeout?: DataAnalyzeKeys["api_timeout"];
  /** Budget of requests, those of earlier tries of the run included; the run ends when it is used up. */
  api_max_requests?: DataAnalyzeKeys["api_max_requests"];
  /** Budget of tokens, those of earlier tries included; what is under way then may go beyond it. */
  api_max_tokens?: DataAnalyzeKeys["api_max_tokens"];
  /**
   * Folder that keeps answers, so that nothing is asked twice. Default: .NAME.answers beside export_path;
   * analysis/.NAME.answers for data analyze.
   */
  api_cache?: DataAnalyzeKeys["api_cache"];
}

type DataProcessKeys = z.input<z.ZodObject<typeof dataProcessShape>>;

/** Arguments of `dataProcess`, but for keys without effect. */
export interface DataProcessInput {
  /**
   * Files, folders or globs: jsonl, json, csv, tsv, parquet, also with .gz or .zst. Text files (txt, md, tex, py,
   * html and the like) are one document each. Of a folder every file that can be read is, whatever split its name
   * speaks of.
   */
  dataset_path?: DataProcessKeys["dataset_path"];
  /** The other way to name data: {configs: [{type: local, path: ...}]}. dataset_path wins over it. */
  dataset?: DataProcessKeys["dataset"];
  /**
   * Column of the text that operators work on; of several the first. Rows without it that are conversations are
   * worked on message by message. Default: text.
   */
  text_keys?: DataProcessKeys["text_keys"];
  /** Reads only files with these suffixes. */
  suffixes?: DataProcessKeys["suffixes"];
  /** Column of the images. Default: images. */
  image_key?: DataProcessKeys["image_key"];
  /** Column of the audios. Default: audios. */
  audio_key?: DataProcessKeys["audio_key"];
  /** Column of the videos. Default: videos. */
  video_key?: DataProcessKeys["video_key"];
  /** List of operators, each with its arguments: docs/operators.md. --OPERATOR.ARGUMENT=VALUE changes one. */
  process?: DataProcessKeys["process"];
  /** File of the result; its suffix says the format, jsonl when there is none. Default: needed. */
  export_path?: DataProcessKeys["export_path"];
  /**
   * Replace files of the result that are there already; what is there stays until the new is whole. Default:
   * false.
   */
  overwrite?: DataProcessKeys["overwrite"];
  /** Format of the result. Default: by the suffix of export_path. */
  export_type?: DataProcessKeys["export_type"];
  /** Splits the result into shards of about so many bytes. In bytes. Default: 0. */
  export_shard_size?: DataProcessKeys["export_shard_size"];
  /**
   * Keeps statistics, tags and lineage in the rows (__dj__stats__, __dj__meta__). They are written beside the
   * result anyway. Default: false.
   */
  keep_stats_in_res_ds?: DataProcessKeys["keep_stats_in_res_ds"];
  /** Notes examples of what each operator changed and dropped. Default: false. */
  open_tracer?: DataProcessKeys["open_tracer"];
  /** Traces only these operators. Default: all. */
  op_list_to_trace?: DataProcessKeys["op_list_to_trace"];
  /**
   * Writes one HTML page that shows what each operator dropped and changed, word by word. Turns the tracer on.
   * Default: none.
   */
  report?: DataProcessKeys["report"];
  /** Examples of each operator. Default: 10. */
  trace_num?: DataProcessKeys["trace_num"];
  /**
   * Worker threads. 0 works in the main thread, where nothing ends an operator that hangs. Default: one for each
   * core.
   */
  np?: DataProcessKeys["np"];
  /**
   * Ceiling of the memory, for example 512MiB: rows wait on disk, not in memory. Where it is too little for np
   * workers there are fewer. A row group of a Parquet file may take an eighth of it. Default: 192MiB and 320MiB
   * for each worker.
   */
  max_memory?: DataProcessKeys["max_memory"];
  /** An operator that takes longer on one row is ended; the row is bad. In seconds. Default: 30. */
  row_timeout?: DataProcessKeys["row_timeout"];
  /** Ends at the first bad row instead of setting it aside. Default: false. */
  strict?: DataProcessKeys["strict"];
  /** Seed of all draws. Default: 42. */
  seed?: DataProcessKeys["seed"];
  /**
   * Lets the recipe run code of its own (python_lambda_mapper, python_file_mapper). Only for recipes you trust; a
   * recipe cannot say it. Default: false.
   */
  allow_code?: DataProcessKeys["allow_code"];
  /**
   * Address of an OpenAI-compatible API for operators that ask a model. It gets the key in OPENAI_API_KEY, unless
   * OPENAI_BASE_URL is another one, or a recipe names the address. Default: OPENAI_BASE_URL.
   */
  api_endpoint?: DataProcessKeys["api_endpoint"];
  /** Model for operators that name none. Default: the only one of the server. */
  api_model?: DataProcessKeys["api_model"];
  /** Questions under way at one time. Default: 8. */
  api_concurrency?: DataProcessKeys["api_concurrency"];
  /** Time for one answer. In seconds. Default: 120. */
  api_timeout?: DataProcessKeys["api_timeout"];
  /** Budget of requests, those of earlier tries of the run included; the run ends when it is used up. */
  api_max_requests?: DataProcessKeys["api_max_requests"];
  /** Budget of tokens, those of earlier tries included; what is under way then may go beyond it. */
  api_max_tokens?: DataProcessKeys["api_max_tokens"];
  /**
   * Folder that keeps answers, so that nothing is asked twice. Default: .NAME.answers beside export_path;
   * analysis/.NAME.answers for data analyze.
   */
  api_cache?: DataProcessKeys["api_cache"];
  /** This machine, or a Ray cluster. Default: default. */
  executor_type?: DataProcessKeys["executor_type"];
  /**
   * The cluster: auto is the one that this machine belongs to, else HOST:PORT of its head, which the command line
   * alone may name. Default: auto.
   */
  ray_address?: DataProcessKeys["ray_address"];
  /** Python that has ray installed; a recipe cannot name it. Default: TUNESMITH_RAY_PYTHON, or python3. */
  ray_python?: DataProcessKeys["ray_python"];
  /** Worker processes on the cluster; np is for this machine alone. Default: one for each CPU of the cluster. */
  ray_workers?: DataProcessKeys["ray_workers"];
}
