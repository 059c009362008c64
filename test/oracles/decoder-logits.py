"""Logits of small decoders by transformers and PEFT, written to test/golden/models/decoder-logits.json.

The weights are a function of tensor name and index (see `weights` here and in src/models/golden.test.ts), so no
checkpoint needs to be stored. Run by hand: python test/oracles/decoder-logits.py
"""

import json
import pathlib

import numpy
import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

OUT = pathlib.Path(__file__).parent.parent / "golden" / "models" / "decoder-logits.json"

SIZES = dict(
    hidden_size=16,
    intermediate_size=24,
    num_hidden_layers=3,
    num_attention_heads=4,
    num_key_value_heads=2,
    vocab_size=20,
    max_position_embeddings=64,
)
WINDOW = dict(use_sliding_window=True, sliding_window=5, max_window_layers=1)
LLAMA3 = dict(
    rope_type="llama3",
    rope_theta=500000.0,
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=8,
)
YARN = dict(rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=16)
LINEAR = dict(rope_type="linear", rope_theta=10000.0, factor=2.5)

MODELS = {
    "llama": LlamaForCausalLM(LlamaConfig(**SIZES)),
    "llama with biases, tied": LlamaForCausalLM(
        LlamaConfig(**SIZES, attention_bias=True, mlp_bias=True, tie_word_embeddings=True)
    ),
    "llama 3": LlamaForCausalLM(LlamaConfig(**SIZES, rope_parameters=LLAMA3)),
    "llama, linear scaling, wide heads": LlamaForCausalLM(LlamaConfig(**SIZES, head_dim=6, rope_parameters=LINEAR)),
    "mistral": MistralForCausalLM(MistralConfig(**SIZES, sliding_window=5)),
    "qwen2": Qwen2ForCausalLM(Qwen2Config(**SIZES, tie_word_embeddings=True)),
    "qwen2 with windows": Qwen2ForCausalLM(Qwen2Config(**SIZES, **WINDOW)),
    "qwen2, yarn": Qwen2ForCausalLM(Qwen2Config(**SIZES, rope_parameters=YARN)),
}

ADAPTERS = {
    "all-linear": dict(r=3, lora_alpha=6, target_modules="all-linear"),
    "rslora, head": dict(r=4, lora_alpha=8, use_rslora=True, target_modules=["q_proj", "v_proj", "lm_head"]),
    "regex": dict(r=2, lora_alpha=3, target_modules=r"model\.layers\.[01]\..*(gate|down)_proj"),
    "patterns": dict(
        r=4,
        lora_alpha=8,
        target_modules=["q_proj", "up_proj"],
        rank_pattern={"layers.1.self_attn.q_proj": 2},
        alpha_pattern={"up_proj": 3},
    ),
}

# The second row is padded on the left.
IDS = [[3, 7, 1, 19, 12, 5, 9, 2, 0, 4, 11, 6], [0, 0, 0, 8, 8, 13, 17, 1, 2, 3, 10, 16]]
MASK = [[1] * 12, [0] * 3 + [1] * 9]


def weights(name, shape):
    """Uniform in -0.35..0.35, norms around 1, the same in float32 wherever it is computed."""
    index = numpy.arange(int(numpy.prod(shape)), dtype=numpy.uint64)
    word = sum(code * (at + 1) for at, code in enumerate(name.encode()))
    x = (index * 747796405 + word * 2891336453) & 0xFFFFFFFF
    x ^= x >> 16
    x = (x * 0x45D9F3B) & 0xFFFFFFFF
    x ^= x >> 16
    values = (x / 2**32 - 0.5) * 0.7 + (1 if "norm" in name else 0)
    return torch.tensor(values.astype(numpy.float32).reshape(shape))


def fill(model):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            plain = name.removeprefix("base_model.model.").replace(".base_layer", "").replace(".default", "")
            parameter.copy_(weights(plain, tuple(parameter.shape)))
    return model.eval()


def logits(model):
    mask = torch.tensor(MASK)
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    with torch.no_grad():
        out = model(torch.tensor(IDS), attention_mask=mask, position_ids=positions).logits
    return [[[round(v, 6) for v in row] for row, real in zip(rows, keep) if real] for rows, keep in zip(out.tolist(), MASK)]


def main():
    cases = []
    for name, model in MODELS.items():
        fill(model)
        model.config.architectures = [type(model).__name__]
        config = json.loads(model.config.to_json_string())
        cases.append({"name": name, "config": config, "logits": logits(model)})
    for name, options in ADAPTERS.items():
        model = LlamaForCausalLM(LlamaConfig(**SIZES, architectures=["LlamaForCausalLM"]))
        config = json.loads(model.config.to_json_string())
        adapted = fill(get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **options)))
        adapter = adapted.peft_config["default"].to_dict()
        adapter = {key: sorted(value) if isinstance(value, set) else value for key, value in adapter.items()}
        cases.append({"name": f"LoRA: {name}", "config": config, "adapter": adapter, "logits": logits(adapted)})
    versions = {"transformers": transformers.__version__, "peft": peft.__version__, "torch": torch.__version__}
    golden = {"made_by": "test/oracles/decoder-logits.py", "versions": versions, "ids": IDS, "mask": MASK, "cases": cases}
    OUT.write_text(json.dumps(golden, separators=(",", ":"), default=str) + "\n")


main()
