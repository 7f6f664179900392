/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "scenarios/advice.h"
#include "scenarios/result.h"
#include "scenarios/result_cells.h"
#include "scenarios/study_job_cover.h"
#include "solver/use_price.h"

const struct result_table result_tables[] = {
#define X(name, doc) {#name, doc, result_append_##name##_csv},
    RESULT_TABLES(X)
#undef X
        {0},
};

double result_usd_per_thousand_requests(const struct study *study, int candidate) {
    const struct candidate *c = &study->candidates[candidate];
    const struct capacity *capacity = &study->capacities[candidate];
    if (!capacity->feasible || c->offer < 0)
        return NAN;
    const struct offer *offer = &study->offers[c->offer];
    if (c->kind == CANDIDATE_INSTANCE) {
        double rate = capacity_best_rate_per_replica(capacity) * c->replicas_per_instance;
        return rate > 0 && offer->on_demand.known
                   ? money_rate_usd(offer->on_demand.rate) / 3600 / rate * 1000
                   : NAN;
    }
    return use_missing_quote(c, offer)
               ? NAN
               : 1000 * use_usd_per_request(&study->demand, c, capacity, offer);
}

static void comma_variant(struct text *out, const struct candidate *candidate) {
    comma_text(out, candidate->quality);
    comma_number(out, candidate->one_off_usd);
    text_append_string(out, "\n");
}

struct band result_band(const struct capacity *k) {
    if (k->error_low == 0 && k->error_high == 0)
        return (struct band){NAN, NAN, NAN, NAN};
    return (struct band){k->error_low, k->error_high, k->feasible ? k->rate_low : NAN,
                         k->feasible ? k->rate_high : NAN};
}

static void comma_band(struct text *out, const struct capacity *capacity) {
    struct band band = result_band(capacity);
    comma_number(out, band.error_low);
    comma_number(out, band.error_high);
    comma_number(out, band.rate_low);
    comma_number(out, band.rate_high);
    text_printf(out, ",%s", capacity->extrapolated ? "yes" : "no");
}

void result_append_candidates_csv(const struct study *study, struct text *out) {
    text_append_string(
        out, "workload,candidate,hardware,region,model,precision,replicas_per_"
             "instance,open_to_plan,feasible,reason,estimated,basis,error_low,"
             "error_high,rate_low,rate_high,extrapolated,replicas,"
             "requests_per_second,half_width,ttft_p50_s,ttft_p95_s,ttft_p99_s,"
             "tpot_p50_s,tpot_p95_s,tpot_p99_s,latency_p50_s,latency_p95_s,"
             "latency_p99_s,within_target,usd_per_thousand_requests,quality,one_off_usd\n");
    for (int i = 0; i < study->n_candidates; i++) {
        const struct candidate *c = &study->candidates[i];
        const struct capacity *k = &study->capacities[i];
        for (int p = 0; p < (k->n_points > 0 ? k->n_points : 1); p++) {
            csv_append_text(out, study->scenario.workloads[c->workload].name);
            comma_text(out, c->name);
            comma_text(out, c->hardware ? c->hardware : "");
            comma_text(out, c->region);
            comma_text(out, c->model);
            comma_text(out, c->precision);
            text_printf(out, ",%d,%s,%s", c->replicas_per_instance,
                        i < study->n_choices ? "yes" : "no", k->feasible ? "yes" : "no");
            comma_text(out, study_candidate_reason(study, i));
            text_printf(out, ",%s", k->estimated ? "yes" : "no");
            comma_text(out, k->basis);
            comma_band(out, k);
            if (k->n_points == 0) {
                text_append_string(out, ",,,,,,,,,,,,,,");
                comma_variant(out, c);
                continue;
            }
            const struct capacity_point *point = &k->points[p];
            text_printf(out, ",%d", point->replicas);
            const double cells[] = {point->rate_per_second,
                                    point->half_width,
                                    point->ttft_p50_s,
                                    point->ttft_p95_s,
                                    point->ttft_p99_s,
                                    point->tpot_p50_s,
                                    point->tpot_p95_s,
                                    point->tpot_p99_s,
                                    point->latency_p50_s,
                                    point->latency_p95_s,
                                    point->latency_p99_s,
                                    point->attainment,
                                    result_usd_per_thousand_requests(study, i)};
            for (size_t n = 0; n < sizeof cells / sizeof *cells; n++)
                comma_number(out, cells[n]);
            comma_variant(out, c);
        }
    }
}

