/**
 * Keys of Data-Juicer's recipes without a meaning here. They are taken, so that its recipes run unchanged, and named.
 * Compared with the keys of py-data-juicer 1.6.1 (data_juicer/config/config.py) and its configs/config_all.yaml; left
 * out is `debug`, a flag of the
 * command line.
 */

/** Keys that say how Data-Juicer works, with the reason why nothing here depends on them. */
export const withoutEffect: Readonly<Record<string, string>> = {
  project_name: "a name",
  work_dir: "work is kept beside export_path",
  use_cache: "a run that was killed goes on by itself",
  ds_cache_dir: "there is no cache",
  cache_compress: "there is no cache",
  temp_dir: "work is kept beside export_path",
  use_checkpoint: "a run that was killed goes on by itself",
  open_monitor: "nothing is sampled",
  export_in_parallel: "workers write bytes that are ready",
  keep_hashes_in_res_ds: "hashes are not kept in rows",
  export_extra_args: "none is known",
  turbo: "always as fast as it can be",
  skip_op_error: "bad rows are set aside; see strict",
  op_fusion: "operators always share words and lines",
  fusion_strategy: "operators always share words and lines",
  adaptive_batch_size: "blocks are cut by bytes",
  image_bytes_key: "images are read by path",
  image_special_token: "no operator here looks at it",
  audio_special_token: "no operator here looks at it",
  video_special_token: "no operator here looks at it",
  eoc_special_token: "no operator here looks at it",
  percentiles: "data analyze shows them",
  export_original_dataset: "for data analyze",
  save_stats_in_one_file: "statistics are one file",
  data_probe_algo: "only the sandbox uses it",
  data_probe_ratio: "only the sandbox uses it",
  hpo_config: "only the sandbox uses it",
  validators: "data check checks rows",
  add_suffix: "suffix_filter knows the suffix of each row's file",
  annotation: "no operator here asks people",
  auto_op_parallelism: "operators share all workers",
  checkpoint: "a run that was killed goes on by itself",
  checkpoint_dir: "a run that was killed goes on by itself",
  conflict_resolve_strategy: "operators need no packages of their own",
  elastic_juicer_adaptive_batching: "blocks are cut by bytes",
  elastic_juicer_profile_seed: "blocks are cut by bytes",
  event_log_dir: "there is no event log",
  event_logging: "there is no event log",
  job_id: "a run is known by its export_path",
  load_dataset_kwargs: "files are read by our own readers",
  load_jsonl_lenient: "bad lines are always set aside",
  mapper_fusion: "no operator runs on a GPU",
  mapper_fusion_vram_limit: "no operator runs on a GPU",
  min_common_dep_num_to_combine: "operators need no packages of their own",
  notification: "nobody is told",
  op_list_to_mine: "data analyze shows statistics",
  open_insight_mining: "data analyze shows statistics",
  override_num_blocks: "blocks are cut by bytes",
  partition: "blocks are cut by bytes",
  partition_dir: "work is kept beside export_path",
  partition_size: "blocks are cut by bytes",
  read_options: "files are read by our own readers",
  resume: "a run that was killed goes on by itself",
  strict_preflight: "a recipe is always checked first",
  trace_keys: "traces hold the texts and the place of the row",
  use_dag: "nothing is drawn",
};

/** Keys that change what comes out and that are not done here: taken when they are off, else refused. */
export const onlyOff: Readonly<Record<string, string>> = {
  custom_operator_paths: "operators in Python are not run; python_file_mapper runs a function with --allow-code",
  decrypt_after_reading: "files are not decrypted",
  encrypt_before_export: "results are not encrypted",
  encryption_key_path: "nothing is encrypted or decrypted",
  export_aws_credentials: "results are written to this machine alone",
  generated_dataset_config: "data is read from files alone",
};

/** Whether a value means that nothing is asked for: false, "" or nothing in it. */
export function isOff(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === false || value === "";
}
