"""Mappers that clean texts: code, LaTeX, HTML, addresses, punctuation, Chinese, tables, sentences, chunks."""


def case(op, texts, **args):
    return {"op": op, **({"args": args} if args else {}), "rows": [{"text": text} for text in texts]}


CODE = [
    "",
    "   ",
    "/* Copyright 2020 A */\nint a;",
    "x = 1; /* note */ y = 2; /* copyright B */",
    "/* COPYRIGHT\n * (c) * / ** stars ***/rest",
    "/*/ copyright */ a",
    "/** copyRight\n**/\n/* second */ tail",
    "/* never closed, copyright\n# and so lines",
    "// one\n# two\n-- three\n\n\ncode()\n// kept",
    "\n\n#!/bin/sh\n# only comments\n",
    " // indented is code\n# kept",
    "# \u4f60\u597d\r\ncode",
    "a /* /* copyright */ b */ c",
    "*/ copyright /*",
    "//\u00a0\n--\n",
]

EMAILS = [
    "Write to jane.doe+news@mail.example.co.uk, or x_y-z@sub-domain.org!",
    "UPPER@EXAMPLE.COM and Mixed.Case@Example.com and a@B.com",
    "no@tld a@b @c.d e@.f.g h@i..j k@l.m1 n@o.p@q.r",
    "two@one.de@three.fr\nline@end.io\n\u4e2d\u6587a@b.cn\u4e2d\u6587",
    "....@----.aa, +@+.z _@_.y",
    "\u00e4\u00f6\u00fc@b.de \U0001f600a@b.de\U0001f600",
    "",
    " ",
    "a" * 300 + "@" + "b" * 200,
    "mailto:me@here.example?subject=x <me@here.example>",
]

IPS = [
    "Hosts 192.168.0.1, 255.255.255.255, 256.1.1.1 and 1.2.3.4.5.6.7.8.",
    "0.0.0.0 00.00.00.00 01.02.03.04 999.999.999.999 1.2.3",
    "2001:0db8:85a3:0000:0000:8a2e:0370:7334 fe80::1 ::1 1:2:3:4:5:6:7:8:9",
    "ABCD:EF01:2345:6789:abcd:ef01:2345:6789g and 12345:1:1:1:1:1:1:12345",
    "version 10.20.30.40-rc1\uff0c\u5730\u5740127.0.0.1\u3002",
    "\u0661\u0662:1:1:1:1:1:1:\u0663 and 1.1.1.\u0661",
    "",
    "\n\n",
    "1.1.1.11.1.1.1",
]

LINKS = [
    "See http://example.com/path?x=1&y=2#frag, https://a.b/(c)d(e). End",
    "www.example.com www1.site.net/x www1234.no example.org/ example.org a.co/b",
    "ftp://user:pw@host:21/dir; mailto:me@x.y tel:+123 file:///etc/passwd",
    "(http://in.parens/ok) [http://in.brackets/ok] <http://in.angles/ok> \"http://quoted/\"",
    "http://en.wikipedia.org/wiki/A_(b_(c))_d and http://x/(((deep)))",
    "\u94fe\u63a5http://t.cn/abc\u7ed3\u675f\u3002\u770bhttps://z.cn/\u4e2d\u6587\u8def\u5f84 \u5b8c",
    "HTTP://UPPER.COM/ Https://Mixed.Com/a, javascript:alert(1) a:b C:\\dir c:/x",
    "http:// https:/// ://x http:x x:%20",
    "dots... http://x.y/z... http://x.y/z?! 'http://x.y/z' \u00abhttp://x.y/z\u00bb \u201chttp://x.y\u201d",
    "line http://a.b/c\nhttp://d.e/f\tg",
    "\u017fchema://long-s \u212aelvin://sign \u00e9a://x",
    "",
    " ",
    "no links here, 3:4 12:30 a.b.c/d and/or e.g./x",
]

