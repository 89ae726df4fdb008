#include "harness/machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The features that decide which targets run; in the order in which CPUs got them. */
#ifdef __x86_64__
#define FEATURE(NAME)                                                                                        \
    { NAME, __builtin_cpu_supports(NAME) }
static void cpu_features(char *text, size_t size) {
    const struct {
        const char *name;
        int has;
    } features[] = {FEATURE("avx2"),     FEATURE("fma"),      FEATURE("avx512f"),    FEATURE("avx512bw"),
                    FEATURE("avx512vl"), FEATURE("avx512dq"), FEATURE("avx512vbmi"), FEATURE("avx512bf16")};
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++)
        if (features[i].has)
            snprintf(text + strlen(text), size - strlen(text), " %s", features[i].name);
}
#else
static void cpu_features(char *text, size_t size) {
    (void)text, (void)size;
}
#endif

/* The value of the first line of /proc/cpuinfo that begins with `key`; "" where there is none. */
static void cpuinfo(const char *key, char *value, size_t size) {
    char line[512];
    FILE *file = fopen("/proc/cpuinfo", "r");
    value[0] = 0;
    while (file && !value[0] && fgets(line, sizeof line, file)) {
        char *colon = strchr(line, ':');
        if (colon && strncmp(line, key, strlen(key)) == 0) {
            line[strcspn(line, "\n")] = 0;
            snprintf(value, size, "%s", colon + 1 + strspn(colon + 1, " "));
        }
    }
    if (file)
        fclose(file);
}

void tb_machine_line(char *text, size_t size) {
    char model[256];
    struct utsname u;
    uname(&u);
    cpuinfo("model name", model, sizeof model);
    snprintf(text, size, "%s, %ld CPUs:", model[0] ? model : u.machine, sysconf(_SC_NPROCESSORS_ONLN));
    cpu_features(text, size);
    size_t length = strlen(text);
    if (text[length - 1] == ':')
        text[length - 1] = 0;
}
