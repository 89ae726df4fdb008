#!/bin/sh
# Prints the folder that holds NVIDIA's number-format headers; nothing where there is none.
# An explicit folder (the option nvidia_headers) is the only one looked at.
if [ -n "$1" ]; then
  [ -f "$1/cuda_fp8.h" ] && printf '%s' "$1"
  exit 0
fi
nvcc=$(command -v nvcc 2>/dev/null) && nvcc=$(dirname "$nvcc")/../include
linked=$(command -v nvcc 2>/dev/null) && linked=$(dirname "$(readlink -f "$linked")")/../include
for folder in "${CUDA_HOME:+$CUDA_HOME/include}" "${CUDA_PATH:+$CUDA_PATH/include}" "$nvcc" "$linked" \
  /usr/local/cuda/include /usr/include; do
  if [ -n "$folder" ] && [ -f "$folder/cuda_fp8.h" ] && [ -f "$folder/cuda_fp6.h" ] && [ -f "$folder/cuda_fp4.h" ]; then
    printf '%s' "$folder"
    exit 0
  fi
done
