"""Every variant that results can name has a sentence in the report. Reads both sources, since reports may not link the
reference.

usage: test_meanings.py MEANINGS_C VARIANT_C...
"""
import re
import sys

variants = []
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as source:
        found = re.findall(r'^\s*(?:ROW\(|\{)"([a-z0-9-]+)"', source.read(), re.M)
    assert len(found) > 20, f"the table of variants was not found in {path}"
    variants += found
with open(sys.argv[1], encoding="utf-8") as source:
    known = re.findall(r'\{"([a-z0-9-]+)"', source.read())
ROUNDINGS = ("exact", "rne", "rna", "rtz", "ru", "rd", "rto", "rhu")  # words of vectors/rounding.h, which has sentences
missing = [v for v in variants if v not in known and v not in ROUNDINGS and not v.startswith("overflow-")
           and not any((k.endswith("-") or k in ("r-top", "r-low")) and v.startswith(k) for k in known)]
assert not missing, f"reports/meanings.c has no sentence for {missing}"
