/* qparams: the words, the settings and the layout. */
#include "vectors/problem_qparams.h"

/* The methods: every range under the three common rules where that makes sense, minimum and maximum under
 * all. An index into `methods` is one into `parts`. */
/* clang-format off */
static const struct tb_word methods[] = {
    {"minmax-asymmetric",     "least and greatest value; (max - min) / (hi - lo)"},
    {"minmax-symmetric",      "greatest magnitude over (hi - lo) / 2"},
    {"minmax-absmax",         "greatest magnitude over hi"},
    {"minmax-per-side",       "the larger of min / lo and max / hi: nothing is clipped"},
    {"minmax-float-zero",     "asymmetric; the zero point is the real value of the middle code"},
    {"minmax-float-code",     "asymmetric; the zero point is a code that need not be whole"},
    {"average-asymmetric",    "moving average of minimum and maximum over batches"},
    {"average-symmetric",     "moving average of minimum and maximum over batches"},
    {"average-absmax",        "moving average of minimum and maximum over batches"},
    {"percentile-asymmetric", "two quantiles of the data, between order statistics on a line"},
    {"percentile-symmetric",  "a quantile of the magnitudes, between order statistics on a line"},
    {"percentile-absmax",     "a quantile of the magnitudes, between order statistics on a line"},
    {"histogram-asymmetric",  "bins cut off both ends while the L2 error falls"},
    {"histogram-symmetric",   "bins cut off both ends while the L2 error falls"},
    {"entropy-symmetric",     "the clip of the magnitudes' histogram with the least KL divergence"},
    {"entropy-absmax",        "the clip of the magnitudes' histogram with the least KL divergence"},
    {"mse-asymmetric",        "the shrunk range with the least sum of |error|^power"},
    {"mse-symmetric",         "the shrunk range with the least sum of |error|^power"},
    {"mse-absmax",            "the shrunk range with the least sum of |error|^power"},
};
/* clang-format on */
enum { METHODS = sizeof methods / sizeof methods[0] };

static const struct {
    enum tb_qparams_range range;
    enum tb_qparams_rule rule;
} parts[METHODS] = {
    {TB_RANGE_MINMAX,     TB_RULE_ASYMMETRIC},
    {TB_RANGE_MINMAX,     TB_RULE_SYMMETRIC },
    {TB_RANGE_MINMAX,     TB_RULE_ABSMAX    },
    {TB_RANGE_MINMAX,     TB_RULE_PER_SIDE  },
    {TB_RANGE_MINMAX,     TB_RULE_FLOAT_ZERO},
    {TB_RANGE_MINMAX,     TB_RULE_FLOAT_CODE},
    {TB_RANGE_AVERAGE,    TB_RULE_ASYMMETRIC},
    {TB_RANGE_AVERAGE,    TB_RULE_SYMMETRIC },
    {TB_RANGE_AVERAGE,    TB_RULE_ABSMAX    },
    {TB_RANGE_PERCENTILE, TB_RULE_ASYMMETRIC},
    {TB_RANGE_PERCENTILE, TB_RULE_SYMMETRIC },
    {TB_RANGE_PERCENTILE, TB_RULE_ABSMAX    },
    {TB_RANGE_HISTOGRAM,  TB_RULE_ASYMMETRIC},
    {TB_RANGE_HISTOGRAM,  TB_RULE_SYMMETRIC },
    {TB_RANGE_ENTROPY,    TB_RULE_SYMMETRIC },
    {TB_RANGE_ENTROPY,    TB_RULE_ABSMAX    },
    {TB_RANGE_MSE,        TB_RULE_ASYMMETRIC},
    {TB_RANGE_MSE,        TB_RULE_SYMMETRIC },
    {TB_RANGE_MSE,        TB_RULE_ABSMAX    },
};

