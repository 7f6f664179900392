/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json_value [PATH] < FILE: exit 1 unless it is JSON without keys that come twice; a value by its
 * path of keys and indices ("inputs.0.line"), a text without its quotes. For tests of the shell. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const json_t *step(const json_t *at, const char *key) {
    return json_is_array(at) ? json_array_get(at, strtoul(key, NULL, 10))
                             : json_object_get(at, key);
}

int main(int argc, char **argv) {
    json_t *root = json_loadf(stdin, JSON_REJECT_DUPLICATES, NULL);
    const json_t *at = root;
    char *path = argc > 1 ? argv[1] : NULL;
    for (char *key = path ? strtok(path, ".") : NULL; key && at; key = strtok(NULL, "."))
        at = step(at, key);
    if (at && path && json_is_string(at))
        puts(json_string_value(at));
    else if (at && path && json_dumpf(at, stdout, JSON_ENCODE_ANY | JSON_REAL_PRECISION(12)) == 0)
        puts("");
    json_decref(root);
    return at ? 0 : 1;
}