LATEX = [
    "",
    " \n ",
    "\\documentclass{article}\n\\newcommand{\\R}{\\mathbb{R}}\n\\newcommand*{\\eps}{\\varepsilon}\n"
    "\\def\\N{\\mathbb N}\n\\def \\Z {\\mathbb{Z}}\n\\begin{document}\n$\\R^n$, $\\eps>0$, \\N, \\Rn, \\Z.\n\\end{document}",
    "\\newcommand{\\a}{x}\\newcommand{\\b}{y}\n\\a \\b\\a",
    "\\newcommand{\\a}{one}\n\\newcommand{\\a}{two}\n\\a.",
    "\\newcommand{\\a}{\\b}\n\\newcommand{\\b}{c}\n\\a \\b \\a",
    "\\def\\a{}\n\\a\\a\\a x",
    "\\newcommand{\\arg}[1]{#1}\n\\arg{x}\n\\newcommand{\\multi}{a\nb}\n\\multi ",
    "\\renewcommand{\\a}{x}\n\\a \\newcommandx{\\b}{y}\n\\b ",
    "\\def\\x{1} % comment\n\\x \\def\\y{2}\r\n\\y ",
    "\\newcommand{\\e}{\u00e9\u4f60}\n\\e. \\e\u4f60",
    "\\newcommand{\\a}{x}\n\\a",
    "\\newcommand{\\10}{ten}\n\\10 \\100",
    "\\newcommand{\\q}{\\textbf{bold} and \\emph{more}}\n\\q, \\q;",
    "\\newcommand{\\t}{a\tb}\n\\t.",
]

HEADED = [
    "",
    " ",
    "Front matter\n\\section{One} text \\section{Two} more",
    "\\title{x}\n\\chapter*[short]{Long title}\nbody",
    "intro \\sections{no} \\subsection {space} \\subsubsection*{yes} tail",
    "\\section{unclosed",
    "\\section[a]b{c} then \\part{P}",
    "a \\paragraph{} b \\subparagraph{s}",
    "\\section[multi\nline]{title\nover lines} end",
    "no heading at all\n",
    "\\\\section{x} y",
    "\\section*[\\section{in}]{out} z",
    "\\section\u4f60{a} \\section_{b} \\section{c}",
    "}\\section{",
    "\\Section{A}\\section\n{b}\\subsection{c}",
    "\\section[open{a} \\section{b}",
]

COMMENTED = [
    "",
    "%",
    "%\n%%\n\n% c\n",
    "text % comment\nmore\\% not % yes\n% whole line\nend %",
    "a%b\n%c%d\ne%%f",
    "100\\% sure%\nnext",
    "\\\\% a comment after a line break",
    " %only after a blank\n\t% tab",
    "x\r\n%y\r\nz % w\r\n",
    "\u4f60\u597d%\u6ce8\u91ca\n\U0001f600% emoji",
    "% a\u2028% b\u0085% c\x0b% d",
    "\n%\n\n% last",
    "a\n\n%b\n%c\n\nd",
    "x %\n%y",
]

REFERENCES = [
    "",
    " ",
    "Text.\n\\appendix\nMore.",
    "Text.\n\\begin{references}\nA\n\\end{references}\nafter",
    "\\begin{REFERENCES} x",
    "Body \\begin{thebibliography}{9}\\bibitem{a} A\\end{thebibliography}",
    "Body \\bibliography{refs} and \\appendix",
    "Body \\bibliography{ \\appendix x",
    "Body \\bibliography{ never closed",
    "\\bibliographystyle{plain} stays \\begin{References} too",
    "\\bibliography{a\nb} c",
    "x\\appendixes y",
]

TABLES = [
    "",
    "\n",
    "Heading\na b\nc d\ne f\n\nText goes on here and is long.",
    "This is a table:\nName|Age|City\nAnn|20|Rome\nBob|30|Oslo\nEnd of it",
    "x\na\tb\tc\n1\t2\t3\n\n4\t5\t6\nlast",
    "a b\nc d\n",
    "one line\na b c\nthen d e f g h i j",
    "t\na  b\nc  d\ne  f\n",
    "t\na b c\na b c\na b\na b\n",
    "t\na|b | c\nd|e | f\n",
    "t\n\u59d3\u540d \u5e74\u9f84\n\u5f20\u4e09 20\n\u674e\u56db 30\n\u5b8c",
    "t\n" + " ".join("abcdefghijklmnopqrst") + "\n" + " ".join("ABCDEFGHIJKLMNOPQRST") + "\n",
    "t\n" + " ".join("abcdefghijklmnopqrstu") + "\n" + " ".join("ABCDEFGHIJKLMNOPQRSTU") + "\n",
    "t\na\u00a0b c\nd\u00a0e f\n",
    "t\r\na b\r\nc d\r\n",
    "p\nq r\ns t\n\n\n\nu v\nw x\ny",
    "||\n| | |\n| | |\n",
]