/* Columns month and event, the first day of the event that a week is of. */
static void append_week(const struct study *study, int week, struct text *out) {
    const struct demand_week *w = &study->demand.weeks[week];
    char event[16] = "";
    if (w->event.year != 0)
        calendar_format_date(event, w->event);
    text_printf(out, "%d,%s", w->month + 1, event);
}

void result_append_hours_csv(const struct study *study, struct text *out) {
    const struct plan *plan = study->recommended.plan;
    const struct demand *demand = &study->demand;
    text_append_string(
        out, "month,event,hour_of_week,weight_hours,workload,candidate,requests_per_second,on_"
             "demand,reserved,savings_plan,spot,share_by_use");
    for (int z = 0; plan && plan->spot_in_zone && z < plan->n_zones; z++)
        comma_text(out, arena_printf(out->arena, "spot_%s", study->scenario.spot.zones[z].zone));
    text_append_string(out, "\n");
    for (int h = 0; plan && plan->feasible && h < demand->n_hours; h++) {
        for (int c = 0; c < study->n_candidates; c++) {
            size_t at = (size_t)c * (size_t)demand->n_hours + (size_t)h;
            if (plan->regular[at] == 0 && plan->spot[at] == 0 && plan->overflow_share[at] <= 0)
                continue;
            int w = study->candidates[c].workload;
            append_week(study, h / HOURS_PER_WEEK, out);
            text_printf(out, ",%d", h % HOURS_PER_WEEK);
            comma_number(out, demand->weight[h]);
            comma_text(out, study->scenario.workloads[w].name);
            comma_text(out, study->candidates[c].name);
            comma_number(out, demand->rate_per_second[w * demand->n_hours + h]);
            comma_number(out, plan->regular[at] - plan->reserved[at] - plan->covered[at]);
            comma_number(out, plan->reserved[at]);
            comma_number(out, plan->covered[at]);
            text_printf(out, ",%d", plan->spot[at]);
            comma_number(out, plan->overflow_share[at]);
            for (int z = 0; plan->spot_in_zone && z < plan->n_zones; z++)
                text_printf(out, ",%d",
                            plan->spot_in_zone[((size_t)c * (size_t)plan->n_zones + (size_t)z) *
                                                   (size_t)demand->n_hours +
                                               (size_t)h]);
            text_append_string(out, "\n");
        }
    }
}

void result_append_costs_csv(const struct study *study, struct text *out) {
    const struct plan *plan = study->recommended.plan;
    const struct demand *demand = &study->demand;
    text_append_string(out, "month,event,hour_of_week,weight_hours,plan_usd,minimum_usd\n");
    for (int h = 0; plan && plan->feasible && h < demand->n_hours; h++) {
        append_week(study, h / HOURS_PER_WEEK, out);
        text_printf(out, ",%d", h % HOURS_PER_WEEK);
        comma_number(out, demand->weight[h]);
        comma_number(out, plan->hour_usd[h]);
        comma_number(out, study->lp_hour_usd[h]);
        text_append_string(out, "\n");
    }
}

