/**
 * Names that Data-Juicer has for operators when they run on Ray. Here an operator is the same wherever it runs, so
 * these are its other names, and their arguments about how actors share the work say nothing.
 */
export const rayNames: ReadonlyMap<string, string> = new Map([
  ["ray_bts_minhash_deduplicator", "document_minhash_deduplicator"],
  ["ray_document_deduplicator", "document_deduplicator"],
  ["ray_image_deduplicator", "image_deduplicator"],
]);

const rayArguments: ReadonlySet<string> = new Set([
  "actor_memory",
  "backend",
  "dedup_set_num",
  "max_pending_edge_buffer_task",
  "max_pending_filter_tasks",
  "memory_per_sample",
  "merge_batch_size",
  "minhash_batch_size",
  "num_edge_buffer_task_returns",
  "num_filter_task_returns",
  "redis_address",
  "task_memory",
  "tmp_file_name",
  "union_find_parallel_num",
  "union_threshold",
]);

export const withoutRayArguments = (args: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(args).filter(([name]) => !rayArguments.has(name)));
