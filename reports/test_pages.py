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
        self.open, self.ids, self.links, self.fors = [], [], [], []
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
    if kind == "broken":
        assert "this one leaves out" in words
    return len(text.encode())


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for kind, count in (("plain", 0), ("plain", 1), ("plain", 700), ("hostile", 700), ("broken", 700), ("broken", 60)):
            subprocess.run([sys.argv[1], folder, str(count), kind], check=True)
            if count == 700 or kind == "broken":
                size = check_html(folder / "report.html", kind, count)
                print(f"{kind:8} {count:4} verdicts: {size} bytes of HTML")
            cases = xml.dom.minidom.parse(str(folder / "junit.xml")).getElementsByTagName("testcase")
            assert len(cases) == count
            sarif = json.loads((folder / "report.sarif").read_text(encoding="utf-8"))
            assert sarif["version"] == "2.1.0" and len(sarif["runs"]) == 1
            assert len(json.loads((folder / "results.json").read_text(encoding="utf-8"))["verdicts"]) == count
            assert (folder / "summary.md").stat().st_size < 60000


main()
