"""What transformers' own chain of logits processors leaves of a row: which ones, in which order, with what values.
The chain is built by GenerationMixin from a GenerationConfig, so that order and "off" values are its own.

    python test/oracles/sampling.py > test/golden/generate/sampling.json
"""

import json
import platform
import types

import torch
import transformers
from transformers import GenerationConfig, GenerationMixin

INF = float("inf")
NAMES = {
    "repetitionPenalty": "repetition_penalty",
    "temperature": "temperature",
    "topK": "top_k",
    "topP": "top_p",
    "minP": "min_p",
}

torch.manual_seed(0)
ROWS = [
    (torch.randn(16) * 3, [1, 3, 3]),
    (torch.randn(16) * 0.1, [0, 15]),
    (torch.tensor([1.0, 5.0, 5.0, 5.0, -2.0, 0.0, 5.0, 3.0]), [1, 2]),
    (torch.tensor([-INF, 2.0, -INF, 1.0, -1.0, -INF, 0.5, 2.5]), [0, 7]),
]
# All alike: sums of probabilities meet the bounds exactly, where only float32 arithmetic decides.
UNIFORM = [(torch.full((size,), 0.25), [0]) for size in (4, 10)]
OPTIONS = [
    {"repetitionPenalty": 1.3, "temperature": 0.7},
    {"repetitionPenalty": 0.8},
    {"temperature": 0.8, "topK": 5},
    {"temperature": 1.0},
    {"topK": 2},
    {"topK": 1},
    {"topK": 0},
    {"topK": 100},
    {"topP": 0.9},
    {"topP": 0.3},
    {"topP": 0.0001},
    {"topP": 0.0},
    {"topP": 1.0},
    {"minP": 0.0},
    {"minP": 0.2},
    {"minP": 1.0},
    {"temperature": 2.5, "topP": 0.7},
    {"topK": 4, "topP": 0.6},
    {"topP": 0.95, "minP": 0.3},
    {"repetitionPenalty": 1.5, "temperature": 1.7, "topK": 9, "topP": 0.8, "minP": 0.1},
]


def processed(option, row, ids):
    # top_k is 50 in transformers unless it is given; here absent means off.
    config = GenerationConfig(do_sample=True, top_k=0)
    for name, value in option.items():
        setattr(config, NAMES[name], value)
    config.num_beams = 1
    config._eos_token_tensor = None
    model = types.SimpleNamespace(
        config=types.SimpleNamespace(is_encoder_decoder=False),
        _merge_criteria_processor_list=lambda default, custom: default,
    )
    chain = GenerationMixin._get_logits_processor(model, config, input_ids_seq_length=len(ids))
    return chain(torch.tensor([ids]), row.clone()[None])[0].tolist()


def number(value):
    return None if value == -INF else float(f"{value:.8g}")


cases = [
    {
        "options": option,
        "seen": ids,
        "logits": [number(value) for value in row.tolist()],
        "processed": [number(value) for value in processed(option, row, ids)],
    }
    for option in OPTIONS
    for row, ids in [*ROWS, *(UNIFORM if "topP" in option else [])]
]
versions = {"python": platform.python_version(), "torch": torch.__version__, "transformers": transformers.__version__}
print(json.dumps({"made_by": "python test/oracles/sampling.py", "versions": versions, "cases": cases}, separators=(",", ":")))
