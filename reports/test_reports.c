#include "reports/fixture.h"
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv) {
    struct tb_results r;
    struct tb_error e;
    char path[4096];
    (void)argc;
    fixture_make(&r, (size_t)atoi(argv[2]), argc > 3 && argv[3][0] == 'h', argc > 3 && argv[3][0] == 'b');
    static const struct {
        const char *name;
        tb_render_fn *f;
    } outs[] = {
        {"report.html",  tb_report_html    },
        {"junit.xml",    tb_report_junit   },
        {"summary.md",   tb_report_markdown},
        {"report.sarif", tb_report_sarif   }
    };
    snprintf(path, sizeof path, "%s/results.json", argv[1]);
    if (!tb_results_write(path, &r, &e))
        return puts(e.text), 1;
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", argv[1], outs[i].name);
        if (!tb_report_write(path, &r, outs[i].f, &e))
            return puts(e.text), 1;
    }
    tb_results_sentence(&r, path, sizeof path);
    puts(path);
    tb_results_free(&r);
}