void result_append_commitments_csv(const struct study *study, struct text *out) {
    const struct plan *plan = study->recommended.plan;
    text_append_string(
        out, "commitment,owned,kind,term_years,payment,count,plan_usd_per_hour,usd_"
             "per_hour,upfront_usd,liability_usd,prepaid_usd,utilisation,break_even,saving_usd_"
             "over_horizon,begins,ends,discounts\n");
    for (int i = 0; plan && i < plan->n_commitments; i++) {
        const struct plan_commitment *c = &plan->commitments[i];
        csv_append_text(out, c->commitment.name);
        text_printf(out, ",%s", c->commitment.owned ? "yes" : "no");
        comma_text(out, commitment_kind_word(c->commitment.terms.kind));
        text_printf(out, ",%d", c->commitment.terms.term_years);
        comma_text(out, payment_word(c->commitment.terms.payment));
        const double cells[] = {
            c->commitment.count, money_amount_usd(c->commitment.plan_usd_per_hour),
            c->usd_per_hour,     c->upfront_usd,
            c->liability_usd,    c->prepaid_usd,
            c->utilisation,      c->break_even,
            c->saving_usd};
        for (size_t n = 0; n < sizeof cells / sizeof *cells; n++)
            comma_number(out, cells[n]);
        char begins[16], ends[16];
        calendar_format_date(begins, study_day(study, c->commitment.from_s));
        calendar_format_date(ends, study_day(study, c->commitment.to_s));
        text_printf(out, ",%s,%s", begins, ends);
        comma_text(out, study_commitment_discount(out->arena, study, &c->commitment));
        text_append_string(out, "\n");
    }
}

/* "team=support cost_center=CC-104" */
static void comma_tags(const struct study *study, int workload, struct text *out) {
    struct text tags = {.arena = out->arena};
    if (workload >= 0) {
        int n;
        const char *const(*of_user)[2] = study_user_tags(study, workload, &n);
        for (int t = 0; t < n; t++)
            text_printf(&tags, "%s%s=%s", t ? " " : "", of_user[t][0], of_user[t][1]);
    }
    comma_text(out, tags.n ? tags.data : "");
}

/* Charges of a week added up by kind, offer, workload and commitment, in the order they first
 * appear. */
static void append_week_charges(const struct study *study, int week, struct text *out) {
    const struct bill *bill = &study->recommended.bills[week];
    int n_users = study->scenario.n_workloads + study->scenario.n_jobs;
    for (int kind = 0; kind < CHARGE_KINDS; kind++)
        for (int offer = -1; offer < study->n_offers; offer++)
            for (int w = -1; w < n_users; w++) {
                usd_nano effective = 0, list = 0;
                int n = 0;
                for (int i = 0; i < bill->n_charges; i++) {
                    const struct charge *charge = &bill->charges[i];
                    if ((int)charge->kind != kind || charge->offer != offer ||
                        charge->workload != w)
                        continue;
                    effective += charge->effective;
                    list += charge->list;
                    n++;
                }
                if (n == 0)
                    continue;
                char effective_text[40], list_text[40];
                money_format_plain(effective_text, effective);
                money_format_plain(list_text, list);
                append_week(study, week, out);
                comma_number(out, study->demand.weeks[week].weight);
                comma_text(out, charge_kind_word((enum charge_kind)kind));
                comma_text(out, offer < 0 ? "" : study->offers[offer].sku);
                comma_text(out, offer < 0 ? "" : study->offers[offer].region);
                comma_text(out, w < 0 ? "" : study_user_name(study, w));
                comma_tags(study, w, out);
                text_printf(out, ",%s,%s\n", effective_text, list_text);
            }
}

void result_append_charges_csv(const struct study *study, struct text *out) {
    text_append_string(out, "month,event,weight_weeks,charge,sku,region,workload,tags,usd_in_week,"
                            "on_demand_usd_in_week\n");
    for (int week = 0; study->recommended.bills && week < study->demand.n_weeks; week++)
        append_week_charges(study, week, out);
}

