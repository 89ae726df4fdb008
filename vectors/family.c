/* Formats that are not rows: the IEEE P3109 family, built from its name, and formats of the user's own. */
#include "vectors/format.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Built and defined formats live as long as the process, in a list that is only ever added to. */
struct entry {
    struct tb_format format;
    char name[64];
    struct entry *next;
};
static struct entry *registered;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const struct tb_format *registered_find(const char *name) {
    const struct tb_format *found = NULL;
    pthread_mutex_lock(&lock);
    for (struct entry *e = registered; e && !found; e = e->next)
        if (strcmp(e->name, name) == 0)
            found = &e->format;
    pthread_mutex_unlock(&lock);
    return found;
}

static const struct tb_format *register_format(const struct tb_format *format, struct tb_error *error) {
    struct entry *e = calloc(1, sizeof *e);
    if (!e) {
        tb_fail(error, TB_EXIT_SYSTEM, "out of memory for format '%s'", format->name);
        return NULL;
    }
    e->format = *format;
    snprintf(e->name, sizeof e->name, "%s", format->name);
    e->format.name = e->name;
    pthread_mutex_lock(&lock);
    e->next = registered;
    registered = e;
    pthread_mutex_unlock(&lock);
    return &e->format;
}

/* ---- IEEE P3109 v4.0: binary<K>p<P><s|u><e|f>. ---- */

/* Fills *format when `name` is a member's name, spelt canonically. */
static bool p3109_parse(const char *name, struct tb_format *format) {
    int k, p, end = 0;
    char sign, domain, canonical[32];
    if (sscanf(name, "binary%2dp%2d%c%c%n", &k, &p, &sign, &domain, &end) != 4 || name[end])
        return false;
    snprintf(canonical, sizeof canonical, "binary%dp%d%c%c", k, p, sign, domain);
    bool is_signed = sign == 's', extended = domain == 'e';
    if (strcmp(canonical, name) != 0 || (!is_signed && sign != 'u') || (!extended && domain != 'f'))
        return false;
    if (k < 3 || k > 16 || p < 1 || p > (is_signed ? k - 1 : k))
        return false;
    *format = (struct tb_format){
        .name = name,
        .aliases = "",
        .kind = TB_FLOAT,
        .bits = k,
        .precision = p,
        .bias = 1 << (is_signed ? k - p - 1 : k - p),
        .is_signed = is_signed,
        .low = p == 1 ? TB_LOW_ZERO : TB_LOW_SUBNORMALS,
        .infinity = extended ? TB_INF_TOP : TB_INF_NONE,
        .nan = is_signed ? TB_NAN_NEGATIVE_ZERO : TB_NAN_ALL_ONES,
        .source = "IEEE P3109 Interim Report v4.0, 3.1 and 4.7",
    };
    return true;
}

/* ---- By name. ---- */

static bool alias_matches(const char *aliases, const char *name) {
    size_t length = strlen(name);
    for (const char *a = aliases; *a; a += strcspn(a, ","), a += *a == ',')
        if (strcspn(a, ",") == length && strncmp(a, name, length) == 0)
            return true;
    return false;
}

static const struct tb_format *row_find(const char *name) {
    for (size_t i = 0; i < tb_format_count; i++)
        if (strcmp(tb_formats[i].name, name) == 0 || alias_matches(tb_formats[i].aliases, name))
            return &tb_formats[i];
    return NULL;
}

/* People write Binary8p4se too, as the standard prints it, and p3109_k8p4se, as gfloat does. */
static const char *canonical_name(const char *name, char *buffer, size_t size) {
    if (strncmp(name, "Binary", 6) == 0)
        snprintf(buffer, size, "binary%s", name + 6);
    else if (strncmp(name, "p3109_k", 7) == 0)
        snprintf(buffer, size, "binary%s", name + 7);
    else
        return name;
    return buffer;
}

const struct tb_format *tb_format_find(const char *name, struct tb_error *error) {
    char buffer[64];
    struct tb_format format;
    name = canonical_name(name, buffer, sizeof buffer);
    const struct tb_format *found = row_find(name);
    if (!found)
        found = registered_find(name);
    if (!found && p3109_parse(name, &format))
        found = register_format(&format, error);
    else if (!found)
        tb_fail(error, TB_EXIT_USAGE,
                "format '%.60s' is not known: `tiebreak list formats` shows all, --format defines one", name);
    return found;
}

/* ---- A user's own, from a line of text. ---- */

enum field_kind { NUMBER, WORD };
struct field {
    const char *name;
    enum field_kind kind;
    int low, high;        /* range of a NUMBER */
    const char *words[4]; /* values of a WORD, by enum value */
    void (*set)(struct tb_format *f, int value);
};

#define SETTER(FIELD, TYPE)                                                                                  \
    static void set_##FIELD(struct tb_format *f, int value) {                                                \
        f->FIELD = (TYPE)value;                                                                              \
    }
SETTER(kind, enum tb_kind)
SETTER(bits, int)
SETTER(precision, int)
SETTER(bias, int)
SETTER(is_signed, bool)
SETTER(negative_zero, bool)
SETTER(low, enum tb_low)
SETTER(infinity, enum tb_infinity)
SETTER(nan, enum tb_nan)

