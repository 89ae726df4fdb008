/* Build-time tool: embed NAME INPUT OUTPUT writes the file as a C array `NAME` with its length `NAME_size`.
 */
#include <stdio.h>

int main(int argc, char **argv) {
    if (argc != 4)
        return 2;
    FILE *in = fopen(argv[2], "rb"), *out = fopen(argv[3], "w");
    if (!in || !out) {
        perror(in ? argv[3] : argv[2]);
        return 1;
    }
    unsigned long count = 0;
    fprintf(out,
            "#include <stddef.h>\nextern const unsigned char %s[];\nextern const size_t %s_size;\nconst "
            "unsigned char %s[] = {",
            argv[1], argv[1], argv[1]);
    for (int c; (c = getc(in)) != EOF; count++)
        fprintf(out, "%s%d,", count % 24 ? "" : "\n", c);
    fprintf(out, "0};\nconst size_t %s_size = %lu;\n", argv[1], count);
    fclose(in);
    return fclose(out) ? 1 : 0;
}
