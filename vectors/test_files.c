/* Files of answers: what is written is read back the same; what is damaged or hostile is refused with its
 * message. The argument is the folder bad/. */
#include "vectors/atomic_file.h"
#include "vectors/golden_file.h"
#include "vectors/manifest.h"
#include "vectors/testing.h"
#include "vectors/textforms.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *bad_folder;
static char folder[] = "/tmp/tiebreak-test-XXXXXX";

static void enter(void) {
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static void leave(void) {
    DIR *d = opendir(folder);
    for (struct dirent *entry; (entry = readdir(d));)
        if (*entry->d_name != '.')
            unlink(entry->d_name);
    closedir(d);
    rmdir(folder);
}

/* splitmix64 */
static uint64_t draw(uint64_t *seed) {
    uint64_t z = *seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* ---- Random recordings ---- */

static const char *const ids[] = {
    "convert/fp32/e4m3fn/rne/satfinite", "convert/fp32/bf16/rne/inf",         "convert/fp32/tf32/rtz/inf",
    "convert/e5m2/fp64/exact",           "convert/fp64/e2m1fn/rne/satfinite", "convert/fp64/fp32/rne/inf",
    "convert/tf32/fp32/exact",           "convert/e2m1fn/fp32/exact",         "convert/int32/fp32/rne/inf",
};
enum { IDS = sizeof ids / sizeof *ids };

static uint64_t random_pattern(const struct tb_format *f, uint64_t *seed) {
    uint64_t code = draw(seed);
    return f->bits == 64 ? code : (code & (tb_format_codes(f) - 1)) << f->padding;
}

static void fill(struct tb_answers *a, uint64_t *seed) {
    struct tb_case c;
    ck_assert(tb_case_parse(a->case_id, &c, NULL));
    bool vectors = c.source->bits == 64 || draw(seed) % 4 == 0;
    uint64_t count = draw(seed) % (draw(seed) % 8 ? 20 : 2000) + 1, codes = tb_case_inputs(&c), at = 0;
    for (uint64_t i = 0; i < count && at < codes; i++) {
        if (vectors) {
            tb_vectors_append(&a->vectors, random_pattern(c.source, seed),
                              random_pattern(c.destination, seed));
        } else {
            tb_staircase_append(&a->staircase, at << c.source->padding, random_pattern(c.destination, seed));
            at += draw(seed) % (2 * codes / count + 1) + 1;
        }
    }
}

static struct tb_file_info info_of(enum tb_file_kind kind) {
    struct tb_file_info info = {.kind = kind, .tool = "tiebreak 0.1.0", .mpfr = "4.2.0"};
    if (kind == TB_FILE_RECORDED) {
        strcpy(info.target, "model/h100-\"quoted\"");
        strcpy(info.flags, "-O2 \\ \xc3\xa4");
    }
    return info;
}

/* A recording of a random choice of cases, each once. */
static struct tb_recording random_recording(uint64_t *seed) {
    struct tb_recording r = {.info = info_of((enum tb_file_kind)(draw(seed) % TB_FILE_KINDS))};
    uint64_t chosen = draw(seed) % ((1 << IDS) - 1) + 1;
    for (int i = 0; i < IDS; i++) {
        if (!(chosen >> i & 1))
            continue;
        struct tb_answers *a = tb_recording_add(&r, ids[i]);
        fill(a, seed);
        if (r.info.kind == TB_FILE_VARIANT)
            strcpy(a->variant, draw(seed) % 2 ? "daz" : "daz+rtz");
        if (r.info.kind == TB_FILE_RECORDED && draw(seed) % 2)
            strcpy(a->claim, "daz");
    }
    return r;
}

static bool vectors_equal(const struct tb_vectors *a, const struct tb_vectors *b) {
    size_t bytes = a->count * sizeof *a->input;
    return a->count == b->count &&
           (!bytes || (!memcmp(a->input, b->input, bytes) && !memcmp(a->output, b->output, bytes)));
}

static bool staircases_equal(const struct tb_staircase *a, const struct tb_staircase *b) {
    return a->count && b->count ? tb_staircase_equal(a, b) : a->count == b->count;
}

static bool equal(const struct tb_recording *a, const struct tb_recording *b) {
    bool same = a->count == b->count && a->info.kind == b->info.kind && !strcmp(a->info.tool, b->info.tool) &&
                !strcmp(a->info.mpfr, b->info.mpfr) && !strcmp(a->info.target, b->info.target) &&
                !strcmp(a->info.flags, b->info.flags) && !strcmp(a->info.date, b->info.date);
    for (size_t i = 0; same && i < a->count; i++) {
        const struct tb_answers *x = &a->answers[i], *y = &b->answers[i];
        same = !strcmp(x->case_id, y->case_id) && !strcmp(x->variant, y->variant) &&
               !strcmp(x->claim, y->claim) && !strcmp(x->coverage, y->coverage) &&
               !strcmp(x->digest, y->digest) && staircases_equal(&x->staircase, &y->staircase) &&
               vectors_equal(&x->vectors, &y->vectors);
    }
    return same;
}

static void slurp(const char *path, char **bytes, size_t *size) {
    struct tb_error error;
    ck_assert_msg(tb_file_read(path, 1 << 26, bytes, size, &error), "%s", error.text);
}

/* ---- Round trips ---- */

START_TEST(test_round_trip) {
    struct tb_error error;
    for (uint64_t seed = (uint64_t)_i << 32, n = 0; n < 50; n++) {
        struct tb_recording r = random_recording(&seed), back;
        ck_assert_msg(tb_recording_write("a", &r, &error), "%s", error.text);
        ck_assert_msg(tb_recording_read("a", &back, &error), "%s", error.text);
        ck_assert(equal(&r, &back));
        ck_assert_ptr_eq(tb_recording_find(&back, back.answers[back.count - 1].case_id),
                         &back.answers[back.count - 1]);
        ck_assert_ptr_null(tb_recording_find(&back, "convert/fp32/fp16/rne/inf"));
        /* The order in which cases were added leaves no trace. */
        for (size_t i = 0; i < back.count / 2; i++) {
            struct tb_answers swap = back.answers[i];
            back.answers[i] = back.answers[back.count - 1 - i];
            back.answers[back.count - 1 - i] = swap;
        }
        ck_assert(tb_recording_write("b", &back, &error));
        char *one, *two;
        size_t one_size, two_size;
        slurp("a", &one, &one_size);
        slurp("b", &two, &two_size);
        ck_assert_uint_eq(one_size, two_size);
        ck_assert_mem_eq(one, two, one_size);
        free(one);
        free(two);
        tb_recording_free(&r);
        tb_recording_free(&back);
    }
}
END_TEST

START_TEST(test_one_case) {
    struct tb_error error;
    uint64_t seed = 7;
    struct tb_file_info info = info_of(TB_FILE_GOLDEN), info_back;
    struct tb_answers a = {.case_id = "convert/fp32/e4m3fn/rne/satfinite"}, back;
    fill(&a, &seed);
    ck_assert(tb_answers_write("a", &info, &a, &error));
    ck_assert(tb_answers_read("a", &info_back, &back, &error));
    ck_assert(staircases_equal(&a.staircase, &back.staircase) && vectors_equal(&a.vectors, &back.vectors));
    ck_assert_str_eq(info.tool, info_back.tool);
    tb_answers_free(&a);
    tb_answers_free(&back);

    struct tb_recording two = {.info = info};
    fill(tb_recording_add(&two, ids[0]), &seed);
    fill(tb_recording_add(&two, ids[1]), &seed);
    ck_assert(tb_recording_write("two", &two, &error));
    ck_assert(!tb_answers_read("two", &info_back, &back, &error));
    ck_assert_str_eq(error.text, "two: holds 2 cases where one is wanted: name a file of one case");
    tb_recording_free(&two);
}
END_TEST

/* A recording may hold any pattern of the container: a target that leaves junk above the code is to be
 * judged, not refused. */
START_TEST(test_container_patterns) {
    struct tb_error error;
    struct tb_recording r = {.info = info_of(TB_FILE_RECORDED)}, back;
    tb_staircase_append(&tb_recording_add(&r, "convert/fp32/e2m1fn/rne/satfinite")->staircase, 0, 0xf3);
    ck_assert(tb_recording_write("a", &r, &error));
    ck_assert(tb_recording_read("a", &back, &error));
    ck_assert(equal(&r, &back));
    tb_recording_free(&back);
    r.info = info_of(TB_FILE_GOLDEN);
    ck_assert(!tb_recording_write("a", &r, &error));
    ck_assert_int_eq(error.code, TB_EXIT_USAGE);
    tb_recording_free(&r);
}
END_TEST

/* Every truncation and 10^4 bit flips: refused, or read as what was written. A flip that nobody sees would
 * have to keep the checksum; none has been found. */
START_TEST(test_damage) {
    struct tb_error error;
    uint64_t seed = 11 + (uint64_t)_i;
    struct tb_recording r = {0}, back;
    char *bytes = NULL;
    size_t size, passed = 0;
    do { /* a small one: there are as many truncations as bytes */
        tb_recording_free(&r);
        r = random_recording(&seed);
        ck_assert(tb_recording_write("a", &r, &error));
        free(bytes);
        slurp("a", &bytes, &size);
    } while (r.count < 3 || size > 6000);
    ck_assert(tb_recording_parse(bytes, size, "a", &back, &error) && equal(&r, &back));
    tb_recording_free(&back);
    for (size_t cut = 0; cut < size; cut++) {
        char *exact = malloc(cut + !cut); /* its own block, so that a sanitizer sees a read beyond it */
        memcpy(exact, bytes, cut);
        ck_assert_msg(!tb_recording_parse(exact, cut, "a", &back, &error), "cut at %zu", cut);
        ck_assert_int_eq(error.code, TB_EXIT_USAGE);
        free(exact);
    }
    for (int flip = 0; flip < 10000; flip++) {
        size_t bit = draw(&seed) % (8 * size);
        bytes[bit / 8] ^= (char)(1 << bit % 8);
        if (tb_recording_parse(bytes, size, "a", &back, &error)) {
            ck_assert_msg(equal(&r, &back), "bit %zu", bit);
            passed++;
            tb_recording_free(&back);
        }
        bytes[bit / 8] ^= (char)(1 << bit % 8);
    }
    ck_assert_uint_eq(passed, 0);
    free(bytes);
    tb_recording_free(&r);
}
END_TEST

/* ---- Text forms ---- */

START_TEST(test_jsonl_round_trip) {
    struct tb_error error;
    for (uint64_t seed = (uint64_t)_i << 32, n = 0; n < 50; n++) {
        struct tb_recording r = random_recording(&seed), back;
        FILE *file = tmpfile();
        ck_assert(tb_recording_check("r", &r, &error));
        for (size_t i = 0; i < r.count; i++) {
            *r.answers[i].claim = 0; /* not in the text */
            strcpy(r.answers[i].variant, "");
            ck_assert(tb_jsonl_write(file, &r.answers[i], &error));
        }
        rewind(file);
        if (r.info.kind == TB_FILE_VARIANT)
            r.info.kind = TB_FILE_GOLDEN; /* nor is the variant's name */
        ck_assert_msg(tb_jsonl_read(file, "r", &r.info, &back, &error), "%s", error.text);
        ck_assert(equal(&r, &back));
        fclose(file);
        tb_recording_free(&r);
        tb_recording_free(&back);
    }
}
END_TEST

struct literal {
    const char *id;
    uint64_t second, third, code, second_code, third_code; /* the first run begins at 0 */
    const char *jsonl, *testfloat;
};
static const struct literal fp8_text = {
    "convert/fp32/e4m3fn/rne/satfinite",
    0x3a800001,
    0x3a800002,
    0,
    1,
    0x7f,
    "{\"case\":\"convert/fp32/e4m3fn/rne/"
    "satfinite\",\"first\":\"0x00000000\",\"last\":\"0x3a800000\",\"code\":\"0x00\"}\n"
    "{\"case\":\"convert/fp32/e4m3fn/rne/"
    "satfinite\",\"first\":\"0x3a800001\",\"last\":\"0x3a800001\",\"code\":\"0x01\"}\n"
    "{\"case\":\"convert/fp32/e4m3fn/rne/"
    "satfinite\",\"first\":\"0x3a800002\",\"last\":\"0xffffffff\",\"code\":\"0x7f\"}\n",
    "00000000 00 00\n3A800000 00 00\n3A800001 01 00\n3A800002 7F 00\nFFFFFFFF 7F 00\n"};
static const struct literal tf32_text = {
    "convert/tf32/fp32/exact",
    0x2000,
    0x6000,
    0,
    0x2000,
    0xabcdef00,
    "{\"case\":\"convert/tf32/fp32/"
    "exact\",\"first\":\"0x00000000\",\"last\":\"0x00000000\",\"code\":\"0x00000000\"}\n"
    "{\"case\":\"convert/tf32/fp32/"
    "exact\",\"first\":\"0x00002000\",\"last\":\"0x00004000\",\"code\":\"0x00002000\"}\n"
    "{\"case\":\"convert/tf32/fp32/"
    "exact\",\"first\":\"0x00006000\",\"last\":\"0xffffe000\",\"code\":\"0xabcdef00\"}\n",
    "00000000 00000000 00\n00002000 00002000 00\n00004000 00002000 00\n00006000 ABCDEF00 00\nFFFFE000 "
    "ABCDEF00 00\n"};

static const struct literal *const texts[] = {&fp8_text, &tf32_text};

START_TEST(test_text_literal) {
    struct tb_error error;
    struct tb_answers a = {0};
    struct tb_file_info info = info_of(TB_FILE_RECORDED);
    struct tb_recording back;
    char *bytes;
    size_t size;
    strcpy(a.case_id, texts[_i]->id);
    tb_staircase_append(&a.staircase, 0, texts[_i]->code);
    tb_staircase_append(&a.staircase, texts[_i]->second, texts[_i]->second_code);
    tb_staircase_append(&a.staircase, texts[_i]->third, texts[_i]->third_code);
    FILE *file = open_memstream(&bytes, &size);
    ck_assert(tb_jsonl_write(file, &a, &error));
    fclose(file);
    ck_assert_str_eq(bytes, texts[_i]->jsonl);
    free(bytes);
    file = open_memstream(&bytes, &size);
    ck_assert(tb_testfloat_write(file, &a, &error));
    fclose(file);
    ck_assert_str_eq(bytes, texts[_i]->testfloat);
    file = fmemopen(bytes, size, "r");
    ck_assert_msg(tb_testfloat_read(file, "t", texts[_i]->id, &info, &back, &error), "%s", error.text);
    fclose(file);
    free(bytes);
    ck_assert_uint_eq(back.answers->vectors.count, 5);
    for (size_t i = 0; i < 5; i++)
        ck_assert_uint_eq(back.answers->vectors.output[i],
                          tb_staircase_at(&a.staircase, back.answers->vectors.input[i]));
    tb_recording_free(&back);
    tb_answers_free(&a);
}
END_TEST

/* ---- The manifest ---- */

START_TEST(test_manifest) {
    struct tb_error error;
    struct tb_manifest m = {0}, back;
    char one[65], two[65];
    for (int i = 0; i < IDS; i++) {
        struct tb_manifest_entry e = {.runs = (uint64_t)i + 1};
        strcpy(e.case_id, ids[i]);
        memset(e.digest, 'a' + i % 6, 64);
        strcpy(e.file, i % 2 ? "fp32/a.safetensors" : "");
        ck_assert(tb_manifest_add(&m, &e));
    }
    ck_assert(tb_manifest_digest(&m, one, &error));
    ck_assert_msg(tb_manifest_write("m", &m, &error), "%s", error.text);
    ck_assert_msg(tb_manifest_read("m", &back, &error), "%s", error.text);
    ck_assert_uint_eq(back.count, m.count);
    for (size_t i = 0; i < m.count; i++)
        ck_assert_mem_eq(&m.entries[i], &back.entries[i], sizeof m.entries[i]);
    ck_assert_ptr_eq(tb_manifest_find(&back, back.entries[3].case_id), &back.entries[3]);
    ck_assert_ptr_null(tb_manifest_find(&back, "convert/fp32/fp16/rne/inf"));
    ck_assert(tb_manifest_digest(&back, two, &error));
    ck_assert_str_eq(one, two);
    ck_assert(tb_manifest_add(&m, &m.entries[0]));
    ck_assert(!tb_manifest_write("m", &m, &error));
    tb_manifest_free(&m);
    tb_manifest_free(&back);
}
END_TEST

START_TEST(test_manifest_empty) {
    struct tb_error error;
    struct tb_manifest m = {0}, back;
    ck_assert(tb_manifest_write("m", &m, &error));
    ck_assert(tb_manifest_read("m", &back, &error));
    ck_assert_uint_eq(back.count, 0);
    tb_manifest_free(&back);
}
END_TEST

/* ---- Bad files ---- */

static bool read_any(const char *name, struct tb_error *error) {
    const char *dot = strrchr(name, '.');
    struct tb_recording r;
    struct tb_manifest m;
    struct tb_file_info info = info_of(TB_FILE_RECORDED);
    if (strcmp(dot, ".safetensors") == 0)
        return tb_recording_read(name, &r, error);
    if (strcmp(dot, ".json") == 0)
        return tb_manifest_read(name, &m, error);
    FILE *file = fopen(name, "r");
    ck_assert_msg(file != NULL, "%s", name);
    bool good = strcmp(dot, ".jsonl") == 0 ? tb_jsonl_read(file, name, &info, &r, error)
                                           : tb_testfloat_read(file, name, ids[0], &info, &r, error);
    fclose(file);
    return good;
}

/* expected.txt: one message a line, which begins with the file's name; each file of the folder has one. */
START_TEST(test_bad_files) {
    char *bytes, *rest, *line;
    size_t size;
    int listed = 0, there = 0;
    ck_assert_int_eq(chdir(bad_folder), 0);
    slurp("expected.txt", &bytes, &size);
    for (line = strtok_r(bytes, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest), listed++) {
        struct tb_error error = {0};
        char name[256];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(line, ":"), line);
        ck_assert_msg(!read_any(name, &error), "%s was read", name);
        ck_assert_str_eq(error.text, line);
        ck_assert_int_eq(error.code, TB_EXIT_USAGE);
    }
    free(bytes);
    DIR *d = opendir(".");
    for (struct dirent *entry; (entry = readdir(d));)
        there += *entry->d_name != '.' && strcmp(entry->d_name, "expected.txt") != 0 &&
                 strcmp(entry->d_name, "make_bad.py") != 0;
    closedir(d);
    ck_assert_int_eq(listed, there);
    ck_assert_int_eq(chdir(folder), 0);
}
END_TEST

int main(int argc, char **argv) {
    if (argc != 2)
        return fprintf(stderr, "usage: test_files BAD-FOLDER\n"), 2;
    if (!(bad_folder = realpath(argv[1], NULL)))
        return fprintf(stderr, "test_files: there is no folder %s\n", argv[1]), 2;
    Suite *suite = suite_create("answer files");
    TCase *tests = tcase_create("files");
    tcase_set_timeout(tests, 240);
    tcase_add_checked_fixture(tests, enter, leave);
    tcase_add_loop_test(tests, test_round_trip, 0, 4);
    tcase_add_test(tests, test_one_case);
    tcase_add_test(tests, test_container_patterns);
    tcase_add_loop_test(tests, test_damage, 0, 3);
    tcase_add_loop_test(tests, test_jsonl_round_trip, 0, 4);
    tcase_add_loop_test(tests, test_text_literal, 0, sizeof texts / sizeof *texts);
    tcase_add_test(tests, test_manifest);
    tcase_add_test(tests, test_manifest_empty);
    tcase_add_test(tests, test_bad_files);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
