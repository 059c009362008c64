"""What Data-Juicer itself measures and makes of rows: golden/data-juicer/<operator>.json.

Needs its own environment: pip install py-data-juicer aiohttp ftfy selectolax opencc nlpaug simhash-pybind (1.6.1 was
used). Cases are in data_juicer_cases/*.py: each defines CASES, a list of {"op", "args"?, "rows"?}. Rows that are
absent are the texts of golden/data-juicer/texts.json; "answers" are those of the model that an operator asks. Names of
operators as arguments limit what is recorded.

    python test/oracles/data-juicer.py [operator ...]
"""

import importlib.metadata
import importlib.util
import json
import pathlib
import platform
import sys

from data_juicer_model import answering

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "test" / "golden" / "data-juicer"
CASES = pathlib.Path(__file__).resolve().parent / "data_juicer_cases"

TEXTS = json.loads((GOLDEN / "texts.json").read_text())["texts"]


def all_cases():
    for path in sorted(CASES.glob("*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield from module.CASES


def run(case):
    with answering(case.get("answers")):
        return {**measure(case), **({"answers": case["answers"]} if "answers" in case else {})}


def measure(case):
    from data_juicer.core.data import NestedDataset
    from data_juicer.ops import load_ops
    from data_juicer.ops.base_op import Filter
    from data_juicer.utils.constant import Fields

    args, rows = case.get("args", {}), case.get("rows") or [{"text": text} for text in TEXTS]
    [op] = load_ops([{case["op"]: {**args, "num_proc": 1, "skip_op_error": False}}])
    result = {"args": args, **({"rows": case["rows"]} if case.get("rows") else {})}
    if isinstance(op, Filter):
        samples = [{**json.loads(json.dumps(row)), Fields.stats: {}, Fields.meta: {}} for row in rows]
        if op.is_batched_op():
            batch = {key: [sample[key] for sample in samples] for key in samples[0]}
            measured = op.compute_stats_batched(batch)
            result["stats"] = measured[Fields.stats]
            result["keep"] = [bool(keep) for keep in op.process_batched(measured)]
        else:
            measured = [op.compute_stats_single(sample) for sample in samples]
            result["stats"] = [sample[Fields.stats] for sample in measured]
            result["keep"] = [bool(op.process_single(sample)) for sample in measured]
    else:
        result["result"] = [
            {key: value for key, value in row.items() if value is not None or any(key in given for given in rows)}
            for row in op.run(NestedDataset.from_list(json.loads(json.dumps(rows)))).to_list()
        ]
    return result


def main():
    wanted = set(sys.argv[1:])
    by_operator = {}
    for case in all_cases():
        if not wanted or case["op"] in wanted:
            by_operator.setdefault(case["op"], []).append(run(case))
    versions = {"python": platform.python_version(), "py-data-juicer": importlib.metadata.version("py-data-juicer")}
    for operator, cases in by_operator.items():
        path = GOLDEN / f"{operator}.json"
        golden = {"made_by": "python test/oracles/data-juicer.py", "versions": versions, "cases": cases}
        path.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":"), default=float) + "\n")
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.1f} kB")


if __name__ == "__main__":
    main()
