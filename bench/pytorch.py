"""The peer of bench/main.ts: the same training step in PyTorch with transformers and PEFT, on the same threads.

    python bench/pytorch.py [--model-dir DIR] --mode full|lora --threads N --steps K    -> one JSON line

Without --model-dir, a Llama of 15M random parameters in the shape of llama2.c's stories15M. The defaults are the
fastest settings found for this size on a CPU (docs/performance.md); --attention, --optimizer and --compile are there to
try the others. Left out: bfloat16 and gradient checkpointing, which compute something else.
"""

import argparse
import json
import platform
import resource
import statistics
import time

STARTED = time.time()

import torch  # noqa: E402
import transformers  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model-dir")
    parser.add_argument("--mode", choices=["full", "lora"], default="full")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--time", type=int, default=256)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=20, help="steps that are measured")
    parser.add_argument("--warmup", type=int, default=2, help="steps before those")
    parser.add_argument("--attention", choices=["sdpa", "eager"], default="sdpa")
    parser.add_argument("--optimizer", choices=["fused", "foreach", "loop"], default="fused")
    parser.add_argument("--compile", action="store_true", help="torch.compile, which needs a C++ compiler")
    return parser.parse_args()


def load(args):
    if args.model_dir:
        return transformers.AutoModelForCausalLM.from_pretrained(
            args.model_dir, dtype=torch.float32, attn_implementation=args.attention, local_files_only=True
        )
    config = transformers.LlamaConfig(
        vocab_size=32000,
        hidden_size=288,
        intermediate_size=768,
        num_hidden_layers=6,
        num_attention_heads=6,
        num_key_value_heads=6,
        max_position_embeddings=max(256, args.time),
        rms_norm_eps=1e-5,
        tie_word_embeddings=True,
        attn_implementation=args.attention,
    )
    return transformers.LlamaForCausalLM(config)


def add_lora(model, versions):
    import peft

    versions["peft"] = peft.__version__
    options = dict(r=8, lora_alpha=32, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM")
    return peft.get_peft_model(model, peft.LoraConfig(**options))


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    versions = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }
    model = load(args)
    vocab = model.config.vocab_size
    if args.mode == "lora":
        model = add_lora(model, versions)
    model.train()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    kind = {"fused": {"fused": True}, "foreach": {"foreach": True}, "loop": {"foreach": False}}[args.optimizer]
    optimizer = torch.optim.AdamW(trained, lr=1e-4, betas=(0.9, 0.95), weight_decay=0.1, **kind)
    forward = torch.compile(model) if args.compile else model

    ends = [time.time()]
    for _ in range(args.warmup + args.steps):
        ids = torch.randint(0, vocab, (args.batch, args.time))
        loss = forward(input_ids=ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        loss.item()
        ends.append(time.time())
    durations = [end - start for start, end in zip(ends, ends[1:])]
    median = statistics.median(durations[args.warmup :])
    # Kilobytes on Linux, bytes on macOS.
    peak_unit = 2**20 if platform.system() == "Darwin" else 2**10
    result = {
        "mode": args.mode,
        "median_step_seconds": median,
        "tokens_per_second": args.batch * args.time / median,
        "start_to_first_step_seconds": ends[1] - STARTED,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / peak_unit,
        "threads": args.threads,
        "attention": args.attention,
        "optimizer": args.optimizer,
        "versions": versions,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
