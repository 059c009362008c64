"""Golden values of transformers' logits processors. Run: python test/oracles/sampling.py > test/golden/generate/sampling.json"""

import json
import platform

import torch
import transformers
from transformers.generation import logits_process as lp

torch.manual_seed(0)
rows = [torch.randn(16) * 3, torch.randn(16) * 0.1, torch.tensor([1.0, 5.0, 5.0, 5.0, -2.0, 0.0, 5.0, 3.0])]
seen = [[1, 3, 3], [0, 15], [1, 2]]
options = [
    {"repetitionPenalty": 1.3, "temperature": 0.7},
    {"temperature": 0.8, "topK": 5},
    {"topK": 2},
    {"topP": 0.9},
    {"topP": 0.3},
    {"topP": 0.0001},
    {"minP": 0.2},
    {"repetitionPenalty": 1.5, "temperature": 1.7, "topK": 9, "topP": 0.8, "minP": 0.1},
]
cases = []
for option in options:
    chain = lp.LogitsProcessorList()
    if "repetitionPenalty" in option:
        chain.append(lp.RepetitionPenaltyLogitsProcessor(option["repetitionPenalty"]))
    if "temperature" in option:
        chain.append(lp.TemperatureLogitsWarper(option["temperature"]))
    if "topK" in option:
        chain.append(lp.TopKLogitsWarper(option["topK"]))
    if "topP" in option:
        chain.append(lp.TopPLogitsWarper(option["topP"]))
    if "minP" in option:
        chain.append(lp.MinPLogitsWarper(option["minP"]))
    for row, ids in zip(rows, seen):
        out = chain(torch.tensor([ids]), row.clone()[None])[0].tolist()
        cases.append(
            {
                "options": option,
                "seen": ids,
                "logits": [float(f"{v:.8g}") for v in row.tolist()],
                "processed": [None if v == float("-inf") else float(f"{v:.8g}") for v in out],
            }
        )
print(
    json.dumps(
        {
            "made_by": "test/oracles/sampling.py",
            "python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "cases": cases,
        }
    )
)
