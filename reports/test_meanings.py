"""Every variant that results can name has a sentence in the report. Reads both sources, since reports may not link the
reference.

usage: test_meanings.py REFERENCE_VARIANT_C MEANINGS_C
"""
import re
import sys

with open(sys.argv[1], encoding="utf-8") as source:
    variants = re.findall(r'^\s*(?:ROW\(|\{)"([a-z0-9-]+)"', source.read(), re.M)
with open(sys.argv[2], encoding="utf-8") as source:
    known = re.findall(r'\{"([a-z0-9-]+)"', source.read())
ROUNDINGS = ("exact", "rne", "rna", "rtz", "ru", "rd", "rto", "rhu")  # words of vectors/rounding.h, which has sentences
missing = [v for v in variants if v not in known and v not in ROUNDINGS and not v.startswith("overflow-")
           and not any(k.endswith("-") and v.startswith(k) for k in known)]
assert len(variants) > 20, "the table of variants was not found"
assert not missing, f"reports/meanings.c has no sentence for {missing}"
