"""What Data-Juicer's analyses say of rows: golden/data-juicer-analysis.json.

Needs the environment of data-juicer.py, and matplotlib. Two cases: the texts of golden/data-juicer/texts.json through some filters, and
statistics made up to have what those lack (missing values, lists, words, truth values). For each, the table of
OverallAnalysis, which is pandas' describe, and the matrix of CorrelationAnalysis.

    python test/oracles/data-juicer-analysis.py
"""

import importlib.metadata
import json
import math
import pathlib
import platform
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "test" / "golden"
PERCENTILES = [0.05, 0.9, 0.995]
FILTERS = [
    "alphanumeric_filter",
    "average_line_length_filter",
    "character_repetition_filter",
    "special_characters_filter",
    "text_length_filter",
    "words_num_filter",
]

MADE_UP = [
    {"length": 3, "score": 0.1, "sizes": [4, 5, 6], "lang": "en", "score_or_none": None, "negative": -1.5},
    {"length": 9, "score": 1e-9, "sizes": [7], "lang": "de", "score_or_none": 2.5, "negative": -0.0},
    {"length": 4, "score": 3.25, "sizes": [], "lang": "en", "score_or_none": 7.0, "negative": 12.0},
    {"length": 4, "score": 1e7, "sizes": [1, 1], "lang": "zh", "score_or_none": None, "negative": -1e12},
    {"length": 12, "score": 0.3, "sizes": [9, 2], "lang": "en", "score_or_none": -3.5, "negative": 0.25},
]


def measure(texts):
    from data_juicer.ops import load_ops
    from data_juicer.utils.constant import Fields

    batch = {"text": list(texts), Fields.stats: [{} for _ in texts]}
    for op in load_ops([{name: {"num_proc": 1}} for name in FILTERS]):
        batch = op.compute_stats_batched(batch)
    return batch[Fields.stats]


def plain(value):
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and math.isnan(value) else value


def analyse(stats, folder):
    import matplotlib

    matplotlib.use("Agg")
    from data_juicer.analysis import CorrelationAnalysis, OverallAnalysis
    from data_juicer.core.data import NestedDataset
    from data_juicer.utils.constant import Fields

    rows = [{Fields.stats: row, Fields.meta: {}} for row in stats]
    overall = OverallAnalysis({Fields.stats: stats, Fields.meta: [{} for _ in rows]}, folder).analyze(
        percentiles=PERCENTILES, skip_export=True
    )
    correlation = CorrelationAnalysis({Fields.stats: stats}, folder).analyze(skip_export=True)
    return {
        "overall": {name: {key: plain(overall[name][key]) for key in overall.index} for name in overall.columns},
        "correlation": {a: {b: plain(correlation[a][b]) for b in correlation} for a in correlation},
    }


def main():
    texts = json.loads((GOLDEN / "data-juicer" / "texts.json").read_text())["texts"]
    golden = {
        "made_by": "python test/oracles/data-juicer-analysis.py",
        "versions": {
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in ["py-data-juicer", "pandas", "numpy"]},
        },
        "percentiles": PERCENTILES,
    }
    with tempfile.TemporaryDirectory() as folder:
        golden["texts"] = {"filters": FILTERS, **analyse(measure(texts), folder)}
        golden["made_up"] = {"stats": MADE_UP, **analyse(MADE_UP, folder)}
    (GOLDEN / "data-juicer-analysis.json").write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
