#include "vectors/error.h"

#include <stdarg.h>
#include <stdio.h>

bool tb_fail(struct tb_error *error, enum tb_exit code, const char *format, ...) {
    if (!error)
        return false;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    for (char *c = error->text; *c; c++)
        if ((unsigned char)*c < 0x20)
            *c = ' '; /* one line, whatever a hostile file name holds */
    error->code = code;
    return false;
}