static void append_fleet_carbon(const struct study *study, const struct study_fleet *fleet,
                                const char *name, struct text *out) {
    for (int w = 0; fleet->carbon && w < study->demand.n_workloads; w++) {
        const struct study_carbon *c = &fleet->carbon[w];
        const struct carbon_range *ranges[] = {&c->kwh, &c->kg_operation, &c->kg_embodied};
        text_append_string(out, name);
        comma_text(out, study->scenario.workloads[w].name);
        for (int i = 0; i < 3; i++) {
            comma_number(out, c->known ? ranges[i]->low : NAN);
            comma_number(out, c->known ? ranges[i]->value : NAN);
            comma_number(out, c->known ? ranges[i]->high : NAN);
        }
        text_printf(out, ",%s", c->estimated ? "yes" : "no");
        comma_text(out, c->left_out);
        text_append_string(out, "\n");
    }
}

void result_append_carbon_csv(const struct study *study, struct text *out) {
    text_append_string(
        out, "fleet,workload,kwh_low,kwh,kwh_high,operation_kg_co2e_low,operation_kg_co2e,"
             "operation_kg_co2e_high,embodied_kg_co2e_low,embodied_kg_co2e,embodied_kg_co2e_high,"
             "estimated,left_out\n");
    append_fleet_carbon(study, &study->baseline, "baseline", out);
    append_fleet_carbon(study, &study->recommended, "plan", out);
}

void result_append_storage_csv(const struct study *study, struct text *out) {
    text_append_string(out, "storage,region,tier,from_month,to_month,usd_per_month,estimated\n");
    for (int i = 0; i < study->scenario.n_storage; i++) {
        const struct storage_plan *plan = &study->storage[i];
        for (int k = 0; k < plan->n; k++) {
            const struct storage_tier *tier = &study->storage_tiers.tiers[plan->stays[k].tier];
            csv_append_text(out, study->scenario.storage[i].data.name);
            comma_text(out, study->scenario.storage[i].region);
            comma_text(out, tier->name);
            text_printf(out, ",%d,%d", plan->stays[k].from_month, plan->stays[k].to_month);
            comma_number(out, plan->stays[k].usd);
            text_printf(out, ",%s\n", tier->estimated ? "yes" : "no");
        }
    }
}

void result_append_rejections_csv(const struct study *study, struct text *out) {
    const struct plan *plan = study->recommended.plan;
    text_append_string(out,
                       "workload,candidate,option,reason,price_of,price_usd,per,used_below_usd,"
                       "one_more,adds_usd_per_month\n");
    for (int i = 0; plan && i < plan->n_rejections; i++) {
        const struct plan_rejection *r = &plan->rejections[i];
        const struct candidate *c = r->candidate < 0 ? NULL : &study->candidates[r->candidate];
        csv_append_text(out, c ? study->scenario.workloads[c->workload].name : "");
        comma_text(out, c ? c->name : "");
        comma_text(out, r->option);
        comma_text(out, r->reason);
        bool priced = r->flip.kind != FLIP_NONE;
        comma_text(out, priced ? r->flip.of : "");
        comma_number(out, priced ? r->flip.price_usd : NAN);
        comma_text(out, priced ? r->flip.per : "");
        comma_number(out, priced ? r->flip.flips_at_usd : NAN);
        comma_text(out, priced ? r->flip.unit : "");
        comma_number(out, priced ? r->flip.adds_usd_per_month : NAN);
        text_append_string(out, "\n");
    }
}

void result_append_actions_csv(const struct study *study, struct text *out) {
    text_append_string(out, "rank,action,reason,saving_usd_per_month,liability_usd,reversible,"
                            "effort,rests_on,practices\n");
    for (int i = 0; i < study->n_actions; i++) {
        const struct study_action *a = &study->actions[i];
        text_printf(out, "%d", i + 1);
        comma_text(out, a->text);
        comma_text(out, a->reason);
        comma_number(out, a->usd_per_month);
        comma_number(out, a->liability_usd);
        comma_text(out, a->reversibility);
        struct advice advice = study_advice(out->arena, study, i);
        comma_text(out, advice.effort);
        comma_text(out, advice.rests_on);
        comma_text(out, advice_practice_ids(out->arena, &advice));
        text_append_string(out, "\n");
    }
}

