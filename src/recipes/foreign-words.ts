/**
 * Keys of other systems that people bring along, and what to say instead of "unknown". A value is either one of
 * our keys (its name is suggested) or a sentence. Words: LLaMA-Factory, axolotl, TRL, transformers, ms-swift.
 */

const notNeeded = (why: string): string => `leave it out: ${why}.`;
const oneDevice = notNeeded("one process trains on one device");

export const foreignWords: Readonly<Record<string, string>> = {
  base_model: "model",
  batch_size: "per_device_train_batch_size",
  cutoff_len: "max_length",
  epochs: "num_train_epochs",
  evals_per_epoch: "eval_steps",
  finetuning_type: "tuner_type",
  gradient_clip_val: "max_grad_norm",
  lr: "learning_rate",
  lr_scheduler: "lr_scheduler_type",
  max_seq_len: "max_length",
  max_seq_length: "max_length",
  max_tokens: "max_new_tokens",
  micro_batch_size: "per_device_train_batch_size",
  model_id_or_path: "model",
  model_name_or_path: "model",
  n_epochs: "num_train_epochs",
  num_epochs: "num_train_epochs",
  optimizer: "optim",
  output: "output_dir",
  r: "lora_rank",
  rank: "lora_rank",
  sample_packing: "packing",
  sequence_len: "max_length",
  steps: "max_steps",
  system_prompt: "system",
  test_size: "split_dataset_ratio",
  train_file: "dataset",
  val_set_size: "split_dataset_ratio",
  val_size: "split_dataset_ratio",
  validation_file: "val_dataset",
  warmup: "warmup_steps",

  annotation: "operators that wait for people to label rows are not supported.",
  custom_operator_paths:
    "operators written in Python cannot be loaded; python_file_mapper and python_lambda_mapper run code.",
  notification: "operators that send messages are not supported.",

  add_version: notNeeded("checkpoints go to output_dir/checkpoint-STEP without a version folder"),
  attn_impl: notNeeded("there is one attention, exact and masked"),
  bf16: notNeeded("computing is in float32; torch_dtype says how full weights are written"),
  dataloader_num_workers: notNeeded("batches are made beside the step"),
  dataset_num_proc: notNeeded("rows are read once, as a stream"),
  ddp_backend: oneDevice,
  deepspeed: oneDevice,
  do_sample: "set temperature: 0 takes the likeliest token, above 0 samples.",
  eval_strategy: "set eval_steps; evaluation happens when there is something to evaluate on.",
  fp16: notNeeded("computing is in float32; torch_dtype says how full weights are written"),
  gradient_checkpointing: notNeeded("activations are not recomputed in this version"),
  lazy_tokenize: notNeeded("rows are encoded once, before step 1"),
  num_beams: notNeeded("there is no beam search in this verb"),
  padding_free: notNeeded("packing does the same work"),
  save_strategy: "set save_steps; a checkpoint is also written at the end.",
  streaming: notNeeded("files are always read as streams"),
  trust_remote_code: notNeeded("no code of a checkpoint is ever run"),
  use_hf: notNeeded("model is a folder"),
};
