/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/job.h"

#include <math.h>

#include "base/rng.h"

double job_speedup(const struct job_scaling *scaling, int nodes) {
    ENSURE(nodes >= 1);
    if (scaling->n_points == 0)
        return nodes / (1 + scaling->serial * (nodes - 1));
    int i = 0;
    while (i < scaling->n_points && scaling->points[i].nodes < nodes)
        i++;
    ENSURE(i < scaling->n_points);
    const struct job_point *right = &scaling->points[i];
    if (right->nodes == nodes)
        return right->speedup;
    const struct job_point *left = right - 1;
    double share = (double)(nodes - left->nodes) / (right->nodes - left->nodes);
    return left->speedup + share * (right->speedup - left->speedup);
}

double job_serial_of_ring(double gradient_bytes, double bytes_per_second, double step_s) {
    return 2 * gradient_bytes / bytes_per_second / step_s;
}

/* The derivative's sign is that of 1 - e^((t + write) / mtbf) (1 - t / mtbf), which rises through
 * zero once between 0 and mtbf. */
double job_checkpoint_best_s(double write_s, double mtbf_s) {
    double low = 0, high = 1, write = fmin(write_s / mtbf_s, 300);
    for (int i = 0; i < 60; i++) {
        double middle = 0.5 * (low + high);
        if (rng_exp(middle + write) * (1 - middle) > 1)
            low = middle;
        else
            high = middle;
    }
    return mtbf_s * 0.5 * (low + high);
}

/* ---- checks ---- */

static bool seconds_fine(double seconds) {
    return seconds >= 0 && seconds <= JOB_WORK_S_MAX;
}

static bool check_scaling(const struct job_scaling *scaling, int nodes_max, struct err *err) {
    const struct job_point *points = scaling->points;
    int n = scaling->n_points;
    if (!(scaling->serial >= 0 && isfinite(scaling->serial)))
        return err_set(err, ERR_INPUT, "job: serial must be 0 or more");
    if (n < 0 || n > JOB_POINTS_MAX)
        return err_set(err, ERR_INPUT, "job: the speedup has more than %d points", JOB_POINTS_MAX);
    if (n == 0)
        return true;
    if (points[0].nodes != 1 || points[0].speedup != 1)
        return err_set(err, ERR_INPUT, "job: the speedup of 1 node must be given and 1");
    for (int i = 1; i < n; i++)
        if (points[i].nodes <= points[i - 1].nodes || !(points[i].speedup > 0) ||
            !isfinite(points[i].speedup))
            return err_set(err, ERR_INPUT, "job: speedups must be above 0, at ascending nodes");
    if (points[n - 1].nodes < nodes_max)
        return err_set(err, ERR_INPUT, "job: the speedup of %d nodes is not given", nodes_max);
    return true;
}

bool job_pool_check(const struct job_pool *pool, struct err *err) {
    if (!seconds_fine(pool->boot_s) || !seconds_fine(pool->node_mtbf_s) ||
        !seconds_fine(pool->notice_s))
        return err_set(err, ERR_INPUT, "job pool: times must be 0 s or more and finite");
    if (!pool->nodes_at && pool->nodes < 0)
        return err_set(err, ERR_INPUT, "job pool: nodes must be 0 or more");
    return true;
}

bool job_check(const struct job *job, const struct job_pool *pools, int n_pools, struct err *err) {
    if (job->arrival < 0 || job->arrival > TICKS_MAX || job->deadline < job->arrival ||
        job->margin < 0 || job->margin > TICKS_MAX)
        return err_set(err, ERR_INPUT, "job: arrival, deadline or margin outside the replay");
    if (!(job->work_s > 0) || !seconds_fine(job->work_s) || !seconds_fine(job->every_s) ||
        !seconds_fine(job->write_s) || !seconds_fine(job->restore_s) || !seconds_fine(job->setup_s))
        return err_set(err, ERR_INPUT, "job: times must be 0 s or more, work above it");
    if (job->nodes_min < 1 || job->nodes_max < job->nodes_min || job->nodes_max > JOB_NODES_MAX)
        return err_set(err, ERR_INPUT, "job: nodes must be 1 to %d", JOB_NODES_MAX);
    if (job->pool < 0 || job->pool >= n_pools || job->fallback < -1 || job->fallback >= n_pools ||
        job->fallback == job->pool)
        return err_set(err, ERR_INPUT, "job: there is no such pool");
    for (int i = 0; i < 2; i++) {
        int p = i == 0 ? job->pool : job->fallback;
        if (p >= 0 && !pools[p].nodes_at && pools[p].nodes < job->nodes_min)
            return err_set(err, ERR_INPUT, "job: it needs %d nodes, the pool has %d",
                           job->nodes_min, pools[p].nodes);
    }
    return check_scaling(job->scaling, job->nodes_max, err);
}
