#!/bin/sh
# Which rooms a room may include; exit 1 and a line for each include that goes through a wall.
# Tests, and the helper that they share, may use the reference.
cd "$1" || exit 2

# room, and the rooms that it may include
walls='
vectors    vectors
reference  vectors reference
targets    vectors targets
reports    vectors reports
'
found=0
check() { # room, allowed rooms as a pattern
  files=$(find "$1" -name '*.[ch]' -o -name '*.cpp' -o -name '*.cu' -o -name '*.inc' | grep -v -e '/test_' -e '/check_kernel\.')
  # shellcheck disable=SC2086 # no name holds a blank
  bad=$(grep -nE '#[ ]*include[ ]+"(vectors|reference|targets|harness|reports)/|#[ ]*include[ ]+<(mpfr|gmp)\.h>' $files /dev/null |
    grep -vE "\"($2)/")
  [ "$1" != reference ] || bad=$(printf '%s' "$bad" | grep -vE '<(mpfr|gmp)\.h>')
  if [ -n "$bad" ]; then
    printf '%s may include %s only:\n%s\n' "$1" "$2" "$bad"
    found=1
  fi
}
while read -r room allowed; do
  [ -z "$room" ] || check "$room" "$(printf '%s' "$allowed" | tr ' ' '|')"
done <<END
$walls
END
exit "$found"
