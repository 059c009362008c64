/**
 * The one table of error codes. `summary` says when it is thrown, `fix` is the advice printed when the
 * thrower has none sharper. Grouped by the folder that throws; sorted by name inside a group.
 */
export const errorCodes = {
  // generate
  E_GENERATE_LENGTH: {
    summary: "a prompt is empty or leaves no room for an answer",
    fix: "Shorten the prompt, or raise --max-length if the model's context allows it.",
  },
  E_GENERATE_NOT_FINITE: {
    summary: "the model gives NaN, infinity or no possible token while it generates",
    fix: "The weights are damaged or training diverged: use an earlier checkpoint, or download the model again.",
  },
  E_GENERATE_OPTION: {
    summary: "an option of generation is out of range",
    fix: "Correct the option named above.",
  },
  E_GENERATE_TOKEN: {
    summary: "a prompt holds a token id that the model does not have",
    fix: "Encode the prompt with the tokenizer of this model.",
  },
  // runtime
  E_RUNTIME_COMPILE: {
    summary: "the engine refused a program",
    fix: "This is a fault of Tunesmith or of the engine's version: report it with the message and `tunesmith doctor --json`.",
  },
  E_RUNTIME_DEVICE: {
    summary: "the device asked for does not work on this machine",
    fix: "Run `tunesmith doctor` to see which do and what the others lack; --device cpu works everywhere.",
  },
  E_RUNTIME_MEMORY: {
    summary: "memory ran out",
    fix: "Lower --per-device-train-batch-size (accumulation keeps the step the same) or --max-length.",
  },
  E_RUNTIME_RUN: {
    summary: "the engine stopped while it ran a program",
    fix: "Report it with the message and the arguments of the run.",
  },
  // data
  E_DATA_COLUMNS: {
    summary: "a column to be renamed is in no row",
    fix: "Name a column of the data.",
  },
  E_DATA_EMPTY: {
    summary: "no row of a dataset can be used",
    fix: "Look at the reasons above; `--strict true` stops at the first bad row and shows it whole.",
  },
  E_DATA_ENDPOINT: {
    summary: "a model behind an API does not answer, answers something else than was asked for, or refuses",
    fix: "Check the address, the key and the name of the model; rows that have an answer are kept in the cache.",
  },
  E_DATA_FILE: {
    summary: "a data file is missing, of an unknown kind, or cannot be read",
    fix: "Check the path; readable are jsonl, json, csv, tsv, parquet and txt, the text ones also with .gz or .zst.",
  },
  E_DATA_MIX: {
    summary: "interleave_prob does not fit the datasets",
    fix: "Give one probability for each dataset, adding up to 1.",
  },
  E_DATA_NGRAM: {
    summary: "an n-gram language model is damaged, or needs more memory than it may have",
    fix: "Train it anew with `tunesmith data ngram`: a lower order or fewer rows need less memory.",
  },
  E_DATA_OPERATOR: {
    summary: "a data operator cannot work with its arguments: a broken regular expression, a missing file or model",
    fix: "Change the argument named above; docs/operators.md lists all of them.",
  },
  E_DATA_PACKAGE: {
    summary: "an optional package that reads images, sounds or tables is not installed",
    fix: "Install the package named above with npm.",
  },
  E_DATA_RAY: {
    summary: "a Ray cluster cannot be used: Python, Ray, the cluster or Tunesmith on its nodes is missing or differs",
    fix: "See docs/ray.md for how a cluster is started; --executor default works on this machine alone.",
  },
  E_DATA_ROW: {
    summary: "a row does not have a shape that can be read as a conversation",
    fix: "Correct the row, or leave out --strict to drop and count such rows.",
  },
  E_DATA_SELECTION: {
    summary: "a way of selecting or mixing rows does not fit the data: no score, no embedding, no skill",
    fix: "Give what the method needs, as named above.",
  },
  E_DATA_SQL: {
    summary: "a query cannot be answered",
    fix: "Correct the query; files given behind it are the table `rows`.",
  },
  E_DATA_WORKER: {
    summary: "a worker of data processing died: out of memory, or a fault of an operator",
    fix: "Lower np or raise max_memory; what was finished is kept, and the same command goes on from there.",
  },
  // formats
  E_DISK_FULL: {
    summary: "the disk is full",
    fix: "Free space, or write to another disk; what was there before is whole.",
  },
  E_FILE_WRITE: {
    summary: "a file or folder cannot be written",
    fix: "Check that the folder exists and is yours to write.",
  },
  E_GGUF: {
    summary: "a GGUF file is cut short, damaged, or of a format, architecture or tokenizer that cannot be read",
    fix: "Download the file again, or take the model as a Hugging Face folder.",
  },
  E_OUTPUT_BUSY: {
    summary: "another run is writing the same output",
    fix: "Wait for it to end, or name another output.",
  },
  E_OUTPUT_EXISTS: {
    summary: "the output would replace something that is there, or cannot take its place",
    fix: "Name another output, or add --overwrite to replace what an earlier command has written.",
  },
  E_OUTPUT_INPUT: {
    summary: "the output holds something that the same command reads",
    fix: "Name another output.",
  },
  E_SAFETENSORS: {
    summary: "a safetensors file is cut short, damaged or not what its header says",
    fix: "Download or save the file again.",
  },
  E_SAFETENSORS_INDEX: {
    summary: "a checkpoint folder has no weights, or its index does not fit its shards",
    fix: "Check that all files of the checkpoint are in the folder.",
  },
  // hub
  E_HUB_ACCESS: {
    summary: "the hub does not let this model or dataset be read",
    fix: "Check the name; for closed ones accept the terms on its page and set HF_TOKEN to a token that may read it.",
  },
  E_HUB_FILE: {
    summary: "a file from the hub is not what the hub lists: other bytes, another size, an impossible name",
    fix: "Try again; nothing was kept. If HF_ENDPOINT names a mirror, try another.",
  },
  E_HUB_NAME: {
    summary: "a name or revision is not on the hub, or holds nothing that can be read",
    fix: "Check how it is written; a folder on disk is named by its path, for example ./org/name.",
  },
  E_HUB_NETWORK: {
    summary: "the hub cannot be reached, or breaks off again and again",
    fix: "Check the network and HF_ENDPOINT, and run the same command again: it goes on where it was cut.",
  },
  E_HUB_OFFLINE: {
    summary: "something is not in the cache of the hub, and HF_HUB_OFFLINE forbids to download it",
    fix: "Unset HF_HUB_OFFLINE, or run `tunesmith download NAME` where there is a network and copy the cache.",
  },
  // tensor
  E_TENSOR_DTYPE: { summary: "an operator was given a value of the wrong type", fix: "Cast the value first." },
  E_TENSOR_NO_GRADIENT: {
    summary: "a gradient was asked through an operator that has no rule for it",
    fix: "Stop the gradient before this operator, or add a vjp to its file in src/tensor/ops/.",
  },
  E_TENSOR_SHAPE: { summary: "shapes of an operator's inputs do not fit", fix: "Check the shapes named above." },
  // text
  E_TEXT_AGENT_TEMPLATE: { summary: "an agent template that does not exist was asked for", fix: "Use a known name." },
  E_TEXT_LOSS_SCALE: {
    summary: "a loss_scale specification or its file cannot be understood",
    fix: "Write a base strategy (default, last_round, all) and further strategies, joined by +.",
  },
  E_TEXT_MESSAGES: {
    summary: "the messages of a conversation are not of a form that can be rendered",
    fix: "Correct the messages of this row.",
  },
  E_TEXT_TEMPLATE_LIMIT: {
    summary: "a chat template is too large, runs too long or builds too much text",
    fix: "Use a template from a source you trust, or give your own with --chat-template.",
  },
  E_TEXT_TEMPLATE_NAME: {
    summary: "there is no chat template, or none of the asked name",
    fix: "Give a template with --chat-template, or train on text alone with --use-chat-template false.",
  },
  E_TEXT_TEMPLATE_RENDER: {
    summary: "a chat template refuses a conversation",
    fix: "Change the conversation (roles, order, system message, tools) to what this template supports.",
  },
  E_TEXT_TEMPLATE_SPANS: {
    summary: "the assistant's text cannot be located for certain in the rendered conversation",
    fix: "Add {% generation %} and {% endgeneration %} around the assistant's text in the chat template.",
  },
  E_TEXT_TEMPLATE_SYNTAX: {
    summary: "a chat template is not valid Jinja",
    fix: "Correct the template, or take the one of the original checkpoint.",
  },
  E_TEXT_TOKENIZER: {
    summary: "tokenizer files are missing, broken or contradict each other",
    fix: "Take tokenizer.json and tokenizer_config.json from the original checkpoint again.",
  },
  E_TEXT_TOKEN_ID: {
    summary: "a token id outside of the vocabulary was to be decoded",
    fix: "Use the tokenizer that belongs to the model.",
  },
  E_TEXT_TOO_LONG: {
    summary: "a sample has more tokens than allowed",
    fix: "Raise --max-length, or choose --truncation-strategy delete, left or right.",
  },
  E_TEXT_TOOLS: {
    summary: "tools, calls or results cannot be written by the chat template",
    fix: "Choose how they are written as text with --agent-template.",
  },
  // models
  E_ADAPTER_BASE: {
    summary: "an adapter was trained on another base model than the one it is put on",
    fix: "Give the base it was trained on with --model; if you want it on this one all the same, add --allow-other-base.",
  },
  E_ADAPTER_CONFIG: {
    summary: "adapter options or an adapter_config.json that cannot be followed",
    fix: "Plain LoRA is supported. An adapter of another kind does not become one by editing its config: merge it with PEFT (merge_and_unload) and use the merged model; PiSSA and OLoRA can be saved as plain LoRA with path_initial_model_for_weight_conversion.",
  },
  E_ADAPTER_SETTINGS: {
    summary: "arguments contradict what an adapter fixes, or what it was taught with",
    fix: "Leave out what is not given freely: it is taken from the adapter.",
  },
  E_ADAPTER_TARGET: {
    summary: "target_modules names a module that the model does not have",
    fix: "Name modules of the model, for example q_proj and v_proj, or use all-linear.",
  },
  E_ADAPTER_TENSOR: {
    summary: "an adapter file lacks a tensor, has one too many or one of the wrong shape",
    fix: "Load the adapter on the base model it was trained on, with the adapter_config.json that was saved with it.",
  },
  E_MODEL_BASE: {
    summary: "the base model of an adapter cannot be found",
    fix: "Give the folder of the base model with --model, and the adapter with --adapters.",
  },
  E_MODEL_CONFIG: {
    summary: "config.json lacks a value or has a malformed one",
    fix: "Take config.json from the original checkpoint again.",
  },
  E_MODEL_CONFIG_KEY: {
    summary: "config.json has a key that is unknown or asks for math that is not supported",
    fix: "Use a checkpoint without it; ignoring the key would compute something else than the model was trained for.",
  },
  E_MODEL_FAMILY: {
    summary: "the model is of a family that is not built in",
    fix: "Use a checkpoint of a supported family, or add the family to src/models/families/.",
  },
  E_MODEL_FILE: {
    summary: "a model folder lacks a file or the file cannot be read",
    fix: "Give a Hugging Face checkpoint folder with config.json, *.safetensors and tokenizer.json, a GGUF file, or a name on the hub (org/name).",
  },
  E_MODEL_MERGE: {
    summary: "a merged checkpoint computes something else than its parts, or holds numbers that are not finite",
    fix: "Nothing was kept of it. Merge with --torch-dtype float32; if that differs, too, look for numbers that are not finite in the base and the adapter.",
  },
  E_MODEL_TENSOR: {
    summary: "a checkpoint lacks a tensor that its config.json needs, or has it in another shape",
    fix: "Check that config.json and the safetensors files are of the same model and fully downloaded.",
  },
  E_MODEL_TOKEN: {
    summary: "a row has a token id for which the model's embedding has no row",
    fix: "Take the tokenizer that belongs to this model, or resize the embedding (transformers: resize_token_embeddings) and save it.",
  },
  // recipes
  E_RECIPE_FILE: {
    summary: "a file of arguments cannot be read: missing, too large, not YAML or JSON, or not a map",
    fix: "Give a YAML or JSON file that maps keys to values, for example: learning_rate: 1e-4",
  },
  E_RECIPE_INVALID: {
    summary: "arguments are unknown, of the wrong type, out of range or contradict each other",
    fix: "Change the keys named above.",
  },
  // cli
  E_CLI_INPUT: {
    summary: "a file or folder that a verb was told to read is not there or not of the right kind",
    fix: "Check the path.",
  },
  E_REPORT_RUN: {
    summary: "a folder is no run that a report can be made of",
    fix: "Give the folder of a run (its --output-dir), which holds run.json and metrics.jsonl.",
  },
  E_SERVER_LISTEN: {
    summary: "the address or port cannot be listened on",
    fix: "Another program has the port, or the address is not of this machine: give another --port or --host.",
  },
  E_CLI_USAGE: {
    summary: "the command line cannot be understood: unknown verb, or a word that belongs to no flag",
    fix: "Run `tunesmith --help`.",
  },
  E_INTERNAL: {
    summary: "a fault of Tunesmith itself",
    fix: "Run again with --debug and report what it prints.",
  },
  E_SYSTEM: {
    summary: "the operating system refused: no space, no permission, too many open files",
    fix: "Do what the message says; the last whole checkpoint is kept.",
  },
  // train
  E_TRAIN_CHECKPOINT: {
    summary: "a checkpoint to continue from is missing, unfinished or of another run",
    fix: "Name a checkpoint-STEP folder of this output_dir, or `last`; without resume_from_checkpoint a run starts anew.",
  },
  E_TRAIN_NOT_FINITE: {
    summary: "the loss, the gradient norm, an evaluation or the parameters became NaN or infinite",
    fix: "Nothing of it was saved; what came before is in the last checkpoint. Lower learning_rate, raise warmup_steps, lower max_grad_norm, or look at the samples named.",
  },
  E_TRACKER: {
    summary: "a service that report_to names cannot be used; nothing was trained yet",
    fix: "Correct its settings, or leave it out of report_to: metrics.jsonl and report.html of the run hold all numbers.",
  },
  E_TRAIN_PREFLIGHT: {
    summary: "a check before step 1 found a mistake that would spoil the run",
    fix: "Correct the data or the template; if it is meant so, let it pass with --allow.",
  },
} as const satisfies Record<string, { readonly summary: string; readonly fix: string }>;

export type ErrorCode = keyof typeof errorCodes;
