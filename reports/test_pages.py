"""What each rendering must be, asked of the files: well-formed, no dangling link, nothing that a policy forbids.

usage: test_pages.py WRITE_FIXTURE
"""
import base64
import hashlib
import html.parser
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse
import xml.dom.minidom

VOID = {"meta", "br", "wbr", "input", "hr", "link", "img"}


class Page(html.parser.HTMLParser):
    """Checks balance and collects ids, links and what the content security policy speaks of."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.fors, self.classes = [], [], [], [], []
        self.bare = False
        self.policy, self.blocks, self.text = None, {"style": [], "script": []}, []

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"line {self.getpos()}: an attribute twice"
        attrs = dict(attrs)
        assert "style" not in attrs, f"{self.getpos()}: a style attribute, which the policy forbids"
        assert not [n for n in names if n.startswith("on")], f"{self.getpos()}: an event attribute"
        assert "src" not in attrs, f"{self.getpos()}: something is fetched"
        if attrs.get("http-equiv") == "Content-Security-Policy":
            self.policy = attrs["content"]
        if "id" in attrs:
            self.ids.append(attrs["id"])
        if "href" in attrs:
            assert attrs["href"].startswith("#"), f"{self.getpos()}: a link out of the page: {attrs['href']}"
            self.links.append(urllib.parse.unquote(attrs["href"][1:]))
        if "for" in attrs:
            self.fors.append(attrs["for"])
        self.classes += (attrs.get("class") or "").split()[:1]
        if tag == "table":  # in a fold, the summary names the table
            self.bare = not any(fold in self.classes[-3:] for fold in ("data",))
        elif tag in ("caption", "thead", "tbody"):
            assert tag == "caption" or not self.bare, f"{self.getpos()}: a table without a caption"
            self.bare = False
        if tag == "th":
            assert "scope" in attrs, f"{self.getpos()}: a header cell without scope"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"{self.getpos()}: </{tag}> closes <{self.open[-1:]}>"
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] in self.blocks:
            self.blocks[self.open[-1]].append(data)
        else:
            self.text.append(data)


def check_note(text, page, path, tight):
    """What the page says that it shows and leaves out is what it does."""
    verdicts = json.loads((path.parent / "results.json").read_text(encoding="utf-8"))["verdicts"]
    rows = [int(n) for n in re.findall(r"more of class <code>[a-z-]+</code>: (\d+) of", text)]
    shown = page.classes.count("card") - len(rows) + sum(rows)
    kept = sum(len(c["examples"]) for v in verdicts for c in v["classes"])
    assert f"{shown:,} of the {kept:,} recorded examples stand here" in text
    note = re.search(r'<p class="note" role="note">(.*?)</p>', text, re.S)
    assert bool(note) == tight, "a note where all is shown, or none where it is not"
    if note:
        said = note.group(1)
        sections = page.classes.count("case")
        speaking = sum(v["status"] in ("diverges", "crashed", "as-claimed") or v["diverging"] > 0 for v in verdicts)
        assert f": {shown:,} of the {kept:,} examples that were recorded" in said, said
        assert sections == speaking or f"sections for {sections:,} of these {speaking:,} checks" in said, said
        drawn = text.count("One input, closely")
        assert drawn == speaking or f"plots and bits of {drawn:,} of the {speaking:,} checks" in said, (drawn, said)
    # Every section says how to see its first example again, however little room there is.
    sections = re.findall(r'<details class="case.*?</div></details>', text, re.S)
    assert all("tiebreak explain " in s or "tiebreak run " in s for s in sections if 'class="card"' in s or "<h3>✕" in s)


def luminance(color):
    color = color.lstrip("#")
    color = "".join(c * 2 for c in color) if len(color) == 3 else color
    parts = [int(color[i:i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def check_style(style):
    """Text can be read in both schemes, and a print leaves out what only a screen can use."""
    schemes = [dict(re.findall(r"--([a-z-]+):(#[0-9a-f]+)", block)) for block in re.findall(r":root\{([^}]*)\}", style)]
    assert len(schemes) == 2
    for scheme in schemes:
        for text in ("fg", "mut", "ok", "claim", "bad", "warn", "crash"):
            for ground in ("bg", "card", "tint") + (("bad-bg",) if text == "bad" else ()) + (("crash-bg",) if text == "crash" else ()):
                a, b = sorted((luminance(scheme[text]), luminance(scheme[ground])))
                assert (b + 0.05) / (a + 0.05) >= 4.5, f"{text} on {ground}: {(b + 0.05) / (a + 0.05):.2f}"
    assert not re.search(r"opacity:(?!0[;}])", style), "text that is faded is not measured"
    hidden = re.search(r"@media print\{.*?([^{}]*)\{display:none\}", style, re.S).group(1).split(",")
    assert {"nav", ".self", "pre button", ".filter"} <= set(hidden), hidden


def check_html(path, kind, count):
    text = path.read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    page.close()
    assert not page.open, page.open
    assert len(page.ids) == len(set(page.ids)), [i for i in page.ids if page.ids.count(i) > 1][:3]
    for link in page.links + page.fors:
        assert link in page.ids, f"a link to nowhere: {link}"
    assert "default-src 'none'" in page.policy
    check_style(page.blocks["style"][0])
    for tag, blocks in page.blocks.items():
        assert len(blocks) == 1, f"{len(blocks)} blocks of {tag}"
        digest = base64.b64encode(hashlib.sha256(blocks[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in page.policy, f"the policy does not allow the {tag}"
    assert not re.search(r"https?://", re.sub(r"<script>.*?</script>", "", text, flags=re.S))
    words = " ".join(page.text)
    for must in ("Is it safe to use?", "What explains the differences", "What was not tested", "not offered"):
        assert must in words, must
    if kind == "plain":  # the answers that a reader looks for
        for must in ("not safe:", "via-fp16", "1,032,192", "tiebreak explain convert/fp32/e4m3fn/rne/satfinite 0x",
                     "Policy, not a bug.", "this machine is x86_64", "SIGILL", "explains all, nothing left over"):
            assert must in words, must
        if count >= 700:
            for must in ("Quantizers: which arithmetic explains which target", "x / s + z = 3.49999",
                         "scale 0.00214855 (0x1.199d54p-9), zero point 0, codes -128 to 127", "mask fp16 → uint1",
                         "multiplies by the fp32 reciprocal", "tiebreak explain quantize/fp16/uint8/rne/s=0x1p-16,z=133 0x"):
                assert must in words, must
        assert re.search(r"tiebreak explain \S+ 0x\S+ --target mylib --plugin mylib.so", words)  # it finds the target
    check_note(text, page, path, kind == "broken" and count >= 700)
    return len(text.encode())


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for kind, count in (("plain", 0), ("plain", 1), ("plain", 700), ("hostile", 700), ("broken", 700), ("broken", 60), ("changed", 700)):
            subprocess.run([sys.argv[1], folder, str(count), kind], check=True)
            if count >= 60:
                size = check_html(folder / "report.html", kind, count)
                print(f"{kind:8} {count:4} verdicts: {size} bytes of HTML")
            cases = xml.dom.minidom.parse(str(folder / "junit.xml")).getElementsByTagName("testcase")
            gone = 1 if kind in ("hostile", "changed") else 0
            assert len(cases) == count + gone
            sarif = json.loads((folder / "report.sarif").read_text(encoding="utf-8"))
            assert sarif["version"] == "2.1.0" and len(sarif["runs"]) == 1
            assert len(json.loads((folder / "results.json").read_text(encoding="utf-8"))["verdicts"]) == count
            assert (folder / "summary.md").stat().st_size < 60000


main()
