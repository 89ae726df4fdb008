#!/bin/sh
# Configuring without nvcc, and with one that is broken: it succeeds, one line says what is left out, and all else is built as before.
# $1: the source folder
source=$1
command -v meson >/dev/null 2>&1 || exit 77
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
failed=0

# Whatever nvcc the machine has, the folder in front of the PATH hides it.
mkdir "$work/exits" "$work/lies" "$work/none"
printf '#!/bin/sh\nexit 1\n' >"$work/exits/nvcc"
cat >"$work/lies/nvcc" <<'END'
#!/bin/sh
case "$*" in
*--version*)
  echo 'nvcc: NVIDIA (R) Cuda compiler driver'
  echo 'Cuda compilation tools, release 13.0, V13.0.88'
  exit 0 ;;
esac
echo 'nvcc fatal: something is missing' >&2
exit 1
END
chmod +x "$work/exits/nvcc" "$work/lies/nvcc"

# A PATH without any nvcc: the folders that hold one give way to links to everything else in them.
path=
old=$IFS
IFS=:
for folder in $PATH; do
  if [ -x "$folder/nvcc" ]; then
    shadow=$work/none/$(printf '%s' "$folder" | tr / _)
    mkdir -p "$shadow"
    for program in "$folder"/*; do
      [ "${program##*/}" = nvcc ] || ln -sf "$program" "$shadow/"
    done
    folder=$shadow
  fi
  path=$path${path:+:}$folder
done
IFS=$old

try() { # name, what the log must say of nvcc, how often
  build=$work/build-$1
  if ! meson setup "$build" "$source" -Dtests=disabled >"$work/log" 2>&1; then
    echo "$1: meson setup failed"
    tail -n 5 "$work/log"
    failed=1
    return
  fi
  said=$(grep -c 'the CUDA targets are left out' "$work/log")
  [ "$said" = "$2" ] || { echo "$1: the warning came $said times, expected $2"; failed=1; }
  if grep -q 'tiebreak_cuda' "$build/build.ninja"; then
    echo "$1: the plug-in is still to be built"
    failed=1
  fi
  grep -q '^build harness/tiebreak:' "$build/build.ninja" || { echo "$1: the program is not built"; failed=1; }
  [ "$failed" = 1 ] || echo "$1: $(grep -E 'left out|CUDA +:' "$work/log" | sed 's/^ *//' | tr '\n' ';')"
}

PATH=$work/exits:$path NVCC='' try exits 1
PATH=$work/lies:$path NVCC='' try lies 1
PATH=$path NVCC='' try none 0
exit $failed
