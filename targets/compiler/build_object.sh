#!/bin/sh
# build_object.sh COMPILER ROOT OUTPUT TYPE KERNELS FLAGS...: one object with narrow_type.c and the runtime functions that it calls.
# Ends with 1 and one line on the standard error, the reason, where that cannot be done.
#
# The runtime is the compiler's own and is hidden inside the object, because the helpers share names but not conventions: clang 14
# returns the half of __truncdfhf2 in an integer register, libgcc in a vector register; linked to the other's, results are junk.
export LC_ALL=C
compiler=$1 root=$2 output=$3 type=$4 kernels=$5
shift 5
trap 'rm -f "$output.part" "$output.whole" "$output.log"' EXIT

fail() {
  rm -f "$output"
  echo "$1" >&2
  exit 1
}
# First error of the log, without its place; else what is given.
first_error() {
  text=$(sed -n 's/^.*error: //p' "$output.log" | head -n 1)
  echo "${text:-$1}"
}

case $("$compiler" --version) in
  *clang*) runtime=$("$compiler" --rtlib=compiler-rt -print-libgcc-file-name) ;;
  *) runtime=$("$compiler" -print-libgcc-file-name) ;;
esac
[ -f "$runtime" ] || runtime=
"$compiler" -std=c17 -O2 -Wall -Wextra -Werror -fPIC -ffp-contract=off -fno-fast-math -I"$root" -DTYPE="$type" \
  -DKERNELS="$kernels" "$@" -c "$root/targets/compiler/narrow_type.c" -o "$output.part" 2>"$output.log" ||
  fail "$(first_error 'it could not be compiled')"
# shellcheck disable=SC2086 # no runtime: no argument
ld -r -o "$output.whole" "$output.part" $runtime 2>"$output.log" || fail "$(first_error 'it could not be linked')"
objcopy --keep-global-symbol="$kernels" "$output.whole" "$output" || fail 'there is no objcopy'
missing=$(nm -u "$output" | sed -n 's/^ *U \(__[a-z0-9_]*\)$/\1/p' | head -n 1)
[ -z "$missing" ] || fail "its runtime library lacks $missing"