HTML = [
    "",
    "   ",
    "no tags & no entities < 3",
    "<p>One <b>bold</b> &amp; <i>italic</i></p><p>Two&nbsp;&lt;3 &copy; &#8364; &#x1F600; &bogus; &amp</p>",
    "<ul><li>a</li><li class='x'>b</li><LI>c</LI></ul><ol><li>d</li></ol>",
    "<html><head><title>T</title><style>p{}</style></head><body>B<script>var a = '<b>';</script><style>q{}</style></body></html>",
    "<!-- comment --> text <!DOCTYPE html> <br>line<br/>two<hr>",
    "<table><tr><td>1</td><td>2</td></tr>stray</table>",
    "<div>unclosed <span>nested <b>deep",
    "</div>closing first</p> text",
    "<textarea>\nkept &lt;</textarea><pre>\n  pre\n</pre><title>late</title>",
    "<template><p>in template</p></template><noscript>no<b>script</b></noscript><iframe><p>x</p></iframe>",
    "<svg><text>svg text</text><title>st</title></svg><math><mi>x</mi></math>",
    "a\r\nb\rc\u0000d <p>\u0000e</p>",
    "<p>\u4f60\u597d\uff0c<em>\u4e16\u754c</em>\U0001f600</p>",
    "<select><option>o1<option>o2</select><button>go</button><input value='v'><img alt='a'>",
    "<a href=\"x>y\">link</a><a title='<b>'>q</a>",
    "<![CDATA[cd]]><?php echo 1; ?><p/>x</>y",
    "  <p> spaces  kept \n\n here </p>  \n ",
    "<body>in</body>after</html> end",
    "<frameset><frame></frameset><noframes>nf</noframes>",
    "<plaintext>rest <b>is</b> text",
    "<xmp><b>x</b></xmp><noembed><i>y</i></noembed>",
    "<p>a<table><p>foster</p><td>cell",
    "<b><p>mis</b>nested</p>",
    "&#0;&#128;&#xD800;&#x110000;&#13;&notin;&not;in",
    "<body><!--c1-->t<!--c2--></body><!--c3-->",
    "<head>text in head</head><p>x",
    "text<head><title>second</title></head>",
    "<html><body>\n\n<h1>Title</h1>\n\n<p>Para</p>\n</body>\n</html>\n",
]

HTML_TABLES = [
    "",
    "<p>none</p>",
    "<table><tr><th>Name</th><th>Age</th></tr><tr><td> Ann </td><td>20</td></tr></table>",
    "<table><thead><tr><th>H</th></tr></thead><tbody><tr><td>a<b> b </b>c</td><td></td></tr></tbody></table>"
    "<p>x</p><table><tr><td>2&amp;3 &nbsp; </td></tr></table>",
    "<table></table><table><tr></tr></table>",
    "<table><tr><td>outer<table><tr><td>inner</td></tr></table></td><td>z</td></tr></table>",
    "<table><tr><th>row</th><td>mixed</td></tr><tr><td>\u4f60\n\u597d</td></tr></table>",
    "<table><tr><td>a<br>b</td><td><!-- c -->d</td></tr></table>",
    "<TABLE><TR><TD>x<script>var a;</script><style>b{}</style>y</TD></TR></TABLE>",
    "before <div><table border=1><caption>c</caption><tr><td colspan=2>z</td></tr></table></div> after",
]

MARKED_TABLES = [
    *HTML_TABLES,
    "x<table class=\"c d\" id='i'><tbody><tr><th>h</th></tr><tr><td>1 &lt; 2 &copy;&nbsp;&gt;\u00e9</td></tr></tbody></table>",
    "<table><tr><td title='say \"hi\"'><img src='a.png' alt='a &amp; b'><hr/><input disabled></td></tr></table>",
    "<table><tr><td><script>if (a < b && c) {}</script><a href=\"?a=1&b=2\">&amp;amp;</a></td></tr></table>",
    "<table border=\"1\">\n  <tr>\n    <td>a</td> \t <td> b <!--  --></td>\n  </tr>\n</table>",
]

CHINESE = [
    "",
    " ",
    "\u4eca\u5929\u5929\u6c14\u771f\u597d\uff01Hello 123, \u043f\u0440\u0438\u0432\u0435\u0442 \U0001f600\u2026",
    "\u4f60\u597d\u3002\u4e16\u754c\u3001\u300a\u4e66\u300b\u201c\u5f15\u53f7\u201d\u00b7\u2022&\uff06(\u62ec\u53f7)\uff08\u5168\u89d2\uff09+\uff1a\uff1f!",
    "a-b/c*d%e\u2014f_g\\h[i]j\n\tk",
    "\u9fa5\u9fa6\u3400\U00020000 \u3042\u30ab\ud55c",
    "\uff21\uff11 \u00bd\u2167",
]

