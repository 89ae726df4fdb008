"""Every variant that results can name has a sentence in the report. Reads the sources of both, since reports may not
link the reference.

usage: test_meanings.py MEANINGS_C MEANINGS_ARRAYS_C VARIANT_C...
"""
import re
import sys

# A row of a table of variants: ROW("name", {"name", "summary", or a macro's V(symbol, "name",
ROW = r'^\s*(?:ROW\(|\{|[A-Z]\(\w+,\s*)"([a-z0-9-]+)",'
variants = []
for path in sys.argv[3:]:
    with open(path, encoding="utf-8") as source:
        found = re.findall(ROW, source.read(), re.M)
    assert len(found) > 3, f"the table of variants was not found in {path}"
    variants += found
known = []
for path in sys.argv[1:3]:
    with open(path, encoding="utf-8") as source:
        known += re.findall(r'\{"([a-z0-9-]+)"', source.read())
ROUNDINGS = ("exact", "rne", "rna", "rtz", "ru", "rd", "rto", "rhu")  # words of vectors/rounding.h, which has sentences
missing = [v for v in variants if v not in known and v not in ROUNDINGS and not v.startswith("overflow-")
           and not any((k.endswith("-") or k in ("r-top", "r-low")) and v.startswith(k) for k in known)]
assert not missing, f"reports/meanings.c and meanings_arrays.c have no sentence for {missing}"
assert len(known) == len(set(known)), "a word has two sentences"
