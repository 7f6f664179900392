/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AWS Neuron's published "cost per 1M inferences" = 1e6 / throughput x hourly rate / 3600, on every
 * row of its tables whose type has a rate: an instance reserved at that rate and busy for 1,000
 * hours is billed, and the bill is divided by what it served. Skipped when the data are not at
 * hand. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <strings.h>

#include "tests/pricing/bill_fixture.h"
#include "tests/sim/published_data.h"

#define NEURON "benchmarks/neuron/"

enum { HOURS = 1000, RATES_MAX = 16 };

struct rate {
    char type[32];
    double usd;
};

static double cost_per_million(double per_second, double usd_per_hour) {
    struct arena arena = {0};
    struct offer offers[] = {fixture_instance("inf2.xlarge", "inf2", 100, 0)};
    struct commitment held[] = {fixture_reserved(0, 1, usd_per_hour)};
    struct usage_row rows[] = {fixture_row(0, 0, 0, HOURS * 3600, 1)};
    struct bill bill = fixture_bill(&arena, offers, 1, HOURS * 3600, rows, 1, held, 1);
    double served = per_second * HOURS * 3600;
    double usd = money_amount_usd(bill.total) / served * 1e6;
    arena_release(&arena);
    return usd;
}

/* inf1.2xlarge, YOLOv4, 180.3/s at 0.174 $/h: 1e6 / 180.3 = 5546.31 s = 1.540642 h x 0.174 =
 * 0.268072 inf2.xlarge, ALBERT base, batch 8, 3147.09984/s at 0.328: 317.7529 s = 0.0882647 h x
 * 0.328 = 0.028951 trn1.2xlarge, BERT base, batch 16, 3421.56625/s at 0.512: 292.2638 s = 0.0811844
 * h x 0.512 = 0.041566 */
Test(neuron_cost, three_by_hand) {
    cr_assert(epsilon_eq(dbl, cost_per_million(180.3, 0.174), 0.268072, 1e-6));
    cr_assert(epsilon_eq(dbl, cost_per_million(3147.09984049, 0.328), 0.028951, 1e-6));
    cr_assert(epsilon_eq(dbl, cost_per_million(3421.56625089, 0.512), 0.041566, 1e-6));
}

/* The columns of a table by the beginnings of their names; -1: it has none. */
static int column(const struct csv_row *row, const char *name) {
    for (int i = 0; i < row->n_fields; i++)
        if (row->fields[i].text.n >= strlen(name) &&
            strncasecmp(row->fields[i].text.data, name, strlen(name)) == 0)
            return i;
    return -1;
}

static struct csv_reader *open_table(struct arena *arena, const char *name) {
    struct err err;
    char path[128];
    snprintf(path, sizeof path, NEURON "%s", name);
    struct source *source = source_open_memory(arena, data_read(arena, path), name, &err);
    struct csv_reader *csv = source ? csv_open(arena, source, ',', &err) : NULL;
    cr_assert(csv != NULL, "%s", name);
    return csv;
}

static int read_rates(struct arena *arena, const char *table, struct rate *rates, int n) {
    struct csv_reader *csv = open_table(arena, table);
    struct csv_row row;
    struct err err;
    cr_assert(csv_next(csv, &row, &err));
    while (csv_next(csv, &row, &err) && row.n_fields > 0) {
        cr_assert(n < RATES_MAX);
        struct bytes type = bytes_trim(row.fields[0].text);
        snprintf(rates[n].type, sizeof rates[n].type, "%.*s", (int)type.n, type.data);
        rates[n++].usd = data_number(row.fields[1].text);
    }
    csv_close(csv);
    return n;
}

/* Rows that were compared. */
static int check_table(struct arena *arena, const char *table, const struct rate *rates,
                       int n_rates) {
    static const char *const names[] = {"Avg Throughput", "Throughput", "Output Token Throughput"};
    struct csv_reader *csv = open_table(arena, table);
    struct csv_row row;
    struct err err;
    cr_assert(csv_next(csv, &row, &err));
    int type = column(&row, "Inst. Type"), throughput = -1, n = 0;
    for (int i = 0; i < 3 && throughput < 0; i++)
        throughput = column(&row, names[i]);
    cr_assert(type >= 0 && throughput >= 0, "%s", table);
    while (csv_next(csv, &row, &err) && row.n_fields > 0) {
        struct bytes name = bytes_trim(row.fields[type].text);
        if (bytes_trim(row.fields[throughput].text).n == 0)
            continue;
        for (int r = 0; r < n_rates; r++) {
            if (strlen(rates[r].type) != name.n ||
                strncasecmp(rates[r].type, name.data, name.n) != 0)
                continue;
            double per_second = data_number(row.fields[throughput].text);
            double want = 1e6 / per_second * rates[r].usd / 3600;
            cr_expect(
                epsilon_eq(dbl, cost_per_million(per_second, rates[r].usd), want, 1e-9 * want),
                "%s line %d", table, row.line);
            n++;
        }
    }
    csv_close(csv);
    return n;
}

Test(neuron_cost, every_row_with_a_rate) {
    static const char *const prices[] = {"inf1-instance_prices.csv",
                                         "inf2-inf2_instance_prices.csv",
                                         "trn1-trn1_instance_prices.csv"};
    static const char *const tables[] = {"inf1-data.csv",
                                         "inf1-latency_data_encoder.csv",
                                         "inf1-throughput_data_cnn.csv",
                                         "inf1-throughput_data_encoder.csv",
                                         "inf2-latency_data_decoder.csv",
                                         "inf2-latency_data_encoder.csv",
                                         "inf2-latency_data_encoder_decoder.csv",
                                         "inf2-latency_data_vision.csv",
                                         "inf2-latency_data_vision_cnn.csv",
                                         "inf2-latency_data_vision_dit.csv",
                                         "inf2-latency_data_vision_sd.csv",
                                         "inf2-latency_data_vision_transformers.csv",
                                         "inf2-throughput_data_decoder.csv",
                                         "inf2-throughput_data_encoder.csv",
                                         "inf2-throughput_data_encoder_decoder.csv",
                                         "inf2-throughput_data_vision.csv",
                                         "inf2-throughput_data_vision_cnn.csv",
                                         "inf2-throughput_data_vision_dit.csv",
                                         "inf2-throughput_data_vision_sd.csv",
                                         "inf2-throughput_data_vision_transformers.csv",
                                         "trn1-latency_data_encoder.csv",
                                         "trn1-latency_data_encoder_decoder.csv",
                                         "trn1-throughput_data_encoder.csv",
                                         "trn1-throughput_data_encoder_decoder.csv"};
    struct arena arena = {0};
    struct rate rates[RATES_MAX];
    int n_rates = 0, n = 0;
    for (size_t i = 0; i < sizeof prices / sizeof *prices; i++)
        n_rates = read_rates(&arena, prices[i], rates, n_rates);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        n += check_table(&arena, tables[i], rates, n_rates);
    cr_assert(ge(i32, n, 150), "%d rows", n);
    arena_release(&arena);
}

int main(int argc, char *argv[]) {
    int missing = data_missing(NEURON "inf1-instance_prices.csv");
    return missing ? missing : data_run_tests(argc, argv);
}
