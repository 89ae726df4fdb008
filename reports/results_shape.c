#include "reports/results_shape.h"

#define SHAPE(type, members, bare)                                                                           \
    { sizeof(struct type), bare, sizeof members / sizeof *members, members }
#define AT(type, member)    offsetof(struct type, member)
#define HOLDS(type, member) sizeof(((struct type *)0)->member)

/* clang-format off */
static const char *const coverage_names[] = {"sampled", "exhaustive"}; /* by the member `exhaustive` */

static const struct tb_member example_members[] = {
    {.name = "input",    .kind = TB_M_PATTERN, .at = AT(tb_example, input)},
    {.name = "expected", .kind = TB_M_PATTERN, .at = AT(tb_example, expected)},
    {.name = "got",      .kind = TB_M_PATTERN, .at = AT(tb_example, got)},
};
static const struct tb_shape example_shape = SHAPE(tb_example, example_members, false);

static const struct tb_member class_members[] = {
    {.name = "class",        .kind = TB_M_WORD,   .at = AT(tb_class_count, class), .size = TB_DIVERGENCES, .words = tb_divergence_names},
    {.name = "inputs",       .kind = TB_M_COUNT,  .at = AT(tb_class_count, inputs)},
    {.name = "max_ulp",      .kind = TB_M_REAL,   .at = AT(tb_class_count, max_ulp)},
    {.name = "max_distance", .kind = TB_M_SIGNED, .at = AT(tb_class_count, max_distance)},
    {.name = "examples",     .kind = TB_M_INLINE, .at = AT(tb_class_count, examples), .size = TB_EXAMPLES,
     .count_at = AT(tb_class_count, example_count), .element = &example_shape},
};
static const struct tb_shape class_shape = SHAPE(tb_class_count, class_members, false);

static const struct tb_member explanation_members[] = {
    {.name = "variant",     .kind = TB_M_STRING, .at = AT(tb_explanation, variant), .size = HOLDS(tb_explanation, variant)},
    {.name = "unexplained", .kind = TB_M_COUNT,  .at = AT(tb_explanation, unexplained)},
};
static const struct tb_shape explanation_shape = SHAPE(tb_explanation, explanation_members, false);

static const struct tb_member binade_members[] = {
    {.name = "exponent",  .kind = TB_M_INT,   .at = AT(tb_binade, exponent), .size = 0xffff},
    {.name = "negative",  .kind = TB_M_FLAG,  .at = AT(tb_binade, negative)},
    {.name = "inputs",    .kind = TB_M_COUNT, .at = AT(tb_binade, inputs)},
    {.name = "diverging", .kind = TB_M_COUNT, .at = AT(tb_binade, diverging)},
};
static const struct tb_shape binade_shape = SHAPE(tb_binade, binade_members, false);

static const struct tb_member stretch_members[] = {
    {.name = "first",    .kind = TB_M_PATTERN, .at = AT(tb_stretch, first)},
    {.name = "last",     .kind = TB_M_PATTERN, .at = AT(tb_stretch, last)},
    {.name = "expected", .kind = TB_M_PATTERN, .at = AT(tb_stretch, expected)},
    {.name = "got",      .kind = TB_M_PATTERN, .at = AT(tb_stretch, got)},
};
static const struct tb_shape stretch_shape = SHAPE(tb_stretch, stretch_members, true);

static const struct tb_member error_members[] = {
    {.name = "part",       .kind = TB_M_STRING,  .at = AT(tb_error_part, part), .size = HOLDS(tb_error_part, part)},
    {.name = "inputs",     .kind = TB_M_COUNT,   .at = AT(tb_error_part, inputs)},
    {.name = "median_ulp",   .kind = TB_M_REAL,    .at = AT(tb_error_part, median_ulp)},
    {.name = "max_ulp",    .kind = TB_M_REAL,    .at = AT(tb_error_part, max_ulp)},
    {.name = "max_of_sum", .kind = TB_M_REAL,    .at = AT(tb_error_part, max_of_sum)},
    {.name = "input",      .kind = TB_M_PATTERN, .at = AT(tb_error_part, input)},
};
static const struct tb_shape error_shape = SHAPE(tb_error_part, error_members, false);

