/** Made from the recipes; change those and run `UPDATE_DOCS=1 npx vitest run --project unit test/docs`. */
import type * as z from "zod";
import type { trainingShape } from "./sft.ts";

type TrainingKeys = z.input<z.ZodObject<typeof trainingShape>>;

/** Arguments of `sft` and `pt`: the words of the command line's flags, with the same defaults. */
export interface TrainingArguments {
  /**
   * Folder of a Hugging Face checkpoint or of one Tunesmith wrote, a GGUF file, or a name on the Hugging Face hub.
   * What is on disk wins over a name.
   */
  model: NonNullable<TrainingKeys["model"]>;
  /** Branch, tag or commit of a model that is named by its hub name. Default: main. */
  revision?: TrainingKeys["revision"];
  /**
   * Folders of PEFT adapters to load on the model. Only their weights: to continue a run use
   * resume_from_checkpoint.
   */
  adapters?: TrainingKeys["adapters"];
  /**
   * Take system, agent_template and, to ask, use_chat_template, where they are not given, from the args.json that
   * training wrote beside an adapter or checkpoint; others than an adapter was taught with are refused in
   * training. Default: true.
   */
  load_args?: TrainingKeys["load_args"];
  /** Put an adapter on another base model than it was trained on. Default: false. */
  allow_other_base?: TrainingKeys["allow_other_base"];
  /**
   * Keys of config.json to ignore although they are unknown or change the math, for example brand_new_key.
   * Default: such a key stops the load.
   */
  allow_config_keys?: TrainingKeys["allow_config_keys"];
  /**
   * Number format that full weights are written in. Computing is in float32 whatever stands here. Default: the
   * checkpoint's own.
   */
  torch_dtype?: TrainingKeys["torch_dtype"];
  /**
   * Files (jsonl, json, csv, parquet, txt), folders or globs to train on; path#500 takes 500 rows at random,
   * repeating them when there are fewer. Of a folder those of the training split are read, where names speak of
   * splits; txt only where nothing else is there, a row for each line.
   */
  dataset: NonNullable<TrainingKeys["dataset"]>;
  /** Files to evaluate on; the same forms as dataset. */
  val_dataset?: TrainingKeys["val_dataset"];
  /** Share of dataset that is held out for evaluation when val_dataset is empty. Default: 0. */
  split_dataset_ratio?: TrainingKeys["split_dataset_ratio"];
  /** Renames columns before rows are read, as {"text1": "query", "text2": "response"}. */
  columns?: TrainingKeys["columns"];
  /** Stop at the first malformed row. Otherwise such rows are dropped, counted and shown. Default: false. */
  strict?: TrainingKeys["strict"];
  /** Draw the rows in a new order each epoch. The order depends on seed and epoch alone. Default: true. */
  dataset_shuffle?: TrainingKeys["dataset_shuffle"];
  /** Which samples are taken, and in which order. docs/samplers.md says what each does. Default: shuffle. */
  sampler?: TrainingKeys["sampler"];
  /** Arguments of the sampler, as {"weights": [3, 1]}: docs/samplers.md lists them. */
  sampler_args?: TrainingKeys["sampler_args"];
  /**
   * Draws rows of the datasets by turns with these probabilities, one for each, adding up to 1. mixture is exact
   * instead. Default: one dataset after the other, then shuffled.
   */
  interleave_prob?: TrainingKeys["interleave_prob"];
  /** When interleaving ends: as soon as one dataset is used up, or when all are. Default: first_exhausted. */
  stopping_strategy?: TrainingKeys["stopping_strategy"];
  /** Most tokens of one sample. In tokens. Default: the model's context length. */
  max_length?: TrainingKeys["max_length"];
  /**
   * What to do with samples longer than max_length: drop and count them, cut the left or the right end, or stop.
   * Default: delete.
   */
  truncation_strategy?: TrainingKeys["truncation_strategy"];
  /**
   * Fill rows of max_length with several samples that do not see each other. Fewer, fuller steps: look at
   * gradient_accumulation_steps again when you turn it on. Default: false.
   */
  packing?: TrainingKeys["packing"];
  /**
   * Put samples of like length into one batch, for less padding. The longest come first, so that a lack of memory
   * shows at once. Default: false.
   */
  group_by_length?: TrainingKeys["group_by_length"];
  /** Path of a Jinja file to use as chat template. Default: the checkpoint's own. */
  template?: TrainingKeys["template"];
  /** Render messages with the chat template. Without it the texts are joined as they are. Default: true. */
  use_chat_template?: TrainingKeys["use_chat_template"];
  /**
   * System message of conversations that have none; a text, or the path of a .txt file. Default: what the template
   * says.
   */
  system?: TrainingKeys["system"];
  /** How tools, tool calls and tool responses are written. Default: what the chat template does. */
  agent_template?: TrainingKeys["agent_template"];
  /**
   * Which tokens are trained and with what weight: default (every assistant turn), last_round or all, and chained
   * by +: react, hermes, qwen, agentflan, alpha_umi, ignore_empty_think, ignore_think_prefix. Default: default.
   */
  loss_scale?: TrainingKeys["loss_scale"];
  /**
   * What is trained: lora (low-rank adapters beside frozen weights), full (all weights of the model), freeze
   * (weights of the model that are not frozen), ia3 (a factor for each output, or input, of linear layers),
   * ln_tuning (norms alone), loha (elementwise products of low-rank matrices), lokr (Kronecker products), vera
   * (vectors around low-rank matrices that are random and shared). Default: lora.
   */
  tuner_type?: TrainingKeys["tuner_type"];
  /** Rank r of the adapters. Default: 8. */
  lora_rank?: TrainingKeys["lora_rank"];
  /** Scale of the adapters: their output is multiplied by alpha / r. Default: 32. */
  lora_alpha?: TrainingKeys["lora_alpha"];
  /** Dropout before the adapters. Default: 0.05. */
  lora_dropout?: TrainingKeys["lora_dropout"];
  /** Scale by alpha / sqrt(r) instead (rank-stabilised LoRA, arXiv:2312.03732). Default: false. */
  use_rslora?: TrainingKeys["use_rslora"];
  /**
   * Train the lengths of weights' rows apart from their directions (DoRA, arXiv:2402.09353). Slower, better at low
   * rank. Default: false.
   */
  use_dora?: TrainingKeys["use_dora"];
  /** Give the adapters' second matrix a bias. Default: false. */
  lora_bias?: TrainingKeys["lora_bias"];
  /** Modules that are trained as a whole beside the adapters, such as embed_tokens lm_head or norm. */
  modules_to_save?: TrainingKeys["modules_to_save"];
  /** For tuner_type freeze: tensors that are not trained, by the beginnings of their names. */
  freeze_parameters?: TrainingKeys["freeze_parameters"];
  /**
   * For tuner_type freeze: tensors that are not trained, by a regular expression found in their names. Default:
   * none.
   */
  freeze_parameters_regex?: TrainingKeys["freeze_parameters_regex"];
  /**
   * For tuner_type freeze: share of all parameters, from the first layer on, that is not trained. Default: 0.
   */
  freeze_parameters_ratio?: TrainingKeys["freeze_parameters_ratio"];
  /**
   * For tuner_type freeze: tensors that are trained whatever else is frozen, by the beginnings of their names.
   */
  trainable_parameters?: TrainingKeys["trainable_parameters"];
  /**
   * For tuner_type freeze: the same by a regular expression found in their names, such as bias$. Default: none.
   */
  trainable_parameters_regex?: TrainingKeys["trainable_parameters_regex"];
  /** For tuner_type vera: rank of the random matrices that all modules share. Default: 256. */
  vera_rank?: TrainingKeys["vera_rank"];
  /** For tuner_type vera: dropout before the adapters. Default: 0. */
  vera_dropout?: TrainingKeys["vera_dropout"];
  /**
   * For tuner_type ia3: those target modules whose inputs are scaled instead of their outputs, such as down_proj.
   */
  feedforward_modules?: TrainingKeys["feedforward_modules"];
  /**
   * Modules that get adapters: all-linear (every linear layer but the head), names such as q_proj v_proj, or both:
   * all-linear lm_head. Default: all-linear.
   */
  target_modules?: TrainingKeys["target_modules"];
  /** Regular expression over full module names, instead of target_modules. Default: target_modules decides. */
  target_regex?: TrainingKeys["target_regex"];
  /** Passes over the training rows; may be a fraction. In epochs. Default: 3. */
  num_train_epochs?: TrainingKeys["num_train_epochs"];
  /**
   * Optimizer steps after which to end; above 0 it overrides num_train_epochs, -1 means by epochs. In steps.
   * Default: -1.
   */
  max_steps?: TrainingKeys["max_steps"];
  /** Samples (packs when packing) of one forward pass. In samples. Default: 1. */
  per_device_train_batch_size?: TrainingKeys["per_device_train_batch_size"];
  /**
   * Forward passes per optimizer step. The loss is a mean over the tokens of the whole step, so 8 x 1 equals 1 x
   * 8. Default: what makes a step of at least 16 samples.
   */
  gradient_accumulation_steps?: TrainingKeys["gradient_accumulation_steps"];
  /**
   * Optimizer. Names of transformers and ms-swift, such as adamw_torch, are understood. adamw: Adam with decoupled
   * weight decay. adamw_8bit: AdamW with 8-bit state: a quarter of AdamW's. adafactor: Mean squares as row and
   * column means: almost no state. adam_mini: AdamW with one second moment for each head, neuron or token: half
   * the state. apollo_adamw: Gradients scaled by channel, as moments in a random space say: hardly more state than
   * SGD. badam: AdamW on one layer at a time: state of one layer; embeddings and head rest. galore_adamw: AdamW
   * with moments in the space of the gradient's largest singular vectors. lion: The sign of a mean of gradients;
   * wants a third to a tenth of AdamW's rate. muon: Orthogonalized momentum for matrices, AdamW for embeddings,
   * head and vectors. schedule_free_adamw: AdamW that averages its steps instead of lowering the rate. sgd:
   * Gradient descent, with momentum if wanted; weight decay is coupled. Default: adamw.
   */
  optim?: TrainingKeys["optim"];
  /**
   * Arguments of the optimizer, as {"momentum": 0.9} for sgd. adamw_8bit: min_8bit_size; adafactor: decay_rate,
   * clip_threshold, eps; apollo_adamw: rank, update_proj_gap, scale, scale_type; badam: switch_mode,
   * switch_interval; galore_adamw: rank, update_proj_gap, scale; muon: momentum, nesterov, ns_steps;
   * schedule_free_adamw: r, weight_lr_power; sgd: momentum, nesterov.
   */
  optim_args?: TrainingKeys["optim_args"];
  /** Highest learning rate of the schedule. Default: 1e-4 for lora, 1e-5 for full. */
  learning_rate?: TrainingKeys["learning_rate"];
  /** Course of the learning rate after warmup. constant has no warmup. Default: cosine. */
  lr_scheduler_type?: TrainingKeys["lr_scheduler_type"];
  /**
   * Arguments of the schedule in words of transformers, as {"min_lr_rate": 0.1} for cosine_with_min_lr. cosine:
   * num_cycles; cosine_with_restarts: num_cycles; cosine_with_min_lr: min_lr, min_lr_rate, num_cycles;
   * cosine_warmup_with_min_lr: min_lr, min_lr_rate, num_cycles, warmup_lr_rate; polynomial: lr_end, power;
   * inverse_sqrt: timescale; warmup_stable_decay: num_decay_steps, num_stable_steps, warmup_type, decay_type,
   * min_lr_ratio, num_cycles.
   */
  lr_scheduler_kwargs?: TrainingKeys["lr_scheduler_kwargs"];
  /** Share of all steps that the rate rises from 0. Default: 0.05. */
  warmup_ratio?: TrainingKeys["warmup_ratio"];
  /** Steps that the rate rises from 0; above 0 it overrides warmup_ratio. In steps. Default: 0. */
  warmup_steps?: TrainingKeys["warmup_steps"];
  /** Decoupled weight decay; biases and norms have none. Default: 0.1. */
  weight_decay?: TrainingKeys["weight_decay"];
  /** Decay of AdamW's mean of gradients. Default: 0.9. */
  adam_beta1?: TrainingKeys["adam_beta1"];
  /** Decay of AdamW's mean of squared gradients. Default: 0.95. */
  adam_beta2?: TrainingKeys["adam_beta2"];
  /** AdamW's term against division by zero. Default: 1e-8. */
  adam_epsilon?: TrainingKeys["adam_epsilon"];
  /**
   * The matrices B of adapters learn so many times as fast as A (LoRA+, arXiv:2402.12354); 16 is usual. Default:
   * one rate for both.
   */
  lorap_lr_ratio?: TrainingKeys["lorap_lr_ratio"];
  /**
   * Highest learning rates of tensors by regular expressions over their names, as {"lm_head": 1e-5}; the first
   * that matches counts.
   */
  module_lr?: TrainingKeys["module_lr"];
  /**
   * Train so many layers at a time, drawn anew every lisa_step_interval steps, beside embeddings, last norm and
   * head (LISA, arXiv:2403.17919); 0 is off. In layers. Default: 0.
   */
  lisa_activated_layers?: TrainingKeys["lisa_activated_layers"];
  /** Steps after which LISA draws other layers. In steps. Default: 20. */
  lisa_step_interval?: TrainingKeys["lisa_step_interval"];
  /** Gradients longer than this (global 2-norm) are scaled down to it; 0 turns clipping off. Default: 1. */
  max_grad_norm?: TrainingKeys["max_grad_norm"];
  /**
   * Share of each target that is spread evenly over the vocabulary, in training. Evaluation is plain
   * cross-entropy. Default: 0.
   */
  label_smoothing_factor?: TrainingKeys["label_smoothing_factor"];
  /**
   * Weigh each token's loss by the probability that the model gives it (DFT, arXiv:2508.05629). Default: false.
   */
  enable_dft_loss?: TrainingKeys["enable_dft_loss"];
  /**
   * Adds so many times the square of the logits' log sum exp, which keeps logits small; PaLM has 1e-4. Default: 0.
   */
  z_loss_coef?: TrainingKeys["z_loss_coef"];
  /**
   * Weight of the loss that keeps the experts of a mixture evenly used, in training. Default: by config.json,
   * which asks for it with output_router_logits.
   */
  router_aux_loss_coef?: TrainingKeys["router_aux_loss_coef"];
  /**
   * Noise on the embeddings in training (NEFTune, arXiv:2310.05914); 5 to 15 are usual, 0 is none. Default: 0.
   */
  neftune_noise_alpha?: TrainingKeys["neftune_noise_alpha"];
  /** Samples of one forward pass in evaluation. In samples. Default: 1. */
  per_device_eval_batch_size?: TrainingKeys["per_device_eval_batch_size"];
  /** Evaluate every so many steps, and at the end. In steps. Default: save_steps. */
  eval_steps?: TrainingKeys["eval_steps"];
  /** End when the evaluation loss has not improved in so many evaluations. In evaluations. Default: never. */
  early_stop_interval?: TrainingKeys["early_stop_interval"];
  /**
   * Checks that may fail without stopping the run: empty_labels (a sample without a trained token), untrained_stop
   * (the token that ends a turn is never trained), template_mismatch (training and inference render differently).
   */
  allow?: TrainingKeys["allow"];
  /**
   * Folder of the run: checkpoint-STEP, last, best, metrics.jsonl and runs/ (TensorBoard) are written into it. No
   * version folder is added. Default: output/<name of the model>.
   */
  output_dir?: TrainingKeys["output_dir"];
  /**
   * Replace the earlier run in output_dir: it stays until the first checkpoint of this one is whole. Files of
   * others are left alone. Default: false.
   */
  overwrite_output_dir?: TrainingKeys["overwrite_output_dir"];
  /** Write a checkpoint every so many steps, and at the end. In steps. Default: 500. */
  save_steps?: TrainingKeys["save_steps"];
  /** Keep so many checkpoints; older ones are deleted, but never the best and the last. Default: all. */
  save_total_limit?: TrainingKeys["save_total_limit"];
  /**
   * Continue a run, bit for bit: a checkpoint folder, or last for the newest in output_dir. Arguments not given
   * are taken from that checkpoint. Default: start anew.
   */
  resume_from_checkpoint?: TrainingKeys["resume_from_checkpoint"];
  /** Log metrics every so many steps. In steps. Default: 5. */
  logging_steps?: TrainingKeys["logging_steps"];
  /** Log the first step too. Default: true. */
  logging_first_step?: TrainingKeys["logging_first_step"];
  /**
   * Where metrics go beside metrics.jsonl: TensorBoard files in runs/, a server of MLflow (MLFLOW_TRACKING_URI,
   * MLFLOW_EXPERIMENT_NAME and the other variables of its client), a folder that `wandb sync` uploads to W&B
   * (WANDB_PROJECT and others). Default: tensorboard.
   */
  report_to?: TrainingKeys["report_to"];
  /** Seed of everything random. The same seed, data and arguments give the same result. Default: 42. */
  seed?: TrainingKeys["seed"];
  /**
   * What computes. auto is the CPU, which works everywhere; `tunesmith doctor` shows which others work here.
   * Default: auto.
   */
  device?: TrainingKeys["device"];
  /**
   * Threads of one operator on the CPU. Default: one per core; sft and pt measure at the start which number is
   * fastest.
   */
  threads?: TrainingKeys["threads"];
}
