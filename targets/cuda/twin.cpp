/* A family as its twin: the same source, compiled for the host. TB_CUDA_FAMILY comes from meson.build. */
#include TB_CUDA_FAMILY