static const struct tb_member verdict_members[] = {
    {.name = "target",          .kind = TB_M_STRING, .at = AT(tb_verdict, target), .size = HOLDS(tb_verdict, target)},
    {.name = "case",            .kind = TB_M_STRING, .at = AT(tb_verdict, case_id), .size = HOLDS(tb_verdict, case_id)},
    {.name = "status",          .kind = TB_M_WORD,   .at = AT(tb_verdict, status), .size = TB_STATUSES, .words = tb_status_names},
    {.name = "reason",          .kind = TB_M_STRING, .at = AT(tb_verdict, reason), .size = HOLDS(tb_verdict, reason)},
    {.name = "claim",           .kind = TB_M_STRING, .at = AT(tb_verdict, claim), .size = HOLDS(tb_verdict, claim)},
    {.name = "coverage",        .kind = TB_M_WORD,   .at = AT(tb_verdict, exhaustive), .size = 2, .words = coverage_names},
    {.name = "inputs",          .kind = TB_M_COUNT,  .at = AT(tb_verdict, inputs)},
    {.name = "diverging",       .kind = TB_M_COUNT,  .at = AT(tb_verdict, diverging)},
    {.name = "value_diverging", .kind = TB_M_COUNT,  .at = AT(tb_verdict, value_diverging)},
    {.name = "classes",         .kind = TB_M_LIST,   .at = AT(tb_verdict, classes), .size = TB_DIVERGENCES,
     .count_at = AT(tb_verdict, class_count), .element = &class_shape},
    {.name = "explained_by",    .kind = TB_M_LIST,   .at = AT(tb_verdict, explained_by), .size = 1024,
     .count_at = AT(tb_verdict, explanation_count), .element = &explanation_shape},
    {.name = "distance",        .kind = TB_M_COUNTS, .at = AT(tb_verdict, distance), .size = TB_DISTANCE_BINS, .optional = true},
    {.name = "binades",         .kind = TB_M_LIST,   .at = AT(tb_verdict, binades), .size = 8192, .optional = true,
     .count_at = AT(tb_verdict, binade_count), .element = &binade_shape},
    {.name = "stretch_total",   .kind = TB_M_COUNT,  .at = AT(tb_verdict, stretch_total), .optional = true},
    {.name = "stretches",       .kind = TB_M_LIST,   .at = AT(tb_verdict, stretches), .size = TB_RUNS_KEPT, .optional = true,
     .count_at = AT(tb_verdict, stretch_count), .element = &stretch_shape},
    {.name = "errors",          .kind = TB_M_LIST,   .at = AT(tb_verdict, errors), .size = 8, .optional = true,
     .count_at = AT(tb_verdict, error_count), .element = &error_shape},
    {.name = "digest",          .kind = TB_M_STRING, .at = AT(tb_verdict, digest), .size = HOLDS(tb_verdict, digest)},
};
const struct tb_shape tb_verdict_shape = SHAPE(tb_verdict, verdict_members, false);

static const struct tb_member fact_members[] = {
    {.name = "name",  .kind = TB_M_TEXT, .at = AT(tb_fact, name)},
    {.name = "value", .kind = TB_M_TEXT, .at = AT(tb_fact, value)},
};
static const struct tb_shape fact_shape = SHAPE(tb_fact, fact_members, false);

static const struct tb_member change_members[] = {
    {.name = "kind",   .kind = TB_M_WORD,   .at = AT(tb_change, kind), .size = TB_CHANGES, .words = tb_change_names},
    {.name = "target", .kind = TB_M_STRING, .at = AT(tb_change, target), .size = HOLDS(tb_change, target)},
    {.name = "case",   .kind = TB_M_STRING, .at = AT(tb_change, case_id), .size = HOLDS(tb_change, case_id)},
    {.name = "text",   .kind = TB_M_STRING, .at = AT(tb_change, text), .size = HOLDS(tb_change, text)},
    {.name = "note",   .kind = TB_M_STRING, .at = AT(tb_change, note), .size = HOLDS(tb_change, note)},
};
static const struct tb_shape change_shape = SHAPE(tb_change, change_members, false);

/* `schema` and `timing` stand beside these and are handled by the reader and the writer themselves. */
static const struct tb_member results_members[] = {
    {.name = "tool",      .kind = TB_M_STRING, .at = AT(tb_results, tool), .size = HOLDS(tb_results, tool)},
    {.name = "command",   .kind = TB_M_STRING, .at = AT(tb_results, command), .size = HOLDS(tb_results, command)},
    {.name = "suite",     .kind = TB_M_STRING, .at = AT(tb_results, suite), .size = HOLDS(tb_results, suite)},
    {.name = "nan_level", .kind = TB_M_STRING, .at = AT(tb_results, nan_level), .size = HOLDS(tb_results, nan_level)},
    {.name = "baseline",  .kind = TB_M_STRING, .at = AT(tb_results, baseline), .size = HOLDS(tb_results, baseline)},
    {.name = "facts",     .kind = TB_M_LIST,   .at = AT(tb_results, facts), .size = 256,
     .count_at = AT(tb_results, fact_count), .element = &fact_shape},
    {.name = "verdicts",  .kind = TB_M_LIST,   .at = AT(tb_results, verdicts), .size = 100000,
     .count_at = AT(tb_results, verdict_count), .element = &tb_verdict_shape},
    {.name = "changes",   .kind = TB_M_LIST,   .at = AT(tb_results, changes), .size = TB_CHANGES_KEPT, .optional = true,
     .count_at = AT(tb_results, change_count), .element = &change_shape},
};
const struct tb_shape tb_results_shape = SHAPE(tb_results, results_members, false);
/* clang-format on */
