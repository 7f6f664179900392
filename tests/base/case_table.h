/* SPDX-License-Identifier: GPL-3.0-or-later */
/** One test for each row of a static table; the body gets the row's number as *index. */
#ifndef HEADROOM_TESTS_BASE_CASE_TABLE_H
#define HEADROOM_TESTS_BASE_CASE_TABLE_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#define CASE_TEST(suite, name, table)                                                              \
    ParameterizedTestParameters(suite, name) {                                                     \
        enum { N_CASES = sizeof(table) / sizeof((table)[0]) };                                     \
        static int indices[N_CASES];                                                               \
        for (int i = 0; i < N_CASES; i++)                                                          \
            indices[i] = i;                                                                        \
        return cr_make_param_array(int, indices, N_CASES);                                         \
    }                                                                                              \
    ParameterizedTest(int *index, suite, name)

#endif
