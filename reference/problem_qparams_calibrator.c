#include "reference/problem_qparams_calibrator.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { BINS = 2048, LEVELS = 32768 };

static void count(const float *x, uint32_t n, uint32_t bins, float low, float high, bool magnitudes,
                  double counts[BINS]) {
    memset(counts, 0, bins * sizeof counts[0]);
    for (uint32_t i = 0; i < n; i++) {
        float value = magnitudes ? fabsf(x[i]) : x[i];
        float place = (value - low) / (high - low) * (float)bins; /* NaN where the width is infinite */
        counts[place < (float)bins ? (uint32_t)place : bins - 1]++;
    }
}

/* ---- L2. ---- */

static float integral(float from, float to, float density) {
    return density * ((to * to * to - from * from * from) / 3);
}

static float code_at(float position, float width, float codes) {
    return fminf(fmaxf(floorf(position / width), 0), codes - 1);
}

static float error_of(const double *counts, uint32_t bins, float bin_width, float codes, uint32_t first,
                      uint32_t last) {
    float width = bin_width * (float)(last - first + 1) / codes, sum = 0;
    if (width == 0)
        return 0;
    for (uint32_t i = 0; i < bins; i++) {
        float density = (float)counts[i] / bin_width, from = ((float)i - (float)first) * bin_width;
        float to = from + bin_width, begin = code_at(from, width, codes), end = code_at(to, width, codes);
        float error = integral(from - (begin + 0.5f) * width, width / 2, density);
        error += (end - begin - 1) * integral(-width / 2, width / 2, density);
        error += integral(-width / 2, to - (end * width + width / 2), density);
        sum += error;
    }
    return sum;
}

void tb_calibrate_histogram(const float *x, uint32_t n, uint32_t bins, uint32_t codes, float *low,
                            float *high) {
    double counts[BINS], reached[BINS], total = 0, alpha = 0, beta = 1;
    float bin_width = (*high - *low) / (float)bins, least = INFINITY;
    uint32_t first = 0, last = bins - 1;
    if (*low == *high)
        return;
    count(x, n, bins, *low, *high, false, counts);
    for (uint32_t i = 0; i < bins; i++)
        reached[i] = total += counts[i];
    while (alpha < beta) {
        double next_alpha = alpha + 1e-5, next_beta = beta - 1e-5;
        uint32_t l = first, r = last;
        while (l < last && reached[l] < next_alpha * total)
            l++;
        while (r > first && reached[r] > next_beta * total)
            r--;
        bool left = l - first > last - r;
        alpha = left ? next_alpha : alpha;
        beta = left ? beta : next_beta;
        if (left ? l == first : r == last)
            continue;
        float error = error_of(counts, bins, bin_width, (float)codes, left ? l : first, left ? last : r);
        if (error > least)
            break;
        least = error;
        first = left ? l : first;
        last = left ? last : r;
    }
    *high = *low + bin_width * (float)(last + 1);
    *low = *low + bin_width * (float)first;
}

/* ---- KL. ---- */

static double divergence_of(const double *counts, uint32_t bins, uint32_t kept, uint32_t levels) {
    double sums[LEVELS] = {0}, filled[LEVELS] = {0}, inside = 0, total = 0, divergence = 0;
    for (uint32_t b = 0; b < bins; b++) {
        total += counts[b];
        inside += b < kept ? counts[b] : 0;
    }
    for (uint32_t b = 0; b < kept; b++) {
        uint32_t level = (uint32_t)((uint64_t)b * levels / kept);
        sums[level] += counts[b];
        filled[level] += counts[b] > 0;
    }
    for (uint32_t b = 0; b < kept; b++) {
        uint32_t level = (uint32_t)((uint64_t)b * levels / kept);
        double p = (counts[b] + (b + 1 == kept ? total - inside : 0)) / total;
        double q = counts[b] > 0 ? sums[level] / filled[level] / inside : 0;
        if (p > 0)
            divergence += q > 0 ? p * log(p / q) : INFINITY;
    }
    return divergence;
}

float tb_calibrate_entropy(const float *x, uint32_t n, uint32_t bins, uint32_t start, uint32_t levels) {
    double counts[BINS], least = INFINITY;
    float absmax = 0;
    uint32_t kept = bins;
    for (uint32_t i = 0; i < n; i++)
        absmax = fmaxf(absmax, fabsf(x[i]));
    if (absmax == 0)
        return 0;
    count(x, n, bins, 0, absmax, true, counts);
    counts[0] = counts[1];
    for (uint32_t i = start; i <= bins; i++) {
        double divergence = divergence_of(counts, bins, i, levels);
        if (divergence <= least) {
            least = divergence;
            kept = i;
        }
    }
    return (float)((double)absmax * kept / bins);
}
