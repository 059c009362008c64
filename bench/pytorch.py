"""The peer of bench/main.ts: the same step in PyTorch with transformers and PEFT, on the same threads.

    python bench/pytorch.py --model-dir DIR --mode full|lora --threads N --steps K    -> one JSON line

Fused AdamW, scaled-dot-product attention, gradient clipping: the fastest eager settings for this size.
"""

import argparse
import json
import resource
import time

STARTED = time.time()

import torch  # noqa: E402
import transformers  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("--model-dir", required=True)
parser.add_argument("--mode", choices=["full", "lora"], default="full")
parser.add_argument("--batch", type=int, default=4)
parser.add_argument("--time", type=int, default=256)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--steps", type=int, default=20)
args = parser.parse_args()

torch.set_num_threads(args.threads)
torch.manual_seed(1)
model = transformers.AutoModelForCausalLM.from_pretrained(args.model_dir, dtype=torch.float32)
versions = {"torch": torch.__version__, "transformers": transformers.__version__}
if args.mode == "lora":
    import peft

    versions["peft"] = peft.__version__
    config = peft.LoraConfig(r=8, lora_alpha=32, lora_dropout=0.0, target_modules="all-linear")
    model = peft.get_peft_model(model, config)
model.train()
trained = [p for p in model.parameters() if p.requires_grad]
optimizer = torch.optim.AdamW(trained, lr=1e-4, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
ends = []
began = time.time()
for step in range(args.steps):
    ids = torch.randint(0, 32000, (args.batch, args.time))
    loss = model(input_ids=ids, labels=ids).loss
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    loss.item()
    ends.append(time.time())
durations = sorted(end - start for start, end in zip([began, *ends], ends))[: max(1, args.steps - 1)]
median = sorted(durations)[len(durations) // 2]
print(
    json.dumps(
        {
            "mode": args.mode,
            "median_step_seconds": median,
            "tokens_per_second": args.batch * args.time / median,
            "start_to_first_step_seconds": ends[0] - STARTED,
            "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "versions": versions,
        }
    )
)