CONVERTED = [
    "",
    "plain English 123 \U0001f600",
    "\u8f6f\u4ef6\u548c\u7f51\u7edc\uff0c\u9f20\u6807\u4e0e\u786c\u76d8\u3002\u5934\u53d1\u53d1\u5c55\uff0c\u5e72\u6d3b\u5e72\u71e5\uff0c\u540e\u6765\u7687\u540e\u3002",
    "\u8edf\u9ad4\u548c\u7db2\u8def\uff0c\u6ed1\u9f20\u8207\u786c\u789f\u3002\u982d\u9aee\u767c\u5c55\uff0c\u4e7e\u71e5\u5e79\u6d3b\uff0c\u5f8c\u4f86\u7687\u540e\u3002",
    "\u88e1\u9762\u88cf\u9762\u91cc\u9762\uff0c\u53f0\u7063\u81fa\u7063\u53f0\u6e7e\uff0c\u7232\u4ec0\u9ebc\u70ba\u4ec0\u9ebc\u4e3a\u4ec0\u4e48",
    "\u570b\u5b78\u9ad4\u6c23\u5ee3\u6fa4\u908a\u9f8d\uff0c\u56fd\u5b66\u4f53\u6c17\u5e83\u6ca2\u8fba\u7adc\u3002",
    "\u51fa\u79df\u8f66\u53f8\u673a\u5728\u610f\u5927\u5229\u5403\u65b9\u4fbf\u9762\uff0c\u6253\u5370\u6587\u4ef6\u3002",
    "\u6df7\u5408 mixed \u7e41\u9ad4\u7b80\u4f53 text\n\u4e0b\u4e00\u884c\u3002",
    "\u8a08\u7a0b\u8eca\u53f8\u6a5f\u5728\u7fa9\u5927\u5229\u5403\u901f\u98df\u9eb5\uff0c\u5217\u5370\u6a94\u6848\u3002",
]

PUNCTUATION = [
    "",
    "\u3000",
    "\uff0c\u3002\u3001\u201e\u201d\u201c\u00ab\u00bb\uff11\u300d\u300c\u300a\u300b\u00b4\u2236\uff1a\uff1f\uff01\uff08\uff09\uff1b\u2013\u2014\uff0e\uff5e\u2019\u2026\u2501\u3008\u3009\u3010\u3011\uff05\u25ba",
    "plain, text. \u2018kept\u2019 \u2014 \uff12\uff13 \u2015 \u300e\u300f \U0001f600\u2026",
    "\u4f60\u597d\uff0c\u4e16\u754c\uff01\u201c\u5f15\u53f7\u201d\u2026\u2026",
]

WORDS = [
    "",
    " ",
    "\n\t \n",
    "a bb ccc dddd eeeee",
    "This is a (loooooooong!!!) word... http://www.example.com/path and www.x.y, (href='z')",
    "two  spaces\tand\t\ttabs\n\n\nlines \r\n end",
    "\u4f60\u597d\u4e16\u754c \U0001f600\U0001f600\U0001f600\U0001f600 \u00e9\u00e8\u00ea\u00eb\u0301 ***stars*** --- \u2014\u2014",
    "name@example.com //comment .com href hre f HTTP Http",
    "\u00a0a\u00a0 \u3000b",
]

SENTENCES = [
    "",
    " ",
    "Hello. World. Hello. World! hello.",
    "\u4eca\u5929\u5929\u6c14\u771f\u597d\u3002\u4eca\u5929\u5929\u6c14\u771f\u597d\u3002\u4f60\u597d\uff01\u4f60\u597d\uff1f\u201c\u4f60\u597d\u3002\u201d\u201c\u4f60\u597d\u3002\u201d",
    "A. A. B! B? C...... D\u2026\u2026 E\u2026\u2026 D\u2026\u2026",
    "Line one. Line two.\nLine one. Line three.\n\nLine two.\n",
    "Same! Same? Same. SAME. sAmE; same",
    "\u2019Quote.\u2019 \u201dQuote.\u201d 'Q.' 'Q.'",
    "3.14 and 3.14 and a.b a.b",
    "\U0001f600.\U0001f600.\U0001f600. \u00e9t\u00e9. \u00e9t\u00e9. t. t.",
    "......\u2019a......\u201db{6}\u2019c}\u201dd",
    "\tTab. \tTab. Tab.\r Tab.\r",
    "\u0130stanbul. i\u0307stanbul. STRASSE. Stra\u00dfe.",
]

