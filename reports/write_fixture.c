/* write_fixture DIR VERDICTS [plain|hostile|broken|changed]: made-up results and all their renderings, to
 * look at and for test_pages.py. */
#include "reports/fixture.h"

#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        tb_render_fn *render;
    } files[] = {
        {"report.html",  tb_report_html    },
        {"junit.xml",    tb_report_junit   },
        {"summary.md",   tb_report_markdown},
        {"report.sarif", tb_report_sarif   },
    };
    if (argc < 3) {
        fprintf(stderr, "usage: write_fixture DIR VERDICTS [plain|hostile|broken|changed]\n");
        return TB_EXIT_USAGE;
    }
    const char *kind = argc > 3 ? argv[3] : "plain";
    struct tb_results results;
    struct tb_error error;
    char path[4096];
    fixture_make(&results, strtoul(argv[2], NULL, 10), !strcmp(kind, "hostile"), !strcmp(kind, "broken"));
    if (!strcmp(kind, "changed") || !strcmp(kind, "hostile"))
        fixture_compare(&results, !strcmp(kind, "hostile"));
    snprintf(path, sizeof path, "%s/results.json", argv[1]);
    bool good = tb_results_write(path, &results, &error);
    for (size_t i = 0; good && i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", argv[1], files[i].name);
        good = tb_report_write(path, &results, files[i].render, &error);
    }
    tb_results_free(&results);
    if (!good)
        fprintf(stderr, "%s\n", error.text);
    return good ? TB_OK : (int)error.code;
}
