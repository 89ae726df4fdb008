/* Results as a run would leave them, for tests and for looking at the page: made up, but possible. */
#ifndef TB_REPORTS_FIXTURE_H
#define TB_REPORTS_FIXTURE_H

#include "reports/results.h"

/* About `verdicts` of them. With `hostile`, names and reasons that try to break every rendering; with
 * `broken`, every verdict diverges in four classes of 64 examples each and keeps all the runs it may. */
void fixture_make(struct tb_results *r, size_t verdicts, bool hostile, bool broken);

/* As if compared with a baseline: of every three checks that fail the first is new, the second has grown and
 * the third is accepted; the last verdict is newly skipped and one more is gone. */
void fixture_compare(struct tb_results *r, bool hostile);

/* What the hostile names are made of. */
#define FIXTURE_HOSTILE "<script>alert(1)</script>\"'&]]>|`*\x1b[31m\xff\xc3 --> \xe2\x80\xae"

#endif
