"""ROUGE-L of the Python package `rouge`, which Data-Juicer measures likeness with: golden/data/rouge-l.json.

    pip install rouge==1.0.1 && python test/oracles/rouge-l.py
"""

import importlib.metadata
import json
import pathlib

from rouge import Rouge

PAIRS = [
    ("the cat sat on the mat", "the cat sat on the mat"),
    ("the cat sat on the mat", "a dog lay under a tree"),
    ("police killed the gunman", "police kill the gunman. the gunman is dead"),
    ("One two. Three four five. Six", "Three five. Two one six.\nSeven"),
    ("w1 w2 w6 w7 w8. w1 w3 w8 w9 w5", "w1 w2 w3 w4 w5"),
    ("a b a b a b a", "b a b a b"),
    ("什么 是 机器学习\n它 是 一种 方法\n", "什么 是 深度学习\n它 是 一种 网络\n"),
    (" spaced   out .  words ", "out spaced words."),
]

path = pathlib.Path(__file__).resolve().parents[1] / "golden" / "data" / "rouge-l.json"
golden = {
    "made_by": "python test/oracles/rouge-l.py",
    "versions": {"rouge": importlib.metadata.version("rouge")},
    "pairs": [
        {"hypothesis": a, "reference": b, "f": Rouge(metrics=["rouge-l"]).get_scores(a, b)[0]["rouge-l"]["f"]}
        for a, b in PAIRS
    ],
}
path.write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")
