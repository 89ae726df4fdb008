/* Plug-ins: shared objects with the one symbol of targets/target.h.
 *
 * Foreign code runs in children only, its constructors included: the parent asks through tb_plugin_list, and
 * each job loads the object again in its own child with tb_plugin_load. */
#ifndef TB_PLUGIN_H
#define TB_PLUGIN_H

#include "targets/target.h"
#include "vectors/error.h"

#define TB_TARGET_NAME 96

struct tb_target_info {
    char name[TB_TARGET_NAME];
    char summary[256];
    char unavailable[256]; /* "" where this machine can run it */
    /* struct tb_provenance; "" where nothing is told */
    char device[256], driver[128], compiler[256], flags[1024];
};
/* The provenance of an available target, as text. */
void tb_target_describe(const struct tb_target *t, struct tb_target_info *info);

/* Whether a target name is one: "family/name" of [a-z0-9._/+-], no empty part, fits TB_TARGET_NAME. */
bool tb_target_name_valid(const char *name);

/* In the parent: loads the object in a child and lists its targets, in its order; free() the array. Refused
 * by name: no such file, no tiebreak_targets, another ABI version, an empty list, a name that is not valid or
 * comes twice (TB_EXIT_USAGE); a crash, a hang or exit() while loading (TB_EXIT_TARGET). */
bool tb_plugin_list(const char *path, struct tb_target_info **targets, size_t *count, struct tb_error *error);

/* The same, and asks each target for each request: offered[t * request_count + r] is 1 where target t offers
 * request r. Targets that are not available here are asked only with `unavailable_too`: of a plug-in whose
 * open() needs nothing that may be missing. free() both arrays. */
bool tb_plugin_offers(const char *path, const struct tb_request *requests, size_t request_count,
                      bool unavailable_too, struct tb_target_info **targets, size_t *count,
                      unsigned char **offered, struct tb_error *error);

/* In a child: loads the object and finds one target. NULL and *error otherwise. It is never unloaded. */
const struct tb_target *tb_plugin_load(const char *path, const char *name, struct tb_error *error);

#endif
