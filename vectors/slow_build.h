/* For tests: whether this build takes some ten times as long as a plain one for the same work, as under a
 * sanitizer or an emulator (a cross build), or is one of several that need not all take their time. Tests
 * with seeded counts or whole ranges take a part of them there: what a sanitizer looks for shows in a few,
 * and answers are what the plain build checks. */
#ifndef TB_SLOW_BUILD_H
#define TB_SLOW_BUILD_H

#include "vectors/sanitized.h"

#ifndef TB_SLOW_BUILD /* else given by the build */
#define TB_SLOW_BUILD TB_SANITIZED
#endif

/* A count, or a part of it in a slow build; a step, or a longer one. */
#define TB_SHARE(COUNT, PART) (TB_SLOW_BUILD ? (COUNT) / (PART) : (COUNT))
#define TB_FEWER(STEP, TIMES) (TB_SLOW_BUILD ? (STEP) * (TIMES) : (STEP))

#endif