CHUNKED = [
    "Today is a great day. It was sunny.\n\nA second paragraph, short.\n\n\n\nA third one.",
    "abcdefghijklmnopqrstuvwxyz",
    "\u4f60\u597d\uff0c\u4e16\u754c\u3002\n\n\u4eca\u5929\u5929\u6c14\u771f\u597d\uff01\U0001f600\U0001f601\U0001f602\U0001f603",
    "one two three four five six seven eight nine ten",
    "\n\nstarts\n\n \n\nends\n\n",
    "x",
]


def misread(text, *encodings):
    import ftfy.bad_codecs  # noqa: F401

    for encoding in encodings:
        text = text.encode("utf-8").decode(encoding, "replace")
    return text


def broken():
    texts = ["sch\u00f6n \u2013 na\u00efve \u201ccaf\u00e9\u201d\u2026", "\u041f\u0440\u0438\u0432\u0435\u0442", "\u4f60\u597d\uff0c\u4e16\u754c", "\U0001f600 ok"]
    for encoding in (
        "latin-1 windows-1252 sloppy-windows-1252 sloppy-windows-1251 sloppy-windows-1250 sloppy-windows-1253 "
        "sloppy-windows-1254 sloppy-windows-1257 iso-8859-2 macroman cp437"
    ).split():
        yield from (misread(text, encoding) for text in texts)
    yield misread(texts[0], "sloppy-windows-1252", "latin-1")
    yield misread(texts[0], "sloppy-windows-1252", "sloppy-windows-1252", "sloppy-windows-1252")
    yield misread(texts[1], "latin-1", "macroman")
    yield misread("voil\u00e0 le travail, \u00e0 la mode", "latin-1").replace("\u00a0", " ")
    yield f"half {misread(texts[0], 'latin-1')} and \u4e2d\u6587, {texts[1]}"
    yield from [
        "",
        " ",
        "plain, text",
        "\u00ed\u00a0\u00bd\u00ed\u00b8\u0081 CESU, \u00c0\u0080 Java",
        "\u00e2\u20ac\u0153 like this \u00e2\u20ac\ufffd",
        "&lt;p&gt; &amp;amp; &eacute; &NTILDE; &nTILDE; &notit; &semi; &#233; &#xE9; &#128; &#0; &#xD800; &#59; &nosuch;",
        "P&EACUTE;REZ BUNDESSTRA&SZLIG;E &HilbertSpace; &#12a; &#7;x &#xFDD0;y &AMP; &AMP &#x1F600; &FRAC12; &GTCC;",
        "a < b &amp; c",
        "&amp; before\n<b> &amp; here\n&amp; after",
        "\x1b[36;44mblue\x1b[0m \x1b[2K",
        "\ufeffbom\x00\x07\x7f\u206a\ufffc\ufff9 \u200d\u200f\U000e0041",
        "\ufb02u\ufb03e\ufb06 \u0132\u0149\u01c4\u01c5\u01f1 \u00e6",
        "\uff2c\uff2f\uff35\uff24\u3000\uff2e\uff4f \uff35\uff80\uff70\uff9d \uffe5",
        "\u201ccurly\u201d \u2018single\u2019 \u201elow\u201f \u02bc \u00abkept\u00bb",
        "a\r\nb\rc\u2028d\u2029e\u0085f\n",
        "e\u0301 \u212b \u2460 \u00b2 \u00bd \ufb01 \u1e9b\u0323",
        "(\u256f\u00b0\u25a1\u00b0)\u256f\ufe35 \u253b\u2501\u253b \u00af\\_(\u30c4)_/\u00af",
        "legal \u00a7 5, 10\u00b0C \u00b12 \u00b5m, \u00bfqu\u00e9?, IL Y MARQU\u00c9\u2026, \u00c5 \u00c4 \u00d6, \u20ac5\u2122",
        "\u0091quoted\u0092 \u0085 \u0080",
    ]


def replacing(op, texts, pattern):
    return [
        case(op, texts),
        case(op, texts, repl="<X>"),
        case(op, texts[:6], pattern=pattern, repl=r"[\1]"),
        case(op, texts[:6], pattern=f"r'{pattern}'", repl="\\n$&"),
    ]