enum {
    ROWS,
    COLUMNS,
    GROUP,
    AXIS,
    BATCHES,
    ZERO,
    END,
    AWAY,
    STORED,
    EPS,
    LEAST,
    EMPTY,
    NARROW,
    REDUCE,
    CONSTANT,
    PERCENTILE,
    BINS,
    START,
    POWER,
};
static const struct tb_problem_number parameters[] = {
    {"rows",    1,     1,   64,   true },
    {"n",       64,    1,   4096, true },
    {"group",   0,     0,   4096, true }, /* elements along the axis that share a scale; 0: all of x */
    {"axis",    1,     0,   1,    true }, /* 1: groups lie along a row; 0: down a column */
    {"batches", 1,     1,   8,    true },
    {"zero",    1,     0,   1,    true }, /* 1: the range is stretched to hold zero */
    {"end",     0,     0,   2,    true }, /* 0: z from the minimum; 1, 2: smaller error, plus or minus sign */
    {"away",    0,     0,   1,    true }, /* 1: the zero point's ties go away from zero */
    {"stored",  0,     0,   1,    true }, /* 1: z from the scale as stored */
    {"eps",     0,     0,   1,    false}, /* least scale */
    {"least",   0,     0,   1,    false}, /* least width or greatest magnitude */
    {"empty",   1,     -3,  1,    false}, /* scale 0 becomes this; -1, -2: range [0,1], [-1,1]; -3: NaN */
    {"narrow",  0,     0,   1,    true }, /* 1: the least code is not used */
    {"reduce",  0,     0,   1,    true }, /* 1: both ends of the codes are halved */
    {"c",       0.01,  0,   1,    false}, /* of the moving average */
    {"p",       0.999, 0.5, 1,    false}, /* of the percentile */
    {"bins",    2048,  2,   2048, true }, /* of the histogram */
    {"start",   128,   2,   2048, true }, /* bins that an entropy search keeps at least */
    {"power",   2.4,   1,   4,    false}, /* of the error in an MSE search: a whole number of fifths */
    {NULL,      0,     0,   0,    false},
};

static int64_t halved(int64_t x) {
    return (x - (x & 1 && x < 0)) / 2;
}

static void read_codes(const struct tb_problem *p, struct tb_qparams *q) {
    int bits = q->code->bits;
    q->low = q->code->is_signed ? -(INT64_C(1) << (bits - 1)) : 0;
    q->high = (INT64_C(1) << (bits - q->code->is_signed)) - 1;
    if (p->numbers[REDUCE] != 0) {
        q->low = halved(q->low);
        q->high = halved(q->high);
    }
    q->low += p->numbers[NARROW] != 0;
}

static void read_groups(const struct tb_problem *p, struct tb_qparams *q) {
    q->batches = (uint32_t)p->numbers[BATCHES];
    q->rows = (uint32_t)p->numbers[ROWS];
    q->columns = (uint32_t)p->numbers[COLUMNS];
    q->group = (uint32_t)p->numbers[GROUP];
    q->down = p->numbers[AXIS] == 0;
    q->group_size = q->group ? q->group : q->rows * q->columns;
    q->groups = q->rows * q->columns / q->group_size;
}

struct tb_qparams tb_qparams_of(const struct tb_problem *p) {
    struct tb_qparams q = {
        .range = parts[p->method].range,
        .rule = parts[p->method].rule,
        .data = p->formats[0],
        .code = p->formats[1],
        .scale = p->formats[2],
        .zero_in_range = p->numbers[ZERO] != 0,
        .end = (enum tb_qparams_end)p->numbers[END],
        .away = p->numbers[AWAY] != 0,
        .stored = p->numbers[STORED] != 0,
        .eps = p->numbers[EPS],
        .least = p->numbers[LEAST],
        .empty = p->numbers[EMPTY],
        .constant = p->numbers[CONSTANT],
        .percentile = p->numbers[PERCENTILE],
        .power = p->numbers[POWER],
        .bins = (uint32_t)p->numbers[BINS],
        .start = (uint32_t)p->numbers[START],
    };
    read_codes(p, &q);
    read_groups(p, &q);
    return q;
}

uint32_t tb_qparams_place(const struct tb_qparams *q, uint32_t batch, uint32_t group, uint32_t index) {
    uint32_t first = batch * q->rows * q->columns;
    if (!q->group || !q->down) /* groups follow each other in memory */
        return first + group * q->group_size + index;
    uint32_t column = group % q->columns, block = group / q->columns;
    return first + (block * q->group + index) * q->columns + column;
}

