import { parseFragment } from "parse5";
import { expect, it } from "vitest";
import { writeHtml } from "./write-html.ts";

const written = (html: string): string =>
  parseFragment(html, { sourceCodeLocationInfo: true }).childNodes.map(writeHtml).join("");

it.each([
  ["<p>a &lt; b &amp; c &gt; d &nbsp;</p>", "<p>a &lt; b &amp; c &gt; d \u00A0</p>"],
  ["<i z=1 a='&lt;'>x</i>", '<i a="&lt;" z="1">x</i>'],
  [`<i a='"' b="'" c='"&#39;'></i>`, `<i a='"' b="'" c="&quot;'"></i>`],
  ["<br><hr/><img>", "<br/><hr/><img/>"],
  ["<!-- a --><template><b>t</b></template>", "<!-- a --><template><b>t</b></template>"],
  ["<script>a < b && c</script>", "<script>a < b && c</script>"],
  ["<b>\n  <i>a</i> \t <u>\r\n</u>\n\n</b>", "<b>\n<i>a</i> <u>\n</u>\n</b>"],
  ["<pre>x<b>  \n </b></pre>", "<pre>x<b>  \n </b></pre>"],
  ["<p> a </p><p>\u00A0 </p><!--   -->", "<p> a </p><p>\u00A0 </p><!-- -->"],
  ["<table><tr><td>x", "<table><tr><td>x</td></tr></table>"],
])("writes %s", (html, wanted) => {
  expect(written(html)).toBe(wanted);
});

it("writes what is nested very deep", () => {
  expect(written("<div>".repeat(5000))).toBe("<div>".repeat(5000) + "</div>".repeat(5000));
});
