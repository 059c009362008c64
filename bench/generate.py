"""The peer of bench/generate.ts: generation by transformers. python bench/generate.py MODEL_DIR [THREADS]"""

import sys
import time

import torch
import transformers

if len(sys.argv) > 2:
    torch.set_num_threads(int(sys.argv[2]))
model = transformers.AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32).eval()
model.generation_config.eos_token_id = None
model.generation_config.max_length = None
for batch in (1, 8):
    ids = torch.tensor([[3 + ((i * 31 + j * 7) % 400) for j in range(16)] for i in range(batch)])
    for title, options in (
        ("greedy", {"do_sample": False}),
        ("sampled", {"do_sample": True, "temperature": 0.8, "top_k": 50, "top_p": 0.95}),
    ):
        speeds = []
        for _ in range(6):
            began = time.perf_counter()
            out = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=200, pad_token_id=0, **options)
            speeds.append(batch * (out.shape[1] - 16) / (time.perf_counter() - began))
        print(f"transformers {title:8} batch {batch:2} {sorted(speeds[1:])[2]:7.0f} tokens/s", flush=True)