bool tb_qparams_float_zero(const struct tb_qparams *q) {
    return q->rule == TB_RULE_FLOAT_ZERO || q->rule == TB_RULE_FLOAT_CODE;
}

bool tb_qparams_is_symmetric(const struct tb_qparams *q) {
    return q->rule == TB_RULE_SYMMETRIC || q->rule == TB_RULE_ABSMAX;
}

int64_t tb_qparams_middle(const struct tb_qparams *q) {
    return q->rule == TB_RULE_ABSMAX ? 0 : halved(q->low + q->high + 1);
}

/* ---- The combination. ---- */

static bool is_one_of(const struct tb_format *f, const char *const *names) {
    for (; *names; names++)
        if (f == tb_format_find(*names, NULL))
            return true;
    return false;
}

static bool check_formats(const struct tb_qparams *q, struct tb_error *error) {
    static const char *const data[] = {"fp32", "fp16", "bf16", NULL};
    static const char *const scales[] = {"fp32", "fp64", "fp16", "bf16", NULL};
    if (!is_one_of(q->data, data))
        return tb_fail(error, TB_EXIT_USAGE, "qparams: data of format %s: only fp32, fp16, bf16",
                       q->data->name);
    if (q->code->kind != TB_INTEGER || q->code->bias || q->code->bits < 2 || q->code->bits > 16)
        return tb_fail(error, TB_EXIT_USAGE,
                       "qparams: codes of format %s: only int2 to int16, uint2 to uint16", q->code->name);
    return is_one_of(q->scale, scales) ||
           tb_fail(error, TB_EXIT_USAGE, "qparams: a scale of format %s: only fp32, fp64, fp16, bf16",
                   q->scale->name);
}

static bool check_groups(const struct tb_qparams *q, struct tb_error *error) {
    uint32_t along = q->down ? q->rows : q->columns;
    if (q->group && along % q->group)
        return tb_fail(error, TB_EXIT_USAGE, "qparams: groups of %u do not divide the %u elements of a %s",
                       q->group, along, q->down ? "column" : "row");
    if (q->batches > 1 && q->range != TB_RANGE_AVERAGE)
        return tb_fail(error, TB_EXIT_USAGE, "qparams: batches=%u: only a moving average takes several",
                       q->batches);
    if ((uint64_t)q->batches * q->rows * q->columns > 65536)
        return tb_fail(error, TB_EXIT_USAGE, "qparams: batches * rows * n is above 65536: choose fewer");
    return true;
}

static bool check_method(const struct tb_qparams *q, struct tb_error *error) {
    double fifths = q->power * 5;
    if (q->rule == TB_RULE_PER_SIDE && q->low >= 0)
        return tb_fail(error, TB_EXIT_USAGE, "qparams: per-side divides by the least code, which is 0 in %s",
                       q->code->name);
    if (q->empty < 0 && q->empty != TB_EMPTY_UNIT && q->empty != TB_EMPTY_SYMMETRIC &&
        q->empty != TB_EMPTY_NAN)
        return tb_fail(error, TB_EXIT_USAGE, "qparams: empty=%g is no scale and none of -1, -2, -3",
                       q->empty);
    if (q->range == TB_RANGE_ENTROPY && (q->start > q->bins || q->high >= q->start))
        return tb_fail(error, TB_EXIT_USAGE,
                       "qparams: start=%u must be at most bins and more than the greatest code %lld",
                       q->start, (long long)q->high);
    if (q->range == TB_RANGE_MSE && fifths != (double)(int)fifths)
        return tb_fail(error, TB_EXIT_USAGE, "qparams: power=%g is not a whole number of fifths", q->power);
    return true;
}

static bool lay_out(struct tb_problem *p, struct tb_error *error) {
    struct tb_qparams q = tb_qparams_of(p);
    if (!check_formats(&q, error) || !check_groups(&q, error) || !check_method(&q, error))
        return false;
    uint32_t rows = !q.group ? 1 : q.down ? q.rows / q.group : q.rows;
    tb_layout_add(&p->input, "x", q.data->name, q.batches * q.rows, q.columns);
    tb_layout_add(&p->output, "scale", q.scale->name, rows, q.groups / rows);
    tb_layout_add(&p->output, "zero", tb_qparams_float_zero(&q) ? q.scale->name : "int32", rows,
                  q.groups / rows);
    return true;
}

