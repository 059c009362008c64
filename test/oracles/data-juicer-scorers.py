"""What Data-Juicer's filters that ask a causal language model make of rows: golden/data-juicer-scorers.json.

Their own code with a stand-in for the model: the loss of a response in a text is (2 + characters of the text) / (1 +
characters of the response). So recorded is what is asked, and what is made of the answers. Environment: that of data-juicer.py.

    python test/oracles/data-juicer-scorers.py
"""

import importlib.metadata
import json
import pathlib

from data_juicer.ops.filter import llm_perplexity_filter
from data_juicer.ops.filter.in_context_influence_filter import InContextInfluenceFilter
from data_juicer.ops.filter.instruction_following_difficulty_filter import InstructionFollowingDifficultyFilter
from data_juicer.ops.filter.llm_perplexity_filter import LLMPerplexityFilter
from data_juicer.utils.constant import Fields

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "test" / "golden" / "data-juicer-scorers.json"

llm_perplexity_filter.prepare_model = lambda **_: "model"


def loss(self, example, pre_example=None, rank=None):
    messages = (pre_example["messages"] if pre_example is not None else []) + example["messages"]
    text = " ".join(message["content"] for message in messages).strip()
    return (2 + len(text)) / (1 + len(messages[-1]["content"].strip()))


LLMPerplexityFilter._loss = loss

TEXTS = [{"text": "A short text."}, {"text": "  blanks around \n"}, {"text": "你好 world"}]
PAIRS = [
    {"text": "", "query": "What is two and two?", "response": "Four."},
    {"text": "", "query": " Name a colour ", "response": "  Blue, or maybe a rather long answer about green. "},
    {"text": "", "query": "{braces}", "response": "ok", "n": 3},
]
CHATS = [
    {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello there."}]},
    {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Why?"},
            {"role": "assistant", "content": "Because."},
            {"role": "user", "content": "And then?"},
            {"role": "assistant", "content": "Nothing at all."},
        ]
    },
]
TEMPLATES = {"query_template": "Q: {query}\n", "response_template": "{response}"}
TASK = [{"query": "Who wrote it?", "response": "Nobody knows."}, {"query": "When?", "response": "Long ago, they say."}]

CASES = [
    (LLMPerplexityFilter, {}, TEXTS),
    (LLMPerplexityFilter, {"min_score": 5, "max_score": 20}, CHATS),
    (LLMPerplexityFilter, {**TEMPLATES, "max_score": 4, "max_closed_interval": False}, PAIRS),
    (LLMPerplexityFilter, {"query_template": "{{{query}}}", "response_template": "{text}{response}"}, PAIRS),
    (InstructionFollowingDifficultyFilter, TEMPLATES, PAIRS),
    (InstructionFollowingDifficultyFilter, {"min_score": 1.5, "max_score": 3}, CHATS),
    (InstructionFollowingDifficultyFilter, {"min_score": 2, "reversed_range": True}, CHATS),
    (InContextInfluenceFilter, {**TEMPLATES, "valid_dataset": TASK, "min_score": 0.3}, PAIRS),
    (InContextInfluenceFilter, {**TEMPLATES, "valid_dataset": TASK, "task_desc": "History.", "min_score": 0.5}, PAIRS),
    (InContextInfluenceFilter, {**TEMPLATES, "valid_dataset": TASK, "n_shot": 1, "min_score": 0}, PAIRS),
    (InContextInfluenceFilter, {**TEMPLATES, "valid_dataset": TASK, "task_desc": "History.", "valid_as_demo": True, "min_score": 0}, PAIRS),
    (InContextInfluenceFilter, {"valid_dataset": CHATS, "task_desc": "Talk.", "min_score": 0.2, "max_score": 0.5}, CHATS),
    (InContextInfluenceFilter, {"valid_dataset": CHATS, "valid_as_demo": True, "min_score": 0.2, "max_score": 0.5}, CHATS),
]  # fmt: skip

NAMES = {
    LLMPerplexityFilter: "llm_perplexity_filter",
    InstructionFollowingDifficultyFilter: "instruction_following_difficulty_filter",
    InContextInfluenceFilter: "in_context_influence_filter",
}


def main():
    cases = []
    for kind, args, rows in CASES:
        op = kind(**json.loads(json.dumps(args)))
        samples = [op.compute_stats_single({**json.loads(json.dumps(row)), Fields.stats: {}}) for row in rows]
        stats = [{name: float(value) for name, value in sample[Fields.stats].items()} for sample in samples]
        keep = [bool(op.process_single(sample)) for sample in samples]
        cases.append({"op": NAMES[kind], "args": args, "rows": rows, "stats": stats, "keep": keep})
    golden = {
        "made_by": "python test/oracles/data-juicer-scorers.py",
        "versions": {"py-data-juicer": importlib.metadata.version("py-data-juicer")},
        "cases": cases,
    }
    GOLDEN.write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
