"""What jinja2, as transformers sets it up, writes for every template of some folders on many conversations.

Run by hand:  python test/oracles/chat-template-many.py FOLDER...   (*.jinja below each; ../shared/data/tokenizers/
chat-templates and trl/chat_templates of the package trl were used)
Writes test/golden/text/chat-template-many.json: sha256 of each template and of each text, null where it refuses. The
templates are not shipped; src/text/text.slow.ts compares those that it finds by their sha256.
"""

import datetime
import hashlib
import json
import pathlib
import sys

import jinja2
import transformers
from transformers.utils import chat_template_utils

OUT = pathlib.Path(__file__).resolve().parents[1] / "golden" / "text" / "chat-template-many.json"

# Text, since the order of keys and the digits of numbers count.
TOOLS = """[{"type": "function", "function": {"name": "lamp", "description": "Sets a lamp.\\nTwo lines.", "parameters": {"type": "object",
"properties": {"on": {"type": "boolean", "description": "On?", "default": true}, "level": {"type": "number", "default": 1.0, "enum": [1.0, 2, null]},
"10": {"type": ["string", "null"], "description": "a < b & c"}, "list": {"type": "array", "items": {"type": "object", "properties": {}}}}, "required": ["on"]}}}]"""
CALL = """{"on": true, "level": 1.0, "id": 12345678901234567890, "z": null, "10": {"b": [1, "x"], "a": 1e-05}, "text": "it's \\"so\\"\\n"}"""
call = '{"role": "assistant", "content": %s, "tool_calls": [{"id": "call00000", "type": "function", "function": {"name": "lamp", "arguments": %s}}%s]}'
second = ', {"id": "call00001", "type": "function", "function": {"name": "lamp", "arguments": {}}}'
result = '{"role": "tool", "name": "lamp", "tool_call_id": "call0000%d", "content": "{\\"ok\\": true, \\"n\\": 1.0}"}'
user = '{"role": "user", "content": %s}'
assistant = '{"role": "assistant", "content": %s%s}'
system = '{"role": "system", "content": "Be \\u00e9xact.\\n"}'


def talk(*messages):
    return f"[{', '.join(messages)}]"


TALKS = {
    "one": (talk(user % '"Hi"', assistant % ('"Hello."', "")), None),
    "system": (talk(system, user % '"Hi"', assistant % ('"Hello."', ""), user % '"More"', assistant % ('"Bye"', "")), None),
    "blanks": (talk(user % '"  Hi \\n"', assistant % ('" \\n\\ufeffHello. \\t\\n"', ""), user % '"\\u0085x\\u00a0"', assistant % ('"\\u3000Y\\u200b"', "")), None),
    "think": (talk(user % '"Hi"', assistant % ('"<think>\\nHm.\\n</think>\\n\\nHello."', ""), user % '"More"', assistant % ('"<think>\\nA\\n</think>\\n\\nB"', "")), None),
    "reasoning": (talk(user % '"Hi"', assistant % ('"Hello."', ', "reasoning_content": "Let me see.\\n"'), user % '"More"', assistant % ('"Bye"', ', "reasoning_content": " x"')), None),
    "thinking": (talk(user % '"Hi"', assistant % ('"Hello."', ', "thinking": "Let me see."')), None),
    "tools": (talk(user % '"Light!"', assistant % ('"No."', "")), TOOLS),
    "call": (talk(system, user % '"Light!"', call % ('""', CALL, ""), result % 0, assistant % ('"Done."', "")), TOOLS),
    "call-null": (talk(user % '"Light!"', call % ("null", CALL, ""), result % 0, assistant % ('"Done."', "")), TOOLS),
    "call-text": (talk(user % '"Light!"', call % ('"I do."', json.dumps(CALL), ""), result % 0, assistant % ('"Done."', "")), TOOLS),
    "calls": (talk(user % '"Light!"', call % ('""', CALL, second), result % 0, result % 1, assistant % ('"Done."', ""), user % '"Thanks"', assistant % ('"Yes"', "")), TOOLS),
    "parts": (talk(user % '[{"type": "text", "text": "Hi"}]', assistant % ('[{"type": "text", "text": "Hello."}]', "")), None),
    "two-users": (talk(user % '"Hi"', user % '"Hi"', assistant % ('"Hello."', "")), None),
    "only-user": (talk(user % '"<|im_start|> Hi & <b>"'), None),
}
WORDS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}


def render(source, messages, tools, prompt):
    # What is refused there is refused here, for whatever reason.
    try:
        compiled = chat_template_utils._compile_jinja_template(source)
        return compiled.render(messages=messages, tools=tools, documents=None, add_generation_prompt=prompt, **WORDS)
    except Exception:
        return None


class Fixed(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2024, 7, 26, 15, 4, 5)


def digest(text):
    return None if text is None else hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def main():
    chat_template_utils.datetime = Fixed
    templates = []
    for folder in sys.argv[1:]:
        for path in sorted(pathlib.Path(folder).rglob("*.jinja")):
            source = path.read_bytes().decode("utf-8")
            rendered = {
                name: [render(source, json.loads(messages), tools and json.loads(tools), prompt) for prompt in (False, True)]
                for name, (messages, tools) in TALKS.items()
            }
            rows = {name: [digest(text) for text in both] for name, both in rendered.items()}
            templates.append({"name": path.name, "sha256": digest(source), "rows": rows})
    golden = {
        "versions": {"jinja2": jinja2.__version__, "transformers": transformers.__version__},
        "words": WORDS,
        "talks": {name: {"messages": messages, "tools": tools} for name, (messages, tools) in TALKS.items()},
        "templates": templates,
    }
    OUT.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
