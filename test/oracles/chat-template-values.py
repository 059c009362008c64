"""What jinja2, as transformers sets it up, writes for small templates: src/text/python-jinja.ts and python-text.ts.

Run by hand:  python test/oracles/chat-template-values.py
Writes test/golden/text/chat-template-values.json; null where jinja2 refuses.
"""

import json
import pathlib

import jinja2
import transformers
from transformers.utils.chat_template_utils import _compile_jinja_template as compile_template

OUT = pathlib.Path(__file__).resolve().parents[1] / "golden" / "text" / "chat-template-values.json"

# The text, since the order of keys and the digits of numbers count.
VALUES = """{"t": true, "f": false, "n": null, "one": 1.0, "small": 1e-05, "big": 12345678901234567890, "neg": -0.0, "minus": -3,
"list": ["a", "it's", "say \\"hi\\"", true, null, 1.0, {"b": [], "2": {}}], "object": {"b": 1, "10": "x", "9": [null, false]},
"text": " \\t\\ufeffH\\u00e9 llo\\u0085 ", "lines": "a\\r\\nb\\n\\nc\\n", "words": " one  two\\tthree ", "emoji": "\\ud83d\\ude00x\\u200b\\n\\u0001",
"nested": [[1, 2], [3, 4]], "empty": "", "none_list": [], "path": "a/b/c", "digits": "123", "quote": "'\\"\\\\"}"""

EXPRESSIONS = [
    *[name for name in ("t", "f", "n", "one", "small", "big", "neg", "list", "object", "nested", "missing")],
    *[f"{name}|string" for name in ("t", "n", "one", "small", "big", "list", "object", "text", "missing")],
    *[f"{name}|tojson" for name in ("t", "n", "one", "small", "big", "neg", "list", "object", "emoji", "quote")],
    *[f"'<' ~ {name} ~ '>'" for name in ("t", "n", "one", "small", "big", "list", "object", "missing")],
    *[f"[{name}]" for name in ("text", "emoji", "quote", "lines", "minus")],
    *["list|join(', ')", "list|join", "object|join('-')", "'abc'|join('.')", "none_list|join(',')", "[1, 2.5, true, none]|join('|')"],
    *["text|trim", "n|trim", "one|trim", "t|upper", "n|lower", "'xxaxx'|trim('x')", "text.strip()", "text.lstrip()", "text.rstrip()"],
    *["'xyaxy'.strip('yx')", "'xa'.lstrip('x')", "'ax'.rstrip('x')", "words.split()", "words.split(None, 1)", "path.split('/')"],
    *["path.split('/', 1)", "path.rsplit('/', 1)", "path.split('/')[-1]", "lines.splitlines()", "'a'.split('b')", "''.split()"],
    *["path.find('b')", "path.find('z')", "path.count('/')", "path.startswith('a/')", "path.endswith('c')", "path.replace('/', '-')"],
    *["digits.isdigit()", "path.isdigit()", "', '.join(['a', 'b'])", "'abc'.removeprefix('a')", "'abc'.removesuffix('c')"],
    *["emoji|length", "list|length", "object|length", "missing|length", "emoji[:1]", "path[1:]", "path[::-1]", "list[1:3]", "list[-1]"],
    *["[1, 2] == [1, 2]", "{'a': 1} == {'a': 1.0}", "none == missing", "[1] in nested", "[1, 2] in nested", "1 == true", "'a' == 1"],
    *["-7 % 3", "7 % -3", "7 // 2", "-7 // 2", "7 / 2", "2 ** 3", "1 + 1.0", "'a' + 1", "'a' + 'b'", "n + 'a'", "list + [1]"],
    *["n|default('d')", "missing|default('d')", "empty|default('d', true)", "list|first", "list|last", "nested|map('first')|list"],
    *["list|select('string')|list", "n|list", "object|items|list", "object.items()|list", "object|dictsort|list", "object.keys()|list"],
    *["nested|sum(start=[])", "[3, 1, 2]|sort", "[1, 1, 2]|unique|list", "'a,b'|replace(',', ';')", "1|int", "'12'|int", "'x'|int", "'1.5'|float"],
    *["t is boolean", "one is float", "one is number", "big is integer", "n is none", "missing is defined", "object is mapping", "list is iterable"],
    *["'<a>&'|tojson", "object|tojson(indent=2)", "nested|tojson(indent=4)", "(1, 'a')", "t and n", "empty or 'x'"],
]

TEMPLATES = [
    "a\r\n{% if t %}\r\nb\r\n{% endif %}\r\nc\rd",
    "  {% set x = 1 %}\n  {{ x }}\n{#- c -#}\n e\n",
    "{% for k, v in object.items() %}{{ k }}={{ v }};{% endfor %}",
    "{% for k, v in object|items %}{{ k }}={{ v }};{% endfor %}",
    "{% for a, b in [(1, 'x'), (2, none)] %}{{ a }}{{ b }}{% endfor %}",
    "{% for a, b in nested %}{{ a + b }} {% endfor %}",
    "{% for c in emoji %}[{{ c }}]{% endfor %}",
    "{% for x in missing %}{{ x }}{% else %}none{% endfor %}",
    "{% for x in list if x is string %}{{ loop.index }}{{ x }}{% if loop.last %}.{% endif %}{% endfor %}",
    "{% for k in object %}{{ k }}{% endfor %}",
    "{% set ns = namespace(n=0) %}{% for x in list %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}",
    "{% set a, b = (1, 2) %}{{ a }}{{ b }}{% set a, b = [3, 4] %}{{ a }}{{ b }}",
    "{% macro m(a, b=2) %}{{ a }}-{{ b }}{% endmacro %}{{ m(1) }}{{ m(1, b=none) }}",
    "{% for x in range(5) %}{% if x == 1 %}{% continue %}{% endif %}{% if x == 3 %}{% break %}{% endif %}{{ x }}{% endfor %}",
    "{{ '%s and %s' | format('a', 1) }}",
    "{% if n %}a{% elif none_list %}b{% else %}c{% endif %}",
    "{{- '\\n' -}} x {{- ' y' }}\n",
    "{% set x %}block {{ t }}{% endset %}{{ x }}|{{ x|length }}",
    "{% filter upper %}a{{ n }}{% endfilter %}",
    "{{ raise_exception('no ' ~ one) }}",
]


def render(source, values):
    try:
        return compile_template(source).render(**values)
    except (jinja2.TemplateError, TypeError, AttributeError, ValueError):
        return None


def main():
    values = json.loads(VALUES)
    sources = [f"{{{{ {expression} }}}}" for expression in EXPRESSIONS] + TEMPLATES
    golden = {
        "versions": {"jinja2": jinja2.__version__, "transformers": transformers.__version__},
        "values": VALUES,
        "rendered": [[source, render(source, values)] for source in sources],
    }
    OUT.write_text(json.dumps(golden, indent=0, ensure_ascii=True) + "\n")


main()