static void job_row(struct text *out, const struct study *study, int j, int index) {
    const struct job_spec *spec = &study->scenario.jobs[j];
    const struct study_job *job = &study->jobs[j];
    const struct study_job_setup *setup = &job->setups[index];
    csv_append_text(out, spec->name);
    comma_text(out, job_kind_word(spec->kind));
    comma_text(out, spec->places[setup->place].instance);
    comma_text(out, spec->regions[setup->region]);
    comma_text(out, job_option_word(setup->option));
    text_printf(out, ",%d,%s", setup->nodes, index == job->chosen ? "yes" : "no");
    comma_text(out, setup->reason);
    const double figures[] = {
        setup->usd_per_run,   setup->usd_per_run_p95,  setup->hours,
        setup->hours_p95,     setup->in_time_share,    setup->moved_share,
        setup->interruptions, setup->waited_hours,     setup->checkpoint_every_s,
        setup->useful_hours,  setup->checkpoint_hours, setup->restore_hours,
        setup->lost_hours,    setup->idle_hours,       job->runs,
        job->usd_per_month,
    };
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        bool of_month = i + 1 == sizeof figures / sizeof *figures;
        comma_number(out,
                     setup->possible && (!of_month || index == job->chosen) ? figures[i] : NAN);
    }
    if (spec->cluster < 0) {
        text_append_string(out, ",,,\n");
        return;
    }
    comma_text(out, study->scenario.clusters[spec->cluster].name);
    text_printf(out, ",%d", spec->priority);
    comma_number(out, setup->possible ? setup->preemptions : NAN);
    text_append_string(out, "\n");
}

/* What no job of a cluster uses: its node-hours and its cost, as a row of its own. */
static void idle_row(struct text *out, const struct study *study, int index) {
    const struct job_cluster *spec = &study->scenario.clusters[index];
    const struct study_cluster *cluster = &study->clusters[index];
    csv_append_text(out, arena_printf(out->arena, "idle of %s", spec->name));
    comma_text(out, "idle capacity");
    comma_text(out, spec->instance);
    comma_text(out, spec->region);
    comma_text(out, job_option_word(JOB_CLUSTER));
    text_printf(out, ",%d,yes,,,,,,,,,,,,,,", spec->nodes);
    comma_number(out, cluster->idle_usd_horizon / cluster->usd_per_hour);
    text_append_string(out, ",");
    comma_number(out, cluster->idle_usd_per_month);
    comma_text(out, spec->name);
    text_append_string(out, ",,\n");
}

void result_append_jobs_csv(const struct study *study, struct text *out) {
    text_append_string(
        out,
        "job,kind,instance,region,option,nodes,chosen,reason,usd_per_run,usd_per_run_p95,hours,"
        "hours_p95,in_time_share,moved_share,interruptions,waited_hours,checkpoint_every_s,"
        "useful_node_hours,checkpoint_node_hours,start_node_hours,lost_node_hours,"
        "idle_node_hours,runs_over_horizon,usd_per_month,cluster,priority,preemptions\n");
    for (int j = 0; j < study->scenario.n_jobs; j++)
        for (int i = 0; i < study->jobs[j].n_setups; i++)
            job_row(out, study, j, i);
    for (int c = 0; study_jobs_ran(study) && c < study->scenario.n_clusters; c++)
        if (study->clusters[c].possible)
            idle_row(out, study, c);
}

/* Rows of one fleet: its stations, then the tasks that go through them. */
static void station_rows(const struct study *study, const struct study_fleet *fleet,
                         struct text *out) {
    for (int i = 0; fleet->stations && i < study->n_stations; i++) {
        const struct study_station *station = &study->stations[i];
        const struct study_station_use *use = &fleet->stations[i];
        const double figures[] = {station->spec->count,    use->usd_per_month, use->calls_per_month,
                                  use->rejected_per_month, use->busy_share,    use->wait_p95_s,
                                  use->latency_s[0],       use->latency_s[1],  use->latency_s[2]};
        csv_append_text(out, fleet == &study->baseline ? "baseline" : "plan");
        comma_text(out, study->scenario.workloads[station->workload].name);
        comma_text(out, station->spec->name);
        comma_text(out, station->spec->instance);
        comma_text(out, station->region);
        comma_text(out, station->spec->model);
        comma_text(out, station->basis);
        comma_text(out, station->estimated ? "true" : "false");
        for (size_t k = 0; k < sizeof figures / sizeof *figures; k++)
            comma_number(out, figures[k]);
        text_append_string(out, "\n");
    }
}

