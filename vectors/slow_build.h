/* For tests: whether this build takes some ten times as long as a plain one for the same work, as under a
 * sanitizer or an emulator (a cross build). Tests with seeded counts or whole ranges take a part of them
 * there: what a sanitizer looks for shows in a few, and answers are what the plain build checks. */
#ifndef TB_SLOW_BUILD_H
#define TB_SLOW_BUILD_H

#ifdef SLOW
#define TB_SLOW_BUILD 1
#elif defined(__SANITIZE_ADDRESS__)
#define TB_SLOW_BUILD 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TB_SLOW_BUILD 1
#endif
#endif
#ifndef TB_SLOW_BUILD
#define TB_SLOW_BUILD 0
#endif

/* A count, or a part of it in a slow build. */
#define TB_SHARE(COUNT, PART) (TB_SLOW_BUILD ? (COUNT) / (PART) : (COUNT))

#endif
