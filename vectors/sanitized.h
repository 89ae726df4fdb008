/* Whether this build has the address sanitizer: gcc says so by a macro, clang by a feature. */
#ifndef TB_SANITIZED_H
#define TB_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__)
#define TB_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TB_SANITIZED 1
#endif
#endif
#ifndef TB_SANITIZED
#define TB_SANITIZED 0
#endif

#endif
