/* Tables whose rows begin with their name. */
#ifndef TB_NAMED_H
#define TB_NAMED_H

#include <stddef.h>
#include <string.h>

/* The row of `count` rows of `size` bytes, each beginning with a `const char *name`, that has this name of
 * `length` characters; NULL where there is none. */
static inline const void *tb_named_row(const void *rows, size_t count, size_t size, const char *name,
                                       size_t length) {
    for (size_t i = 0; i < count; i++) {
        const char *row = (const char *)rows + i * size, *other;
        memcpy(&other, row, sizeof other);
        if (strlen(other) == length && memcmp(other, name, length) == 0)
            return row;
    }
    return NULL;
}

#endif
