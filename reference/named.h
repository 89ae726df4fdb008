/* Tables whose rows begin with their name, and names joined of such ones. */
#ifndef TB_NAMED_H
#define TB_NAMED_H

#include <stdbool.h>
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

/* A word of a joined name, "rcp32+zp-before"; `shown` of its characters are enough for a message. */
struct tb_name_word {
    const char *text;
    size_t length;
    int shown;
};

/* Takes the first word off *rest, which is NULL behind the last one. False: there is none left. */
static inline bool tb_next_word(const char **rest, struct tb_name_word *word) {
    if (!*rest)
        return false;
    size_t length = strcspn(*rest, "+");
    *word = (struct tb_name_word){.text = *rest, .length = length, .shown = (int)(length < 60 ? length : 60)};
    *rest = word->text[length] ? word->text + length + 1 : NULL;
    return true;
}

#endif
