"""Golden conversations for src/data/row.ts: what ms-swift's preprocessors make of rows of every accepted shape.

Run by hand:  python test/oracles/rows.py   (datasets, ms-swift)
Writes test/golden/data/rows.json: each raw row with the messages and images that ms-swift reads from it, calls and
results as the JSON texts that its templates write.
"""

import importlib.metadata
import json
import pathlib
from copy import deepcopy

from datasets import Dataset
from swift.dataset.preprocessor import AlpacaPreprocessor, MessagesPreprocessor, ResponsePreprocessor
from swift.template.template_inputs import StdTemplateInputs

ROOT = pathlib.Path(__file__).resolve().parents[1]


def m(role, content, **more):
    return {"role": role, "content": content, **more}


CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Zürich", "days": [1, 2]}'}}

ROWS = [
    {"messages": [m("system", "s"), m("user", "a"), m("assistant", "b"), m("user", "c"), m("assistant", "d")]},
    {"messages": [m("user", "a"), m("assistant", "b", loss=False), m("assistant", "c", loss_scale=2.0)]},
    {"messages": "[{'role': 'user', 'content': \"it's \\u00fc\\n\"}, {'role': 'assistant', 'content': 'b', 'loss': True}]"},
    {"messages": [m("user", "a"), m("assistant", "b")], "system": "s"},
    {"messages": [m("system", "own"), m("user", "a"), m("assistant", "b")], "system": "s"},
    {"messages": [m("user", "a"), m("assistant", "b")], "system_prompt": "s"},
    {"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]},
    {"conversations": [{"from": "system", "value": "s"}, {"from": "user", "value": "a"}, {"from": "bot", "value": "b"}]},
    {
        "conversations": [
            {"from": "human", "value": "a"},
            {"from": "function_call", "value": '{"name": "f", "arguments": {}}'},
            {"from": "observation", "value": "2"},
            {"from": "gpt", "value": "b"},
        ]
    },
    {"system": "s", "conversation": [{"human": "a", "assistant": "b"}, {"human": "c", "assistant": "d"}]},
    {"conversation": [{"user": "a", "gpt": "b"}]},
    {"instruction": "a", "input": "b", "output": "c"},
    {"instruction": "a", "input": "", "output": "c"},
    {"instruction": "", "input": "b", "output": "c", "system": "s"},
    {"instruction": "a", "input": "b", "output": "c", "history": [["p", "q"]]},
    {"instruction": "a", "output": "c"},
    {"query": "c", "response": "d", "history": [["a", "b"]], "system": "s"},
    {"query": "c", "response": "d", "history": "[['a', \"it's\"]]"},
    {"query": "a", "response": ["b", "c"]},
    {"query": "q", "response": "r", "prompt": "p", "answer": "a"},
    {"Question": "a", "Answer": "b"},
    *({query: "a", response: "b"} for query, response in [
        ("prompt", "completion"), ("input", "target"), ("instruction", "text"), ("question", "answer_key"),
        ("problem", "solution"), ("query", "targets"), ("question", "answers"), ("prompt", "content"),
    ]),
    {"text": "once"},
    {"messages": [m("assistant", "once")]},
    {"messages": [m("user", "w"), m("assistant", None, tool_calls=[CALL, CALL]), m("tool", "2"), m("tool", "3"), m("assistant", "b")]},
    {"messages": [m("user", "w"), m("assistant", "Let me see.", tool_calls=[CALL], loss=True), m("tool", {"deg": [1, "ü"]}), m("assistant", "b")]},
    {"messages": [m("user", "w"), m("tool_call", {"name": "f", "arguments": {"x": 1}}), m("tool_response", "2"), m("assistant", "b")]},
    {
        "messages": [
            m("user", [{"type": "text", "text": "See "}, {"type": "image_url", "image_url": {"url": "1.png"}}, {"type": "image_url", "image_url": "2.png"}, {"type": "text", "text": "?"}]),
            m("assistant", [{"type": "text", "text": "Yes."}], tool_calls=[CALL]),
            m("tool", "2"),
            m("assistant", "b"),
        ]
    },
    {
        "messages": [
            m("user", [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}, {"type": "text", "text": "What?"}]),
            m("assistant", [{"type": "text", "text": "I look."}, {"type": "tool_use", "id": "t", "name": "look", "input": {"at": 1}}]),
            m("user", [{"type": "tool_result", "tool_use_id": "t", "content": [{"type": "image", "source": {"type": "url", "url": "http://x/r.png"}}, {"type": "text", "text": "A beach."}]}]),
            m("assistant", "b"),
        ]
    },
]


def preprocess(raw):
    """AutoPreprocessor on one row, without Arrow, which would give messages the keys of each other."""
    keys = set(raw)
    if keys & {"conversation", "conversations", "messages"}:
        preprocessor = MessagesPreprocessor()
    elif {"instruction", "input"} <= keys:
        preprocessor = AlpacaPreprocessor()
    else:
        preprocessor = ResponsePreprocessor()
    names = Dataset.from_dict({key: ["x"] for key in raw})
    renamed = preprocessor.safe_rename_columns(names, preprocessor.columns).column_names
    row = preprocessor.preprocess({new: deepcopy(raw[old]) for old, new in zip(raw, renamed)})
    preprocessor._check_messages(row)
    return row


def text_of(role, content):
    calls = role in {"tool_call", "tool_response", "tool"}
    return json.dumps(content, ensure_ascii=False) if calls and not isinstance(content, str) else content


def read(raw):
    row = preprocess(raw)
    messages = [{k: v for k, v in message.items() if v is not None} for message in row["messages"]]
    for message in messages:
        message["content"] = text_of(message["role"], message["content"])
    images = StdTemplateInputs.remove_messages_media(messages)["images"] or row.get("images") or []
    for message in messages:
        message["role"] = "tool_response" if message["role"] == "tool" else message["role"]
    return {"raw": raw, "messages": messages, "images": images}


golden = {
    "versions": {name: importlib.metadata.version(name) for name in ("ms-swift", "datasets")},
    "rows": [read(raw) for raw in ROWS],
}
(ROOT / "golden/data/rows.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")