void result_append_stations_csv(const struct study *study, struct text *out) {
    text_append_string(out, "fleet,workload,station,instance,region,model,times_from,estimated,"
                            "instances,usd_per_month,calls_per_month,rejected_per_month,busy_share,"
                            "wait_p95_s,latency_p50_s,latency_p95_s,latency_p99_s\n");
    station_rows(study, &study->baseline, out);
    station_rows(study, &study->recommended, out);
}

static void task_rows(const struct study *study, const struct study_fleet *fleet,
                      struct text *out) {
    for (int w = 0; fleet->tasks && w < study->demand.n_workloads; w++) {
        const struct workload *workload = &study->scenario.workloads[w];
        const struct study_tasks *t = &fleet->tasks[w];
        const double figures[] = {workload->slo.task_s > 0 ? workload->slo.task_s : NAN,
                                  t->started_per_month,
                                  t->completed_per_month,
                                  t->failed_per_month,
                                  t->cut_per_month,
                                  t->attainment,
                                  t->worst_attainment,
                                  t->latency_s[0],
                                  t->latency_s[1],
                                  t->latency_s[2],
                                  t->usd_per_completed};
        if (!workload->demand.flow)
            continue;
        csv_append_text(out, fleet == &study->baseline ? "baseline" : "plan");
        comma_text(out, workload->name);
        for (size_t k = 0; k < sizeof figures / sizeof *figures; k++)
            comma_number(out, figures[k]);
        text_append_string(out, "\n");
    }
}

void result_append_tasks_csv(const struct study *study, struct text *out) {
    text_append_string(out, "fleet,workload,limit_s,started_per_month,completed_per_month,"
                            "failed_per_month,cut_per_month,within_target,"
                            "worst_window_within_target,latency_p50_s,latency_p95_s,latency_p99_s,"
                            "usd_per_completed_task\n");
    task_rows(study, &study->baseline, out);
    task_rows(study, &study->recommended, out);
}

static void interval_rows(struct text *out, const char *name, const struct interval *interval,
                          double most) {
    const double ends[] = {interval->mean, interval_low(interval),
                           fmin(most, interval_high(interval))};
    static const char *const words[] = {"mean", "low", "high"};
    for (int i = 0; i < 3; i++) {
        text_printf(out, "%s_%s", name, words[i]);
        comma_number(out, NAN);
        comma_number(out, ends[i]);
        text_append_string(out, "\n");
    }
}

/* 95 % intervals over the replays of the plan. */
static void confidence_rows(struct text *out, const struct study_confidence *confidence) {
    text_printf(out, "replays,,%d\nreplays_inside_target,,%d\n", confidence->replays,
                confidence->held);
    interval_rows(out, "requests_within_target", &confidence->all.within_target, 1);
    interval_rows(out, "good_requests_per_month", &confidence->all.good_requests_per_month,
                  INFINITY);
    interval_rows(out, "bill_usd_per_month", &confidence->bill_usd_per_month, INFINITY);
}

static void number_row(struct text *out, const char *name, double baseline, double plan) {
    text_append_string(out, name);
    comma_number(out, baseline);
    comma_number(out, plan);
    text_append_string(out, "\n");
}

