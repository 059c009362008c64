"""Golden renders for src/text/chat-template.ts and src/text/spans.ts.

Run by hand:  python test/oracles/chat-template.py DATA   (DATA holds tokenizers/chat-templates)
Writes test/golden/text/chat-templates.json: for every template and conversation the SHA-256 of what transformers
renders (null where it refuses), with the whole text for the templates in test/fixtures; where every assistant turn
begins (the length of the render up to it with the generation prompt, if the whole begins with that); and the
assistant spans of templates with generation blocks.
"""

import hashlib
import json
import pathlib
import sys

import jinja2
import transformers
from transformers.utils.chat_template_utils import render_jinja_template

ROOT = pathlib.Path(__file__).resolve().parents[1]
DATA = pathlib.Path(sys.argv[1])

TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city \u2014 today.",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "Name of the city"},
                "days": {"type": "integer", "description": "How many days"},
            },
            "required": ["city"],
        },
    },
}


def m(role, content, **more):
    return {"role": role, "content": content, **more}


def call(content, arguments):
    return m(
        "assistant",
        content,
        tool_calls=[
            {"id": "call00000", "type": "function", "function": {"name": "get_weather", "arguments": arguments}}
        ],
    )


ARGUMENTS = {"city": "Z\u00fcrich", "days": 2}
RESULT = m("tool", '{"sky": "clear"}', tool_call_id="call00000", name="get_weather")
CONVERSATIONS = {
    "one": {"messages": [m("user", "What is two plus two?"), m("assistant", "Four.")]},
    "system": {
        "messages": [m("system", "Answer briefly."), m("user", "Capital of France?"), m("assistant", "Paris. \U0001f5fc")]
    },
    "many": {
        "messages": [
            m("user", "Hi"),
            m("assistant", "Hello, how can I help?"),
            m("user", "Name a colour."),
            m("assistant", "Blue."),
            m("user", "Another."),
            m("assistant", "Hello, how can I help?"),
        ]
    },
    "spaces": {
        "messages": [m("user", "  a \n"), m("assistant", "\n\n  b  \n"), m("user", "c"), m("assistant", " d")]
    },
    "empty": {"messages": [m("user", "a"), m("assistant", ""), m("user", "c"), m("assistant", "d")]},
    "think": {
        "messages": [
            m("user", "1+1?"),
            m("assistant", "<think>\nadd\n</think>\n\n2"),
            m("user", "2+2?"),
            m("assistant", "<think>\nadd again\n</think>\n\n4"),
        ]
    },
    "tools": {"messages": [m("user", "Weather?"), m("assistant", "Where?")], "tools": [TOOL]},
    "call-object": {
        "messages": [m("user", "Weather?"), call("", ARGUMENTS), RESULT, m("assistant", "Clear.")],
        "tools": [TOOL],
    },
    "call-text": {
        "messages": [m("user", "Weather?"), call(None, json.dumps(ARGUMENTS)), RESULT, m("assistant", "Clear.")],
        "tools": [TOOL],
    },
}


def render(source, messages, tools, prompt=False, mask=False):
    rendered, spans = render_jinja_template(
        conversations=[messages],
        tools=tools,
        chat_template=source,
        add_generation_prompt=prompt,
        return_assistant_tokens_mask=mask,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        date_string="26 Jul 2024",
    )
    return rendered[0], spans[0] if mask else None


def attempt(*args, **kwargs):
    try:
        return render(*args, **kwargs)[0]
    except (jinja2.exceptions.TemplateError, TypeError) as error:
        return None


def utf16(text, position):
    """JavaScript counts UTF-16 units."""
    return len(text[:position].encode("utf-16-le")) // 2


def record(name, source, whole):
    rows = {}
    for key, conversation in CONVERSATIONS.items():
        messages, tools = conversation["messages"], conversation.get("tools")
        text = attempt(source, messages, tools)
        if text is None:
            rows[key] = None
            continue
        starts = []
        for i, message in enumerate(messages):
            if message["role"] == "assistant":
                before = attempt(source, messages[:i], tools, prompt=True)
                starts.append(utf16(before, len(before)) if before is not None and text.startswith(before) else None)
        prompt = attempt(source, messages[:-1], tools, prompt=True)
        row = {
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "starts": starts,
            "prompt_sha256": None if prompt is None else hashlib.sha256(prompt.encode()).hexdigest(),
        }
        if "endgeneration" in source:
            spans = render(source, messages, tools, mask=True)[1]
            row["spans"] = [[utf16(text, a), utf16(text, b)] for a, b in spans]
        if whole:
            row["text"] = text
        rows[key] = row
    return {"name": name, "rows": rows}


def main():
    fixtures = sorted((ROOT / "fixtures" / "chat-templates").glob("*.jinja"))
    others = sorted((DATA / "tokenizers" / "chat-templates").glob("*.jinja"))
    golden = {
        "versions": {"transformers": transformers.__version__, "jinja2": jinja2.__version__},
        "conversations": CONVERSATIONS,
        "fixtures": [record(path.name, path.read_text(), True) for path in fixtures],
        "others": [record(path.name, path.read_text(), False) for path in others],
    }
    out = ROOT / "golden" / "text" / "chat-templates.json"
    out.write_text(json.dumps(golden, ensure_ascii=True, separators=(",", ":")) + "\n")


main()
