"""Statistics of every row by Data-Juicer's own filters, in full precision: peer_stats.py RECIPE ROWS OUT.

Data-Juicer's files of statistics hold ten decimals (its data sets keep dictionaries as JSON written by ujson), so
the filters are called here directly, in batches of 1000 rows, and their numbers are written as Python prints them.
"""

import json
import sys

import yaml
from data_juicer.ops import load_ops

STATS = "__dj__stats__"


def main(recipe, rows, out):
    with open(recipe) as file:
        ops = load_ops(yaml.safe_load(file)["process"])
    with open(rows) as source, open(out, "w") as target:
        batch = []

        def flush():
            texts = [json.loads(line)["text"] for line in batch]
            stats = [{} for _ in texts]
            for op in ops:
                if op.is_batched_op():
                    op.compute_stats_batched({"text": texts, STATS: stats})
                else:
                    for text, known in zip(texts, stats):
                        op.compute_stats_single({"text": text, STATS: known})
            for known in stats:
                target.write(json.dumps(known) + "\n")
            batch.clear()

        for line in source:
            batch.append(line)
            if len(batch) == 1000:
                flush()
        flush()


main(*sys.argv[1:])
