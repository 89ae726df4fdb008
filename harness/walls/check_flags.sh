#!/bin/sh
# Every translation unit is compiled with -ffp-contract=off, and none with flags that change arithmetic or bind to this CPU.
# $1: the build folder's compile_commands.json
commands=$(grep '"command":' "$1" | grep -vE 'nvcc')
[ -n "$commands" ] || { echo "no commands in $1"; exit 2; }
bad=$(printf '%s\n' "$commands" | grep -vE -e '-ffp-contract=off')
worse=$(printf '%s\n' "$commands" | grep -E -e '-Ofast|-ffast-math|-funsafe-math|-fassociative-math|-march=native|-mtune=native')
printf '%s\n' "$bad" "$worse" | grep . | grep -oE '[^ ]+\.(c|cpp|cu)"?,?$' | sed 's/^/wrong flags for /'
[ -z "$bad$worse" ] && printf '%s translation units, all with -ffp-contract=off\n' "$(printf '%s\n' "$commands" | wc -l)"