void result_append_numbers_csv(const struct study *study, struct text *out) {
    const struct study_fleet *a = &study->baseline, *b = &study->recommended;
    text_append_string(out, "number,baseline,plan\n");
    if (!b->bills)
        return;
    number_row(out, "bill_usd_per_month", a->bill_usd_per_month, b->bill_usd_per_month);
    number_row(out, "same_usage_on_demand_usd_per_month", a->on_demand_usd_per_month,
               b->on_demand_usd_per_month);
    number_row(out, "requests_within_target", a->attainment, b->attainment);
    number_row(out, "worst_window_within_target", a->worst_attainment, b->worst_attainment);
    if (study_has_front_door(study)) {
        if (study_has_fallback_model(study))
            number_row(out, "requests_of_the_smaller_model", a->fallback_share, b->fallback_share);
        number_row(out, "requests_unserved", a->unserved_share, b->unserved_share);
        number_row(out, "attempts_per_request", a->attempts_per_request, b->attempts_per_request);
    }
    number_row(out, "usd_per_million_output_tokens", a->usd_per_million_output_tokens,
               b->usd_per_million_output_tokens);
    number_row(out, "usd_per_thousand_requests", a->usd_per_thousand_requests,
               b->usd_per_thousand_requests);
    number_row(out, "theoretical_minimum_usd_per_month", NAN, study->gaps.lp);
    number_row(out, "whole_instance_plan_usd_per_month", NAN, study->gaps.plan);
    number_row(out, "gap_margin_usd_per_month", NAN, study->gaps.margin);
    number_row(out, "gap_rounding_usd_per_month", NAN, study->gaps.rounding);
    number_row(out, "gap_delay_usd_per_month", NAN, study->gaps.delay);
    number_row(out, "gap_billing_rules_usd_per_month", NAN, study->gaps.billing_rules);
    static const char *const causes[BILL_CAUSES] = {
        "of_bill_order_usd_per_month", "of_bill_held_by_second_usd_per_month",
        "of_bill_free_first_hour_usd_per_month", "of_bill_tiers_usd_per_month",
        "of_bill_minimum_usd_per_month"};
    for (int c = 0; c < BILL_CAUSES; c++)
        number_row(out, causes[c], NAN, study->gaps.causes[c]);
    if (study->scenario.scaling.weights_over)
        number_row(out, "weights_usd_per_month", a->by_kind_usd_per_month[CHARGE_WEIGHTS],
                   b->by_kind_usd_per_month[CHARGE_WEIGHTS]);
    number_row(out, "saving_usd_per_month", NAN, study->saving_usd_per_month);
    number_row(out, "effective_savings_rate_all_spend", NAN, study->savings_rates.all_spend);
    number_row(out, "effective_savings_rate_eligible_usage", NAN, study->savings_rates.eligible);
    number_row(out, "effective_savings_rate_covered_usage", NAN, study->savings_rates.covered);
    number_row(out, "upfront_usd", NAN, b->plan->upfront_usd);
    number_row(out, "liability_usd", NAN, b->plan->liability_usd);
    number_row(out, "owned_liability_usd", NAN, study_bound_of(study).owned_owed_usd);
    number_row(out, "prepaid_after_horizon_usd", NAN, study_bound_of(study).prepaid_usd);
    if (study->n_promises)
        number_row(out, "contract_shortfall_usd_per_month", a->shortfall_usd_per_month,
                   b->shortfall_usd_per_month);
    if (study->today_bill.unlisted_usd_per_month > 0)
        number_row(out, "unlisted_commitments_usd_per_month", NAN,
                   study_unlisted_usd(&b->unlisted));
    if (study_jobs_ran(study))
        number_row(out, "jobs_usd_per_month", NAN, study->jobs_usd_per_month);
    if (study->n_stations > 0)
        number_row(out, "stations_usd_per_month", a->stations_usd_per_month,
                   b->stations_usd_per_month);
    if (study->scenario.n_storage > 0)
        number_row(out, "storage_usd_per_month", NAN, study_storage_usd_per_month(study));
    if (study_has_beside(study))
        number_row(out, "total_usd_per_month", NAN, study_total_usd_per_month(study));
    if (study->confidence.replays > 1)
        confidence_rows(out, &study->confidence);
}
