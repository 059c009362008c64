import { describe, expect, it } from "vitest";
import { compileTemplate, strftime } from "./jinja.ts";

const now = new Date(2024, 6, 26, 15, 4, 5);
const render = (source: string, variables: Record<string, unknown> = {}) =>
  compileTemplate(source, { where: "test", now }).render(variables);

describe("compileTemplate", () => {
  it("gives the variables of transformers", () => {
    expect(render("{{ strftime_now('%d %b %Y') }} {{ range(2, 8, 3) | join(',') }} {{ None is none }}")).toBe(
      "26 Jul 2024 2,5 True",
    );
    expect(() => render("{{ raise_exception('no') }}")).toThrow(/E_TEXT_TEMPLATE_RENDER: test.*no/);
  });

  it("takes null as an empty list in selecting filters, as Python does", () => {
    expect(render("{{ x | selectattr('a', 'equalto', 'b') | list | length }}", { x: null })).toBe("0");
  });

  it("writes marks for generation blocks with a block's whitespace rules", () => {
    const source = "a\n  {% generation %}\nb\n  {%- endgeneration %}\nc";
    const marked = compileTemplate(source, { where: "test", now, generationMarks: ["<", ">"] });
    expect(marked.render({})).toBe("a\n<b>c");
    expect(render(source)).toBe("a\nbc");
  });

  it("limits what a template may cost", () => {
    expect(() => render("x".repeat(2_000_000))).toThrow("E_TEXT_TEMPLATE_LIMIT");
    expect(() => render("{{ range(1000000000) | length }}")).toThrow("E_TEXT_TEMPLATE_LIMIT");
    const loops = "{% for a in range(2000) %}{% for b in range(2000) %}{% endfor %}{% endfor %}";
    const limited = compileTemplate(loops, { where: "test", now, limits: { seconds: 0.05 } });
    expect(() => limited.render({})).toThrow("ran for more than 0.05 seconds");
    const doubling =
      "{% set x = namespace(v='aaaaaaaa') %}{% for a in range(40) %}{% set x.v = x.v ~ x.v %}{% endfor %}";
    expect(() => render(doubling)).toThrow("E_TEXT_TEMPLATE_LIMIT");
  });

  it("ends within one built-in, one value and one token, too", () => {
    const shared = "{% set ns = namespace(l=[1]) %}{% for i in range(40) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}";
    const limits = { seconds: 0.3 };
    const ends = [
      "{{ ns.l|tojson }}",
      "{{ ns.l }}",
      "{{ ns.l|string }}",
      "{{ ns.l|join(',') }}",
      "{{ ns.l == ns.l[0] }}",
      "{{ ns.l|replace('a', 'b') }}",
      "{{ ns.l|unique }}",
    ].map((end) => shared + end);
    const long = [" ".repeat(900_000), "\n".repeat(900_000), " \n".repeat(400_000), `{%${" ".repeat(900_000)}`];
    for (const source of [...ends, ...long]) {
      const before = performance.now();
      expect(
        () => {
          const text = compileTemplate(source, { where: "test", now, limits }).render({});
          expect(text.length).toBeLessThanOrEqual(source.length);
        },
        source.slice(0, 200),
      ).toSatisfy((run: () => void) => {
        try {
          run();
          return true;
        } catch (error) {
          return /E_TEXT_TEMPLATE_(?:LIMIT|SYNTAX)/.test(String(error));
        }
      });
      expect(performance.now() - before).toBeLessThan(5000);
    }
  });

  it("bounds what a template keeps", () => {
    const lists =
      "{% set ns = namespace(l=[]) %}{% for i in range(999) %}{% set ns.l = ns.l + [range(99999)|list] %}{% endfor %}";
    const limited = compileTemplate(lists, { where: "test", now, limits: { items: 1 << 19 } });
    expect(() => limited.render({})).toThrow(/E_TEXT_TEMPLATE_LIMIT.*items of lists/);
  });

  it("shows templates no JavaScript", () => {
    expect(render("{{ x.constructor }}{{ x.__proto__ }}{{ process }}{{ globalThis }}", { x: {} })).toBe("");
  });
});

describe("strftime", () => {
  it("writes English, whatever the locale", () => {
    expect(strftime(now, "%A %a %B %b %d %m %y %Y %H:%M:%S %I %p %% %Q")).toBe(
      "Friday Fri July Jul 26 07 24 2024 15:04:05 03 PM % %Q",
    );
  });
});