static const struct field fields[] = {
    {"kind",          WORD,   0,     0,    {"float", "integer"},                          set_kind         },
    {"bits",          NUMBER, 2,     16,   {0},                                           set_bits         },
    {"precision",     NUMBER, 0,     16,   {0},                                           set_precision    },
    {"bias",          NUMBER, -1000, 1000, {0},                                           set_bias         },
    {"signed",        NUMBER, 0,     1,    {0},                                           set_is_signed    },
    {"negative_zero", NUMBER, 0,     1,    {0},                                           set_negative_zero},
    {"low",           WORD,   0,     0,    {"subnormals", "zero", "normal"},              set_low          },
    {"infinity",      WORD,   0,     0,    {"none", "ieee", "top"},                       set_infinity     },
    {"nan",           WORD,   0,     0,    {"none", "ieee", "all-ones", "negative-zero"}, set_nan          },
};

static bool set_field(struct tb_format *f, const char *name, const char *text, struct tb_error *error) {
    const struct field *field = NULL;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(fields[i].name, name) == 0)
            field = &fields[i];
    if (!field)
        return tb_fail(error, TB_EXIT_USAGE, "format '%s': field '%.40s' is not known", f->name, name);
    if (field->kind == WORD) {
        for (int i = 0; i < 4 && field->words[i]; i++)
            if (strcmp(field->words[i], text) == 0) {
                field->set(f, i);
                return true;
            }
        return tb_fail(error, TB_EXIT_USAGE, "format '%s': %s=%.40s is not one of its values (%s, %s, ...)",
                       f->name, name, text, field->words[0], field->words[1]);
    }
    char *end;
    long value = strtol(text, &end, 10);
    if (!*text || *end || value < field->low || value > field->high)
        return tb_fail(error, TB_EXIT_USAGE, "format '%s': %s=%.40s is not a number from %d to %d", f->name,
                       name, text, field->low, field->high);
    field->set(f, (int)value);
    return true;
}

/* Whether the fields fit together; says which do not. */
static bool consistent(const struct tb_format *f, struct tb_error *error) {
    const char *why = NULL;
    if (f->bits == 0)
        why = "bits= is missing";
    else if (f->kind == TB_INTEGER && (f->precision || f->infinity || f->nan || f->negative_zero || f->low))
        why = "an integer has bits, bias and signed only";
    else if (f->kind == TB_FLOAT &&
             (f->precision < 1 || f->precision > f->bits - f->is_signed + (f->low == TB_LOW_SUBNORMALS)))
        why = "precision= must be at least 1 and leave the exponent field at least 0 bits";
    else if (f->negative_zero && (!f->is_signed || f->low == TB_LOW_NORMAL))
        why = "negative_zero=1 needs signed=1 and a zero";
    else if (f->nan == TB_NAN_NEGATIVE_ZERO && (!f->is_signed || f->negative_zero))
        why = "nan=negative-zero needs signed=1 and negative_zero=0";
    else if (f->kind == TB_FLOAT && f->is_signed && !f->negative_zero && f->nan != TB_NAN_NEGATIVE_ZERO)
        why = "signed=1 needs negative_zero=1 or nan=negative-zero: the code has to mean something";
    else if ((f->nan == TB_NAN_IEEE) && (f->precision < 2 || tb_format_exponent_bits(f) < 2))
        why = "nan=ieee needs a fraction field and an exponent field of at least 2 bits";
    else if (f->infinity == TB_INF_IEEE && (f->nan != TB_NAN_IEEE || tb_format_exponent_bits(f) < 2))
        why = "infinity=ieee goes with nan=ieee";
    else if (f->infinity == TB_INF_TOP && f->nan == TB_NAN_IEEE)
        why = "infinity=top does not go with nan=ieee";
    else if (f->low != TB_LOW_SUBNORMALS && f->precision != 1)
        why = "low=zero and low=normal are for precision=1";
    else if (f->kind == TB_FLOAT && tb_format_exponent_bits(f) > 8)
        why = "the exponent field has at most 8 bits";
    return !why || tb_fail(error, TB_EXIT_USAGE, "format '%s': %s", f->name, why);
}

static bool valid_name(const char *name) {
    return *name && strlen(name) < 32 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == strlen(name);
}

const struct tb_format *tb_format_define(const char *line, struct tb_error *error) {
    char text[512], *rest = NULL;
    if (strlen(line) >= sizeof text) {
        tb_fail(error, TB_EXIT_USAGE, "a format's line has at most %zu characters", sizeof text - 1);
        return NULL;
    }
    strcpy(text, line);
    char *name = strtok_r(text, " \t", &rest);
    struct tb_format f = {.name = name, .aliases = "", .is_signed = true, .source = "defined by the user"};
    if (!name || !valid_name(name)) {
        tb_fail(error, TB_EXIT_USAGE,
                "a format's line starts with its name (letters, digits, '_', '.', '-')");
        return NULL;
    }
    if (tb_format_find(name, NULL)) {
        tb_fail(error, TB_EXIT_USAGE, "format '%s' exists already: choose another name", name);
        return NULL;
    }
    for (char *word; (word = strtok_r(NULL, " \t", &rest));) {
        char *equals = strchr(word, '=');
        if (!equals) {
            tb_fail(error, TB_EXIT_USAGE, "format '%s': '%.40s' is not FIELD=VALUE", name, word);
            return NULL;
        }
        *equals = 0;
        if (!set_field(&f, word, equals + 1, error))
            return NULL;
    }
    return consistent(&f, error) ? register_format(&f, error) : NULL;
}