CASES = [
    case("fix_unicode_mapper", list(broken())),
    *(case("fix_unicode_mapper", list(broken())[-8:], normalization=form) for form in ("NFD", "nfkc", "NFKD", "")),
    case("clean_copyright_mapper", CODE),
    *replacing("clean_email_mapper", EMAILS, r"(\w+)@"),
    *replacing("clean_ip_mapper", IPS, r"(\d+)\.(?=\d)"),
    *replacing("clean_links_mapper", LINKS, r"(https?)://\S+"),
    case("clean_html_mapper", HTML),
    case("expand_macro_mapper", LATEX),
    case("extract_tables_from_html_mapper", HTML_TABLES),
    case("extract_tables_from_html_mapper", HTML_TABLES, include_header=False, tables_field_name="found"),
    case("extract_tables_from_html_mapper", MARKED_TABLES, retain_html_tags=True),
    case("punctuation_normalization_mapper", PUNCTUATION),
    case("remove_bibliography_mapper", REFERENCES),
    case("remove_comments_mapper", COMMENTED),
    case("remove_comments_mapper", COMMENTED, inline=False, doc_type=["tex"]),
    case("remove_comments_mapper", COMMENTED, multiline=False),
    case("remove_header_mapper", HEADED),
    case("remove_header_mapper", HEADED, drop_no_head=False),
    case("remove_long_words_mapper", WORDS),
    case("remove_long_words_mapper", WORDS, min_len=3, max_len=5),
    case("remove_long_words_mapper", WORDS, max_len=10),
    case("remove_non_chinese_character_mapper", CHINESE),
    case("remove_non_chinese_character_mapper", CHINESE, keep_alphabet=False),
    case("remove_non_chinese_character_mapper", CHINESE, keep_number=False),
    case("remove_non_chinese_character_mapper", CHINESE, keep_punc=False, keep_number=False, keep_alphabet=False),
    case("remove_repeat_sentences_mapper", SENTENCES),
    case("remove_repeat_sentences_mapper", SENTENCES, lowercase=True, ignore_special_character=False),
    case("remove_repeat_sentences_mapper", SENTENCES, min_repeat_sentence_length=6),
    case("remove_specific_chars_mapper", ["", "\u25c6 a \u25cfb\u25a0\u2661 c\u25a1", "\u2764\ufe0f\u2661\U0001f600"]),
    case("remove_specific_chars_mapper", ["a-z]^\\b", "", "aAbB\U0001f600"], chars_to_remove="]^-\\a\U0001f600"),
    case("remove_specific_chars_mapper", ["a-z]^\\b", "[xy]m"], chars_to_remove=["a-z", "[", "\\"]),
    case("remove_specific_chars_mapper", ["a-z]^\\b", "[xy]m"], chars_to_remove=""),
    case("remove_table_text_mapper", TABLES),
    case("remove_table_text_mapper", TABLES, min_col=3, max_col=5),
    case("remove_words_with_incorrect_substrings_mapper", WORDS),
    case("remove_words_with_incorrect_substrings_mapper", WORDS, substrings=["oo", "\u597d", "\U0001f600"], lang="zh"),
    case("replace_content_mapper", ["a1b22", "", "\u4f60\u597d 3"], pattern=r"\d+", repl="#"),
    case("replace_content_mapper", ["a1b22", "", "x\ny"], pattern=["[a-z]", "r'.+'"], repl=["<>", r"{\g<0>}"]),
    case("replace_content_mapper", ["a1b22", "", "x"], pattern=[r"x*", "b"], repl="-"),
    case("replace_content_mapper", ["a1b22", "\u25cf\u25a0 x"]),
    case("replace_content_mapper", ["a1b22 $1 $&", "x"], pattern=r"(?P<n>\d)(?P=n)|(x)", repl=r"$1$&\g<n>\2\\"),
    case("text_chunk_mapper", CHUNKED),
    case("text_chunk_mapper", CHUNKED, max_len=20),
    case("text_chunk_mapper", CHUNKED, max_len=20, split_pattern=None),
    case("text_chunk_mapper", CHUNKED, max_len=20, overlap_len=7, split_pattern=None),
    case("text_chunk_mapper", CHUNKED, max_len=20, overlap_len=7, split_pattern=r"\s"),
    case("text_chunk_mapper", CHUNKED, split_pattern=r"(\.)\s+|,"),
    case("text_chunk_mapper", CHUNKED, max_len=5, split_pattern="", overlap_len=1),
    *(
        case("chinese_convert_mapper", CONVERTED, mode=mode)
        for mode in "s2t t2s s2tw tw2s s2hk hk2s s2twp tw2sp t2tw tw2t hk2t t2hk t2jp jp2t".split()
    ),
]