static const char *const suite[] = {
    "qparams/fp32/uint8/fp32/minmax-asymmetric",
    "qparams/fp32/uint8/fp32/minmax-asymmetric/stored=1",
    "qparams/fp32/uint8/fp32/minmax-asymmetric/end=1,stored=1,empty=0.1",
    "qparams/fp32/int8/fp32/minmax-asymmetric",
    "qparams/fp32/int8/fp32/minmax-asymmetric/end=1,stored=1,empty=0.1",
    "qparams/fp32/int8/fp32/minmax-asymmetric/end=2,stored=1,empty=0.1",
    "qparams/fp32/int8/fp64/minmax-asymmetric/end=1,away=1,empty=0",
    "qparams/fp32/int8/fp32/minmax-asymmetric/eps=1.1920928955078125e-07,reduce=1",
    "qparams/fp32/int8/fp32/minmax-asymmetric/rows=4,group=64",
    "qparams/fp32/uint4/fp32/minmax-asymmetric/rows=4,group=32,empty=-2",
    "qparams/fp16/uint4/fp16/minmax-asymmetric/group=32,zero=0,least=1e-05",
    "qparams/bf16/int8/bf16/minmax-asymmetric/rows=4,group=64,stored=1",
    "qparams/fp32/uint8/fp32/minmax-asymmetric/empty=-1",
    "qparams/fp32/uint8/fp32/minmax-asymmetric/empty=-3",
    "qparams/fp32/int8/fp32/minmax-symmetric/eps=1.1920928955078125e-07",
    "qparams/fp32/uint4/fp32/minmax-symmetric/rows=4,n=32,group=32",
    "qparams/fp32/int8/fp32/minmax-absmax",
    "qparams/fp32/int8/fp32/minmax-absmax/rows=8,group=64,least=1e-10",
    "qparams/fp32/int8/fp32/minmax-absmax/rows=8,n=16,group=8,axis=0,least=1e-05",
    "qparams/fp16/int8/fp16/minmax-absmax/rows=4,group=64,least=1e-05",
    "qparams/bf16/int4/bf16/minmax-absmax/group=16",
    "qparams/fp32/int8/fp32/minmax-per-side",
    "qparams/fp32/uint4/fp32/minmax-float-zero/rows=2,group=32,zero=0",
    "qparams/bf16/uint4/bf16/minmax-float-zero/rows=2,group=32,zero=0",
    "qparams/fp32/uint4/fp32/minmax-float-code/rows=2,group=64,zero=0",
    "qparams/fp32/uint8/fp32/average-asymmetric/n=16,batches=6",
    "qparams/fp32/int8/fp32/average-symmetric/rows=4,n=16,group=16,batches=4",
    "qparams/fp32/int8/fp32/average-absmax/n=16,batches=4,c=0.1",
    "qparams/fp32/uint8/fp32/percentile-asymmetric/n=100,p=0.99",
    "qparams/fp32/int8/fp32/percentile-absmax/n=100,p=0.99",
    "qparams/fp32/uint8/fp32/histogram-asymmetric/n=256,bins=256",
    "qparams/fp32/int8/fp32/histogram-symmetric/n=256,bins=128",
    "qparams/fp32/int8/fp32/entropy-absmax/n=256,bins=256",
    "qparams/fp32/int4/fp32/entropy-absmax/n=256,bins=128,start=8",
    "qparams/fp32/uint4/fp32/mse-asymmetric/group=32",
    "qparams/fp32/uint4/fp32/mse-symmetric/n=32",
    "qparams/fp32/int4/fp32/mse-absmax/n=32,power=2",
    NULL,
};

const struct tb_problem_kind tb_problem_qparams = {
    .operation = "qparams",
    .summary = "quantization parameters from data",
    .format_count = 3,
    .format_names = "DATA/CODE/SCALE",
    .methods = methods,
    .method_count = METHODS,
    .parameters = parameters,
    .lay_out = lay_out,
    .suite = suite,
};
